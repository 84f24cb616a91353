import type { OperatorId } from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectNodes } from './select-nodes.ts';

/** Mulberry32: the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const candidates = fc.array(
  fc.record({
    operator: fc.integer({ min: 0, max: 9 }).map((index) => `operator-${index}` as OperatorId),
    weight: fc.double({ min: 0, max: 10, noNaN: true }),
  }),
  { maxLength: 30 },
);

describe('selectNodes', () => {
  it('never gives two seats to one operator, and as many seats as there are operators', () => {
    fc.assert(
      fc.property(
        candidates,
        fc.integer({ min: 0, max: 8 }),
        fc.integer(),
        (nodes, count, seed) => {
          const drawn = selectNodes(nodes, { count, shuffled: 3, random: seeded(seed) });
          const operators = drawn.map(({ operator }) => operator);
          expect(new Set(operators).size).toBe(operators.length);
          const all = new Set(nodes.map(({ operator }) => operator)).size;
          expect(drawn).toHaveLength(Math.min(count, all));
          for (const node of drawn) expect(nodes).toContain(node);
        },
      ),
    );
  });

  it('draws by weight: splitting an operator into nodes leaves its share as it is', () => {
    const random = seeded(1);
    const whole = [1, 1, 2].map((weight, index) => ({
      operator: `o${index}` as OperatorId,
      weight,
    }));
    const split = [
      ...whole.slice(0, 2),
      ...Array.from({ length: 4 }, () => ({ operator: 'o2' as OperatorId, weight: 0.5 })),
    ];
    for (const nodes of [whole, split]) {
      const draws = 20_000;
      let heavy = 0;
      for (let draw = 0; draw < draws; draw += 1) {
        const [first] = selectNodes(nodes, { count: 1, shuffled: 1, random });
        if (first?.operator === 'o2') heavy += 1;
      }
      // Half of the weight; five standard deviations of 20,000 draws are 0.018.
      expect(Math.abs(heavy / draws - 0.5)).toBeLessThan(0.018);
    }
  });

  it('sends in an order that says nothing of the weights', () => {
    const random = seeded(2);
    const nodes = [1_000, 1, 1].map((weight, index) => ({
      operator: `o${index}` as OperatorId,
      weight,
    }));
    const draws = 9_000;
    let heavyFirst = 0;
    for (let draw = 0; draw < draws; draw += 1) {
      const [first] = selectNodes(nodes, { count: 3, shuffled: 3, random });
      if (first?.operator === 'o0') heavyFirst += 1;
    }
    expect(Math.abs(heavyFirst / draws - 1 / 3)).toBeLessThan(0.025);
  });
});
