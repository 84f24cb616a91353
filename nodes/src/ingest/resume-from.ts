// Where a feed goes on after a restart: behind the slowest of the process's stores, since they share
// one source, with what all of them hold already, and with its newest pins, by which the source finds
// where the chain left what was applied. A faster store passes over what it has, and undoes by itself
// what it has of a fork that the slowest one never saw.
import type { Address } from '@streamsync/domain';
import type { FeedOptions } from '@streamsync/solana-indexer';
import type { SlotStore } from '@streamsync/storage-core';

/** More than a store can undo: a fork below them all is one that needs a snapshot. */
export const RECENT_PINS_MAX = 1_024;

export interface IngestStore {
  readonly chain: SlotStore;
  readonly keepsTransactions: boolean;
}

export function resumeFrom(stores: readonly IngestStore[]): Omit<FeedOptions, 'signal'> {
  const archives = stores.filter((store) => store.keepsTransactions);
  const slowest = slowestOf(stores);
  return {
    cursor: slowest?.cursor ?? null,
    recentPins: slowest?.recentPins(RECENT_PINS_MAX) ?? [],
    holdsHistory: (slot) => archives.every(({ chain }) => chain.holdsHistory(slot)),
    owners: new Set<Address>(stores.flatMap(({ chain }) => chain.owners())),
  };
}

/** Null where a store has nothing yet: the source then begins at its beginning. */
function slowestOf(stores: readonly IngestStore[]): SlotStore | null {
  let slowest: SlotStore | null = null;
  for (const { chain } of stores) {
    if (chain.cursor === null) return null;
    if (slowest?.cursor == null || chain.cursor < slowest.cursor) slowest = chain;
  }
  return slowest;
}
