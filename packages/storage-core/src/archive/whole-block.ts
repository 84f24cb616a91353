// Whether an update says everything of its block's transactions: only such a block is history, because
// a list that misses one would contradict the lists of other nodes.
import type { SlotUpdate } from '@streamsync/domain';

/**
 * A polled slot says nothing of its transactions, and a source says of an excerpt that it is one. A fed
 * slot without a parent has no block file; transactions that do not stand at 0, 1, 2, … are not a block.
 */
export function isWholeBlock(update: Omit<SlotUpdate, 'accounts'>): boolean {
  if (update.provenance === 'POLLED' || update.transactionsComplete === false) return false;
  if (update.provenance === 'FED' && update.parentSlot === null) return false;
  return update.transactions.every(({ blockIndex }, at) => blockIndex === at);
}
