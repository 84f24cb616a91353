import { addressBytes, blockhashFromBytes, parseSlot, type Slot } from '@streamsync/domain';
import type { CallOutcome } from '@streamsync/networking-core';
import { SlotTimeline } from '@streamsync/storage-core';
import { ANSWER_FRAME_BYTES_MAX, type Call, decodeAddressArguments } from '@streamsync/wire';
import { describe, expect, it } from 'vitest';
import type { AnswerItemLater, SpecialisedStore } from '../specialisations/specialisation.ts';
import { CALLS_LATER_MAX, createCallHandler } from './answer-call.ts';

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
  operationsLater: SpecialisedStore['operationsLater'] = {},
) {
  const counted: string[] = [];
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs };
  const pins = { at: (slot: Slot) => timeline.at(slot) };
  const failures: unknown[] = [];
  const handle = createCallHandler({
    timeline: { at: (slot) => pins.at(slot) },
    operations,
    operationsLater,
    capacity: { tryTake },
    clock,
    log: { error: ({ err }) => failures.push(err) },
    count: (outcome) => counted.push(outcome),
  });
  /** The outcome of a call that is answered in its tick. */
  const answer = (asked: Call): CallOutcome => {
    const outcomes: CallOutcome[] = [];
    handle(asked, (outcome) => outcomes.push(outcome));
    const [outcome] = outcomes;
    if (outcome === undefined) throw new Error('not answered in its tick');
    return outcome;
  };
  const answerLater = (asked: Call) =>
    new Promise<CallOutcome>((resolve) => handle(asked, resolve));
  return { answer, answerLater, counted, clock, pins, failures };
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

describe('a call that is answered later', () => {
  const asked: Call = { ...call, operation: 'transactions.byAddress' };
  const later = (answerItem: AnswerItemLater, now: SpecialisedStore['operations'] = {}) =>
    handler(now, () => true, { 'transactions.byAddress': answerItem });

  it('is answered item by item, when the store has read', async () => {
    const { answerLater, counted } = later(async (item) => Uint8Array.of(item[0] ?? 0, 9));
    expect(await answerLater(asked)).toEqual({
      kind: 'items',
      items: [Uint8Array.of(1, 9), Uint8Array.of(2, 9)],
    });
    expect(counted).toEqual(['answered']);
  });

  it('is refused where as many wait for the store as may, and taken again when one is done', async () => {
    const waiting: (() => void)[] = [];
    const { answer, answerLater, counted } = later(
      () => new Promise((resolve) => waiting.push(() => resolve(Uint8Array.of(1)))),
    );
    const one = { ...asked, items: [Uint8Array.of(1)] };
    const running = Array.from({ length: CALLS_LATER_MAX }, () => answerLater(one));
    expect(answer(one)).toMatchObject({ code: 'NODE_OVERLOADED' });
    expect(counted).toEqual(['NODE_OVERLOADED']);
    for (const done of waiting.splice(0)) done();
    await Promise.all(running);
    const next = answerLater(one);
    waiting[0]?.();
    expect(await next).toMatchObject({ kind: 'items' });
  });

  it('is dropped, its other items unread, when its budget has passed', async () => {
    let read = 0;
    const { answerLater, counted, clock } = later(async () => {
      read += 1;
      clock.nowMs += 11;
      return Uint8Array.of(1);
    });
    expect(await answerLater(asked)).toMatchObject({ code: 'NODE_DEADLINE_EXCEEDED' });
    expect(read).toBe(1);
    expect(counted).toEqual(['NODE_DEADLINE_EXCEEDED']);
  });

  it('is not answered at a pin that the chain left while the store read', async () => {
    const { answerLater, pins } = later(async () => {
      pins.at = () => null;
      return Uint8Array.of(1);
    });
    const one = { ...asked, items: [Uint8Array.of(1)] };
    expect(await answerLater(one)).toMatchObject({ code: 'SLOT_NOT_AVAILABLE' });
  });

  it.each([
    ['a code', async () => 'HISTORY_NOT_COVERED' as const, 'HISTORY_NOT_COVERED', 0],
    [
      'malformed arguments',
      async (item: Uint8Array) => decodeAddressArguments(item),
      'MALFORMED_MESSAGE',
      0,
    ],
    ['a broken store', () => Promise.reject(new Error('disk')), 'INTERNAL', 1],
    [
      'more than a frame',
      async () => new Uint8Array(ANSWER_FRAME_BYTES_MAX / 2),
      'FRAME_TOO_LARGE',
      0,
    ],
  ])('ends with one code for %s', async (_name, answerItem, code, logged) => {
    const { answerLater, failures } = later(answerItem);
    expect(await answerLater(asked)).toMatchObject({ kind: 'error', code });
    expect(failures).toHaveLength(logged);
  });
});
