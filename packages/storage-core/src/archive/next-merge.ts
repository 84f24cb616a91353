// Which segments become one: eight of a level make one of the next, so that their number grows with the
// logarithm of the history.
import type { Segment } from './segment.ts';

/** Segments of a level that become one of the next: below eight of each level are there to ask. */
export const MERGE_SEGMENTS = 8;

/** The oldest segments of the lowest level that has enough of them. */
export function nextMerge(segments: readonly Segment[]): Segment[] | null {
  const levels = [...new Set(segments.map(({ level }) => level))].sort((one, other) => one - other);
  for (const level of levels) {
    const group = segments
      .filter((segment) => segment.level === level)
      .sort((left, right) => left.slotFirst - right.slotFirst);
    if (group.length >= MERGE_SEGMENTS) return group.slice(0, MERGE_SEGMENTS);
  }
  return null;
}
