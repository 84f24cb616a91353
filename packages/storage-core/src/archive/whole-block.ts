// Whether an update says everything of its block's transactions: only such a block is history, because
// a list that misses one would contradict the lists of other nodes.
import type { SlotUpdate } from '@streamsync/domain';

/**
 * A polled slot says nothing of its transactions. A fed slot without a parent has no block file, and
 * one whose transactions do not stand at 0, 1, 2, … is an excerpt.
 */
export function isWholeBlock(update: Omit<SlotUpdate, 'accounts'>): boolean {
  if (update.provenance === 'POLLED') return false;
  if (update.provenance === 'FED' && update.parentSlot === null) return false;
  return update.transactions.every(({ blockIndex }, at) => blockIndex === at);
}
