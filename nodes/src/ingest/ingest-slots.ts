// The second spine: how what a source delivers becomes what nodes answer. Parsing, gaps and the way
// through forks are the source's; here each event goes into every store of the process, exactly once:
// the feed begins behind the slowest store, and a store passes over what it has. A slot is announced
// when it is on disk everywhere, so a node that is killed never announced what it lost; meanwhile the
// next ones are applied, a bounded number of them. A fork is undone in every store; where one can no
// longer undo so much, all forget their accounts, and the feed begins anew with a snapshot.
import type { Slot } from '@streamsync/domain';
import type { ChainSource, SourceEvent } from '@streamsync/solana-indexer';
import { forkTooDeep, isForkTooDeep } from './fork-too-deep.ts';
import { inEachStore } from './in-each-store.ts';
import type { IngestProgress } from './ingest-progress.ts';
import { type IngestStore, resumeFrom } from './resume-from.ts';
import { WriteBehind } from './write-behind.ts';

export interface IngestOptions {
  readonly source: Pick<ChainSource, 'events'>;
  readonly stores: readonly IngestStore[];
  /** Told that slots up to this one are on disk, and how long the oldest of them took to get there. */
  readonly announce: (slot: Slot, journaledInMs: number) => void;
  /** Told that what was announced above this slot is undone; null: everything. */
  readonly rolledBack: (slot: Slot | null) => void;
  /** Told when the stores hold what the source had at the start. */
  readonly caughtUp: () => void;
  /** Counts what goes in. */
  readonly progress: IngestProgress;
  /** Aborted when the process drains. */
  readonly signal: AbortSignal;
}

/** Runs until the signal or the end of what was fed. @throws what the source and the stores throw */
export async function ingestSlots(options: IngestOptions): Promise<void> {
  const { source, stores, announce, rolledBack, caughtUp, progress, signal } = options;
  const inEach = inEachStore(stores);
  const disk = new WriteBehind({ flush: () => inEach((store) => store.flush()), announce });

  const take = async (event: SourceEvent): Promise<void> => {
    switch (event.kind) {
      case 'snapshot':
        await inEach((store) => store.addSnapshot(event.slot, event.accounts));
        return;
      case 'snapshotEnd':
        await inEach((store) => store.endSnapshot(event.update));
        return disk.follow(event.update.slot);
      case 'slot':
        await inEach((store) => store.applySlot(event.update));
        return disk.follow(event.update.slot);
      case 'history':
        await inEach((store) => store.applyHistory(event.update));
        return;
      case 'rollback': {
        await disk.settle();
        const undone = await inEach((store) => store.rollback(event.slot));
        if (undone.includes(false)) throw forkTooDeep(event.slot);
        return rolledBack(event.slot);
      }
      case 'caughtUp':
        await disk.settle();
        return caughtUp();
    }
  };

  while (!signal.aborted) {
    try {
      for await (const event of source.events({ ...resumeFrom(stores), signal })) {
        await take(event);
        progress.took(event);
      }
      return await disk.settle();
    } catch (error) {
      if (!isForkTooDeep(error)) throw error;
      await disk.settle();
      await inEach((store) => store.forgetAccounts());
      rolledBack(null);
      progress.beganAnew();
    }
  }
}
