// A folder of getBlock results named by their slots, plain or gzipped: `39824200.json.gz`.
import { parseSlot, type Slot } from '@streamsync/domain';
import { type BlockRecord, readBlock } from '../parse/block.ts';
import { type FeedFile, jsonStem, readJsonFile } from './feed-files.ts';
import type { FeedReport } from './feed-report.ts';

/** Block files by slot; of several of one slot the first in order. */
export function listBlocks(
  files: readonly FeedFile[],
  report: FeedReport,
): ReadonlyMap<Slot, FeedFile> {
  const blocks = new Map<Slot, FeedFile>();
  for (const file of files) {
    const stem = jsonStem(file.path);
    if (stem === 'manifest') continue;
    if (stem === null || !/^\d{1,20}$/.test(stem)) {
      report.skipped(file.path, 'not named by a slot');
      continue;
    }
    const slot = parseSlot(stem);
    if (blocks.has(slot)) report.skipped(file.path, 'another block of the same slot');
    else blocks.set(slot, file);
  }
  return blocks;
}

/** The block, or null when the file is malformed, which is reported. */
export function readBlockFile(file: FeedFile, slot: Slot, report: FeedReport): BlockRecord | null {
  try {
    return readBlock(readJsonFile(file.path), slot);
  } catch (error) {
    report.malformed(file.path, error);
    return null;
  }
}
