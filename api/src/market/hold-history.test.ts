import type { HistoryRange, NodeKey, OperatorId, Slot } from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdsStretch, lowestSlot, notCovered, stretchesHeld } from './hold-history.ts';
import type { MarketNode } from './ports.ts';

const SLOTS = 40;
const slot = (value: number) => BigInt(value) as Slot;

/** `held`: pairs of first and last slots. */
function poolNode(operator: number, ...held: readonly (readonly [number, number])[]) {
  const historyRanges = held.map(
    ([first, last]): HistoryRange => ({ slotFirst: slot(first), slotLast: slot(last) }),
  );
  const node = { nodeKey: 'k' as NodeKey, historyRanges } as unknown as MarketNode;
  return { node, operator: `operator-${operator}` as OperatorId, weight: 1 };
}

const ranges = fc
  .uniqueArray(fc.nat(SLOTS), { maxLength: 6 })
  .map((edges) => edges.toSorted((a, b) => a - b))
  .map((edges) =>
    Array.from({ length: Math.floor(edges.length / 2) }, (_, at): [number, number] => [
      edges[2 * at] ?? 0,
      edges[2 * at + 1] ?? 0,
    ]),
  );
const nodes = fc
  .array(fc.tuple(fc.nat(3), ranges), { maxLength: 6 })
  .map((all) => all.map(([operator, held]) => poolNode(operator, ...held)));

/** Distinct operators one of whose nodes holds the whole stretch. */
function holders(all: readonly ReturnType<typeof poolNode>[], first: number, last: number): number {
  const stretch = { slotFirst: slot(first), slotLast: slot(last) };
  const holding = all.filter(({ node }) => holdsStretch(node, stretch));
  return new Set(holding.map(({ operator }) => operator)).size;
}

describe('history that is held', () => {
  it('reaches back to the lowest slot from which enough operators hold everything', () => {
    fc.assert(
      fc.property(nodes, fc.nat(SLOTS), fc.integer({ min: 1, max: 4 }), (all, last, operators) => {
        const lowest = lowestSlot(all, slot(last), operators);
        for (let first = 0; first <= last; first += 1) {
          const enough = holders(all, first, last) >= operators;
          expect(enough, `from ${first}`).toBe(lowest !== null && slot(first) >= lowest);
        }
      }),
    );
  });

  it('is told as the stretches whose every slot enough operators hold', () => {
    fc.assert(
      fc.property(nodes, fc.integer({ min: 1, max: 4 }), (all, operators) => {
        const held = stretchesHeld(all, operators);
        for (let at = 0; at <= SLOTS; at += 1) {
          const told = held.some(({ slotFirst, slotLast }) => slotFirst <= at && at <= slotLast);
          expect(told, `slot ${at}`).toBe(holders(all, at, at) >= operators);
        }
      }),
    );
  });

  it('is named in a refusal, the newest stretches first, and not all of them', () => {
    const all = [0, 1].map((operator) =>
      poolNode(operator, [0, 1], [4, 5], [8, 9], [12, 13], [16, 17], [20, 21], [24, 25]),
    );
    const asked = { slotFirst: slot(1), slotLast: slot(4) };
    const error = notCovered(asked, stretchesHeld(all, 2), 2);
    expect(error.code).toBe('HISTORY_NOT_COVERED');
    expect(error.context).toMatchObject({ slotFirst: 1n, slotLast: 4n });
    expect(error.context.covered).toBe(
      '24 to 25, 20 to 21, 16 to 17, 12 to 13, 8 to 9 and 2 older',
    );
    expect(error.message).toContain('Slots 1 to 4');
    expect(notCovered(asked, stretchesHeld(all, 3), 3).context.covered).toBe('none');
  });
});
