import type { Slot } from '@streamsync/domain';
import type { SourceEvent } from '@streamsync/solana-indexer';
import { ChainStore } from '@streamsync/storage-core';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { addressOf, bytesOf, slotUpdate, systemAccount } from '../../tests/support/slot-updates.ts';
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
          let announced = 0;
          const cursors: (Slot | null)[] = [];
          const announce = () => {
            announced += 1;
          };
          await ingestSlots({
            source: sourceOf(slots, cursors),
            stores: targets,
            caughtUp: () => {},
            announce,
            signal,
          });
          const slowest = Math.min(...applied);
          expect(cursors).toEqual([slowest === 0 ? null : BigInt(slowest)]);
          expect(announced).toBe(20 - slowest);
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
      signal,
    });
    await expect(ingest).rejects.toThrow('disk');
    expect(announced).toBe(0);
  });
});
