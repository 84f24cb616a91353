import { blockhashFromBytes, type Pin, type Slot } from '@streamsync/domain';
import type { SourceEvent } from '@streamsync/solana-indexer';
import { ChainStore } from '@streamsync/storage-core';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { addressOf, bytesOf, slotUpdate, systemAccount } from '../../tests/support/slot-updates.ts';
import { IngestProgress } from './ingest-progress.ts';
import { ingestSlots } from './ingest-slots.ts';

const newStore = (): ChainStore =>
  ChainStore.open({ folder: null, keeps: { accounts: true, transactions: true } });

/** A chain in which slot N leaves account 1 with N lamports. */
const updateOf = (slot: number) =>
  slotUpdate(slot, [{ address: addressOf(1), state: systemAccount(BigInt(slot)) }]);

function sourceOf(slots: readonly number[], cursors: (Slot | null)[] = []) {
  return {
    async *events({ cursor }: { cursor: Slot | null }): AsyncGenerator<SourceEvent> {
      cursors.push(cursor);
      for (const slot of slots) {
        if (cursor !== null && BigInt(slot) <= cursor) continue;
        yield { kind: 'slot', update: updateOf(slot) };
      }
    },
  };
}

const signal = new AbortController().signal;
const idle = {
  slotsDelivered: 0,
  snapshots: 0,
  reconnects: 0,
  errors: 0,
  lastError: null,
  skipped: {},
  progress: {
    slotSeen: null,
    slotDelivered: null,
    lagSlots: 0,
    lagMs: 0,
    stuckSinceMs: null,
    gaps: 0,
    rollbacks: 0,
    repeated: 0,
    slotsDone: 0,
    slotsTotal: 0,
  },
};
const told = { rolledBack: () => {}, progress: new IngestProgress(() => idle) };
const lamportsAt = (store: ChainStore, slot: number) => {
  const state = store.accounts.get(bytesOf(1), slotUpdate(slot).slot);
  return typeof state === 'object' ? state?.lamports : state;
};

