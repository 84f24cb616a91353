// The folders of segments that are to be seen no more: replaced, damaged, or never finished.
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '@streamsync/runtime';
import { type Segment, segmentFolderName } from './segment.ts';

export function removeSegment(folder: string, segment: Segment): void {
  rmSync(join(folder, segmentFolderName(segment.id)), { recursive: true, force: true });
}

/** Moves a damaged segment to `damaged`, where a person may look at it. */
export function moveAside(folder: string, segment: Segment): void {
  const name = segmentFolderName(segment.id);
  const damaged = join(folder, 'damaged');
  makeFolder(damaged);
  rmSync(join(damaged, name), { recursive: true, force: true });
  if (existsSync(join(folder, name))) renameSync(join(folder, name), join(damaged, name));
}

/** Removes folders with the name of a segment, or of one that is being written, that is not listed. */
export function removeLeftovers(folder: string, segments: readonly Segment[]): void {
  const listed = new Set(segments.map(({ id }) => segmentFolderName(id)));
  for (const name of readdirSync(folder)) {
    const isSegment = /^\d{10}(\.writing)?$/.test(name);
    if (isSegment && !listed.has(name))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}
