import { addressBytes, blockhashFromBytes, parseSlot } from '@streamsync/domain';
import { SlotTimeline } from '@streamsync/storage-core';
import { ANSWER_FRAME_BYTES_MAX, type Call, decodeAddressArguments } from '@streamsync/wire';
import { describe, expect, it } from 'vitest';
import type { SpecialisedStore } from '../specialisations/specialisation.ts';
import { createCallHandler } from './answer-call.ts';

const blockhash = blockhashFromBytes(new Uint8Array(32).fill(3));
const timeline = new SlotTimeline();
timeline.append({
  slot: parseSlot(10),
  blockhash,
  parentSlot: null,
  blockTimeSeconds: null,
  provenance: 'STREAMED',
});

const call: Call = {
  queryId: new Uint8Array(16),
  operation: 'account.get',
  slot: 10n,
  blockhash: addressBytes(blockhash),
  budgetMs: 10,
  items: [Uint8Array.of(1), Uint8Array.of(2)],
};

function handler(
  operations: SpecialisedStore['operations'],
  tryTake: (cost: number) => boolean = () => true,
) {
  const counted: string[] = [];
  const answer = createCallHandler({
    timeline,
    operations,
    capacity: { tryTake },
    count: (outcome) => counted.push(outcome),
  });
  return { answer, counted };
}

describe('a call', () => {
  it('is answered item by item as of the pin, without a copy', () => {
    const stored = Uint8Array.of(7);
    const slots: bigint[] = [];
    const { answer, counted } = handler({
      'account.get': (_item, slot) => {
        slots.push(slot);
        return stored;
      },
    });
    const outcome = answer(call);
    expect(outcome).toEqual({ kind: 'items', items: [stored, stored] });
    expect(outcome.kind === 'items' && outcome.items[0]).toBe(stored);
    expect(slots).toEqual([10n, 10n]);
    expect(counted).toEqual(['answered']);
  });

  it.each([
    ['of another pool', { operation: 'transaction.get' }, 'UNKNOWN_OPERATION'],
    ['of no operation', { operation: 'toString' }, 'UNKNOWN_OPERATION'],
    ['without items', { items: [] }, 'INVALID_ARGUMENT'],
    [
      'with more items than the operation takes',
      { items: new Array<Uint8Array>(101).fill(new Uint8Array(1)) },
      'INVALID_ARGUMENT',
    ],
    ['at a slot that is not applied', { slot: 11n }, 'SLOT_NOT_AVAILABLE'],
    ['at another blockhash', { blockhash: new Uint8Array(32) }, 'SLOT_NOT_AVAILABLE'],
  ])('%s is refused with a code', (_name, change, code) => {
    const { answer, counted } = handler({ 'account.get': () => Uint8Array.of(0xf6) });
    expect(answer({ ...call, ...change })).toMatchObject({ kind: 'error', code });
    expect(counted).toEqual([code]);
  });

  it('whose arguments are malformed is refused with a code', () => {
    const { answer } = handler({ 'account.get': (item) => decodeAddressArguments(item) });
    expect(answer(call)).toMatchObject({ kind: 'error', code: 'MALFORMED_MESSAGE' });
  });

  it('of which one item has no answer fails whole', () => {
    const { answer } = handler({
      'account.get': (item) => (item[0] === 2 ? 'NOT_COVERED' : Uint8Array.of(0xf6)),
    });
    expect(answer(call)).toMatchObject({ kind: 'error', code: 'NOT_COVERED' });
  });

  it('beyond the capacity is refused, at its cost', () => {
    const costs: number[] = [];
    const { answer } = handler({ 'account.get': () => Uint8Array.of(0xf6) }, (cost) => {
      costs.push(cost);
      return false;
    });
    expect(answer(call)).toMatchObject({ kind: 'error', code: 'NODE_OVERLOADED' });
    expect(costs).toEqual([2_000]);
  });

  it('whose answer would pass the frame limit is refused', () => {
    const { answer } = handler({ 'account.get': () => new Uint8Array(ANSWER_FRAME_BYTES_MAX / 2) });
    expect(answer(call)).toMatchObject({ kind: 'error', code: 'FRAME_TOO_LARGE' });
  });
});
