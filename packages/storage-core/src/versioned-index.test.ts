import { parseSlot } from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VersionedIndex } from './versioned-index.ts';

const bytesOf = (number: number) =>
  Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? number % 3 : number));
const numberOf = (bytes: Uint8Array) => bytes[1] ?? -1;

const operations = fc.array(
  fc.array(
    fc.record({
      add: fc.boolean(),
      key: fc.integer({ min: 1, max: 3 }),
      member: fc.integer({ min: 1, max: 200 }),
    }),
    { maxLength: 40 },
  ),
  { minLength: 1, maxLength: 25 },
);

describe('an index as of a slot', () => {
  it('pages like a naive filter and sort, at every slot of the window', () => {
    fc.assert(
      fc.property(operations, fc.integer({ min: 1, max: 20 }), (slots, limit) => {
        const window = 6;
        const index = new VersionedIndex();
        const states: Map<number, Set<number>>[] = [new Map()];
        slots.forEach((changes, at) => {
          const slot = parseSlot(at + 1);
          const state = new Map([...(states[at] ?? [])].map(([key, set]) => [key, new Set(set)]));
          for (const { add, key, member } of changes) {
            const set = state.get(key) ?? new Set();
            state.set(key, set);
            if (add) {
              set.add(member);
              index.add(slot, bytesOf(key), bytesOf(member));
            } else {
              set.delete(member);
              index.remove(slot, bytesOf(key), bytesOf(member));
            }
          }
          states.push(state);
          const first = Math.max(1, at + 2 - window);
          index.advance(slot, parseSlot(first));
          for (let past = first; past <= at + 1; past += 1) {
            for (const key of [1, 2, 3]) {
              const expected = [...(states[past]?.get(key) ?? [])].sort((left, right) =>
                Buffer.compare(bytesOf(left), bytesOf(right)),
              );
              const found: number[] = [];
              let after: Uint8Array | null = null;
              for (;;) {
                const page = index.page(bytesOf(key), parseSlot(past), after, limit);
                if (typeof page === 'string') throw new Error(page);
                found.push(...page.addresses.map(numberOf));
                expect(page.more).toBe(found.length < expected.length);
                after = page.addresses.at(-1) ?? null;
                if (!page.more) break;
              }
              expect(found).toEqual(expected);
              expect(index.count(bytesOf(key), parseSlot(past))).toBe(expected.length);
            }
          }
        });
        const last = states.at(-1) ?? new Map();
        const open = [...last.values()].reduce((sum, set) => sum + set.size, 0);
        const tip = slots.length;
        index.advance(parseSlot(tip + 1), parseSlot(tip + 1));
        expect(index.size).toBe(open);
      }),
      { numRuns: 60 },
    );
  });

  it('counts a huge list as of any slot of its window without looking at all of it', () => {
    const index = new VersionedIndex();
    const member = (number: number) => {
      const bytes = new Uint8Array(32);
      new DataView(bytes.buffer).setUint32(0, Math.imul(number, 2_654_435_761));
      return bytes;
    };
    const key = bytesOf(1);
    for (let number = 0; number < 40_000; number += 1) index.add(parseSlot(5), key, member(number));
    index.advance(parseSlot(5), parseSlot(5));
    for (let number = 0; number < 50; number += 1) index.remove(parseSlot(6), key, member(number));
    index.advance(parseSlot(6), parseSlot(5));
    expect(index.count(key, parseSlot(5))).toBe(40_000);
    expect(index.count(key, parseSlot(6))).toBe(39_950);
    expect(index.count(bytesOf(2), parseSlot(6))).toBe(0);
    const timed = (call: () => unknown) => {
      const startedAtMs = performance.now();
      for (let round = 0; round < 40; round += 1) call();
      return performance.now() - startedAtMs;
    };
    const countedMs = timed(() => index.count(key, parseSlot(6)));
    const visitedMs = timed(() => index.visit(key, parseSlot(6), null, () => true));
    expect(countedMs * 3).toBeLessThan(visitedMs);
  });

  it('holds many lists of one entry, and answers outside of its window with the reason', () => {
    const index = new VersionedIndex();
    const random = (seed: number) => {
      const bytes = new Uint8Array(32);
      new DataView(bytes.buffer).setUint32(0, Math.imul(seed, 2_654_435_761));
      new DataView(bytes.buffer).setUint32(4, seed);
      return bytes;
    };
    for (let number = 0; number < 3_000; number += 1) {
      index.add(parseSlot(5), random(number), random(number + 1));
    }
    index.advance(parseSlot(5), parseSlot(5));
    for (let number = 0; number < 3_000; number += 1) {
      expect(index.page(random(number), parseSlot(5), null, 2)).toEqual({
        addresses: [random(number + 1)],
        more: false,
      });
    }
    expect(index.page(random(1), parseSlot(4), null, 1)).toBe('beforeWindow');
    expect(index.page(random(1), parseSlot(6), null, 1)).toBe('notApplied');
  });
});
