// The second spine: how what a source delivers becomes what nodes answer. Forks and gaps are the
// source's to solve, and it parses; here each event goes into every store of the process, exactly
// once: the source begins behind the slowest store, and a store passes over what it has. A slot is
// announced when it is on disk everywhere, so a node that is killed never announced what it lost.
import type { ChainSource } from '@streamsync/solana-indexer';
import type { ChainStore } from '@streamsync/storage-core';
import { type IngestStore, resumeFrom } from './resume-from.ts';

export interface IngestOptions {
  readonly source: Pick<ChainSource, 'events'>;
  readonly stores: readonly IngestStore[];
  /** Told of each slot that is on disk, with how long that took since it was delivered. */
  readonly announce: (journaledInMs: number) => void;
  /** Told when the stores hold what the source had at the start. */
  readonly caughtUp: () => void;
  /** Aborted when the process drains. */
  readonly signal: AbortSignal;
}

/** Runs until the signal or the end of what was fed. @throws what the source and the stores throw */
export async function ingestSlots(options: IngestOptions): Promise<void> {
  const { source, stores, announce, caughtUp, signal } = options;
  const inEach = (apply: (store: ChainStore) => Promise<void>) =>
    Promise.all(stores.map(({ chain }) => apply(chain)));

  for await (const event of source.events({ ...resumeFrom(stores), signal })) {
    const deliveredAtMs = performance.now();
    switch (event.kind) {
      case 'snapshot':
        await inEach((store) => store.addSnapshot(event.slot, event.accounts));
        continue;
      case 'history':
        await inEach((store) => store.applyHistory(event.update));
        continue;
      case 'caughtUp':
        caughtUp();
        continue;
      case 'snapshotEnd':
        await inEach((store) => store.endSnapshot(event.update));
        break;
      case 'slot':
        await inEach((store) => store.applySlot(event.update));
        break;
    }
    await inEach((store) => store.flush());
    announce(performance.now() - deliveredAtMs);
  }
}