describe('the ingest', () => {
  it('brings stores of any cursors to the same answers, each slot once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 4 }),
        async (applied) => {
          const slots = Array.from({ length: 20 }, (_, index) => index + 1);
          const stores = applied.map(() => newStore());
          const targets = stores.map((chain) => ({ chain, keepsTransactions: true }));
          for (const [index, store] of stores.entries()) {
            for (const slot of slots.slice(0, applied[index])) {
              await store.applySlot(updateOf(slot));
            }
          }
          const announced: bigint[] = [];
          const cursors: (Slot | null)[] = [];
          const announce = (slot: Slot) => announced.push(slot);
          await ingestSlots({
            source: sourceOf(slots, cursors),
            stores: targets,
            caughtUp: () => {},
            announce,
            ...told,
            signal,
          });
          const slowest = Math.min(...applied);
          expect(cursors).toEqual([slowest === 0 ? null : BigInt(slowest)]);
          expect(announced.at(-1)).toBe(slowest === 20 ? undefined : 20n);
          expect(announced).toEqual([...new Set(announced)].sort((l, r) => Number(l - r)));
          for (const store of stores) {
            expect(store.cursor).toBe(20n);
            for (const slot of slots) expect(lamportsAt(store, slot)).toBe(BigInt(slot));
          }
        },
      ),
    );
  });

  it('replaces what a store has by a snapshot, and forgets what the snapshot does not name', async () => {
    const store = newStore();
    await store.applySlot(updateOf(1));
    const source = {
      async *events(): AsyncGenerator<SourceEvent> {
        const { slot } = slotUpdate(9);
        yield {
          kind: 'snapshot',
          slot,
          accounts: [{ address: addressOf(2), state: systemAccount(2n) }],
        };
        yield { kind: 'snapshotEnd', update: slotUpdate(9) };
      },
    };
    await ingestSlots({
      source,
      stores: [{ chain: store, keepsTransactions: true }],
      caughtUp: () => {},
      announce: () => {},
      ...told,
      signal,
    });
    expect(store.accounts.get(bytesOf(1), slotUpdate(9).slot)).toBeNull();
    expect(store.accounts.get(bytesOf(2), slotUpdate(9).slot)).toMatchObject({ lamports: 2n });
    expect(lamportsAt(store, 1)).toBe(1n);
  });

  it('says that it has caught up when the stores hold what came before, and not sooner', async () => {
    const store = newStore();
    const source = {
      async *events(): AsyncGenerator<SourceEvent> {
        yield { kind: 'slot', update: slotUpdate(1) };
        yield { kind: 'caughtUp', slot: slotUpdate(1).slot };
      },
    };
    const cursors: (Slot | null)[] = [];
    await ingestSlots({
      source,
      stores: [{ chain: store, keepsTransactions: true }],
      caughtUp: () => cursors.push(store.cursor),
      announce: () => {},
      ...told,
      signal,
    });
    expect(cursors).toEqual([1n]);
  });

  it('fails when a store fails, and announces nothing of that slot', async () => {
    const store = newStore();
    vi.spyOn(store, 'flush').mockRejectedValue(new Error('disk'));
    let announced = 0;
    const ingest = ingestSlots({
      source: sourceOf([1]),
      stores: [{ chain: store, keepsTransactions: true }],
      caughtUp: () => {},
      announce: () => {
        announced += 1;
      },
      ...told,
      signal,
    });
    await expect(ingest).rejects.toThrow('disk');
    expect(announced).toBe(0);
  });

  it('undoes a fork in every store, also one of which only a faster store had slots', async () => {
    const branch = (slot: number, parent: number, lamports: number) => ({
      ...slotUpdate(slot, [{ address: addressOf(1), state: systemAccount(BigInt(lamports)) }]),
      parentSlot: slotUpdate(parent).slot,
      blockhash: blockhashFromBytes(Uint8Array.from({ length: 32 }, () => lamports)),
    });
    const [slow, fast] = [newStore(), newStore()];
    for (const slot of [1, 2, 3]) await slow.applySlot(updateOf(slot));
    for (const slot of [1, 2, 3, 4, 5]) await fast.applySlot(updateOf(slot));
    const undone: (bigint | null)[] = [];
    const pins: (readonly Pin[])[] = [];
    await ingestSlots({
      source: {
        async *events({ recentPins }): AsyncGenerator<SourceEvent> {
          pins.push(recentPins ?? []);
          yield { kind: 'slot', update: branch(4, 3, 104) };
          yield { kind: 'slot', update: branch(5, 4, 105) };
          yield { kind: 'rollback', slot: slotUpdate(2).slot };
          yield { kind: 'slot', update: branch(6, 2, 206) };
        },
      },
      stores: [slow, fast].map((chain) => ({ chain, keepsTransactions: true })),
      caughtUp: () => {},
      announce: () => {},
      ...told,
      rolledBack: (slot) => undone.push(slot),
      signal,
    });
    expect(pins.map((each) => each.map(({ slot }) => slot))).toEqual([[3n, 2n, 1n]]);
    expect(undone).toEqual([2n]);
    for (const store of [slow, fast]) {
      expect(store.recentPins(9).map(({ slot }) => slot)).toEqual([6n, 2n, 1n]);
      expect(lamportsAt(store, 6)).toBe(206n);
      expect(lamportsAt(store, 2)).toBe(2n);
    }
  });

  it('begins anew with a snapshot where a fork goes below what a store can undo', async () => {
    const store = newStore();
    for (const slot of [8, 9]) await store.applySlot(updateOf(slot));
    const cursors: (Slot | null)[] = [];
    const undone: (bigint | null)[] = [];
    const progress = new IngestProgress(() => idle);
    await ingestSlots({
      source: {
        async *events({ cursor }): AsyncGenerator<SourceEvent> {
          cursors.push(cursor);
          if (cursor !== null) {
            yield { kind: 'slot', update: updateOf(10) };
            yield { kind: 'rollback', slot: slotUpdate(3).slot };
            throw new Error('the feed goes on although it was given up');
          }
          const { slot } = slotUpdate(7);
          const state = systemAccount(70n);
          yield { kind: 'snapshot', slot, accounts: [{ address: addressOf(1), state }] };
          yield { kind: 'snapshotEnd', update: slotUpdate(7) };
        },
      },
      stores: [{ chain: store, keepsTransactions: true }],
      caughtUp: () => {},
      announce: () => {},
      rolledBack: (slot) => undone.push(slot),
      progress,
      signal,
    });
    expect(cursors).toEqual([9n, null]);
    expect(undone).toEqual([null]);
    expect(store.recentPins(9).map(({ slot }) => slot)).toEqual([7n]);
    expect(lamportsAt(store, 7)).toBe(70n);
    expect(progress.reading()).toMatchObject({ restarts: 1, rollbacks: 0, slots: 2 });
  });
});
