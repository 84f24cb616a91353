// Where a feed goes on after a restart: behind the slowest of the process's stores, since they share
// one source, and with what all of them hold already.
import type { Address, Slot } from '@streamsync/domain';
import type { FeedOptions } from '@streamsync/solana-indexer';
import type { SpecialisedStore } from '../specialisations/specialisation.ts';

export type IngestStore = Pick<SpecialisedStore, 'chain' | 'keepsTransactions'>;

export function resumeFrom(stores: readonly IngestStore[]): Omit<FeedOptions, 'signal'> {
  const archives = stores.filter((store) => store.keepsTransactions);
  const owners = new Set<Address>(stores.flatMap(({ chain }) => chain.owners()));
  return {
    cursor: slowestCursor(stores),
    holdsHistory: (slot) => archives.every(({ chain }) => chain.transactions.holdsSlot(slot)),
    owners,
  };
}

/** Null where a store has nothing yet: the source then begins at its beginning. */
function slowestCursor(stores: readonly IngestStore[]): Slot | null {
  let slowest: Slot | null = null;
  for (const { cursor } of stores.map(({ chain }) => chain)) {
    if (cursor === null) return null;
    if (slowest === null || cursor < slowest) slowest = cursor;
  }
  return slowest;
}
