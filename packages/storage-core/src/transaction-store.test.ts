import { parseSlot } from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlotRanges } from './slot-ranges.ts';
import { ABSENT_TRANSACTION_ITEM, TransactionStore } from './transaction-store.ts';

const signatureOf = (number: number) => new Uint8Array(64).fill(number);
const transaction = (number: number, slot: number) => ({
  signature: signatureOf(number),
  slot,
  item: Uint8Array.of(number),
});

describe('transactions as of a pin', () => {
  it('show one of a later slot as absent, and a stranger as what the history allows', () => {
    const store = new TransactionStore(null);
    store.add(parseSlot(5), parseSlot(4), [transaction(1, 5)]);
    const item = (number: number, pin: number) => store.item(signatureOf(number), parseSlot(pin));
    expect(item(1, 5)).toEqual(Uint8Array.of(1));
    expect(item(1, 4)).toEqual(ABSENT_TRANSACTION_ITEM);
    expect(item(2, 5)).toBe('notCovered');
    store.setGenesisSlot(parseSlot(4));
    expect(item(2, 5)).toBe('notCovered');
    store.add(parseSlot(4), null, []);
    expect(item(2, 5)).toEqual(ABSENT_TRANSACTION_ITEM);
    expect(store.coverage()).toEqual({ completeFrom: 4n, fromGenesis: true, gaps: [] });
  });

  it('know no stranger behind a gap in the history', () => {
    const store = new TransactionStore(null);
    store.setGenesisSlot(parseSlot(1));
    for (const slot of [1, 2, 5, 6]) store.add(parseSlot(slot), parseSlot(slot - 1), []);
    expect(store.coverage()).toEqual({
      completeFrom: 5n,
      fromGenesis: false,
      gaps: [{ slotFirst: 3n, slotLast: 4n }],
    });
    expect(store.item(signatureOf(1), parseSlot(6))).toBe('notCovered');
    store.add(parseSlot(3), parseSlot(2), []);
    store.add(parseSlot(4), parseSlot(3), []);
    expect(store.coverage()).toEqual({ completeFrom: 1n, fromGenesis: true, gaps: [] });
  });
});

describe('linked ranges of slots', () => {
  it('do not depend on the order in which slots come', () => {
    const chain = fc
      .uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 })
      .map((slots) => slots.sort((left, right) => left - right));
    fc.assert(
      fc.property(chain, fc.infiniteStream(fc.nat()), (slots, order) => {
        const links = slots.map((slot, index) => ({ slot, parent: slots[index - 1] ?? null }));
        const ranges = new SlotRanges();
        const left = [...links];
        while (left.length > 0) {
          const [next] = left.splice((order.next().value ?? 0) % left.length, 1);
          if (next === undefined) break;
          const parent = next.parent === null ? null : parseSlot(next.parent);
          ranges.add(parseSlot(next.slot), parent);
          ranges.add(parseSlot(next.slot), parent);
        }
        expect(ranges.list()).toEqual([
          {
            slotFirst: BigInt(slots[0] ?? 0),
            slotLast: BigInt(slots.at(-1) ?? 0),
            parentSlot: null,
          },
        ]);
      }),
    );
  });
});
