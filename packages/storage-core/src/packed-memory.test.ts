import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressTable } from './address-table.ts';
import { ByteArena, type Place } from './byte-arena.ts';

describe('an arena of records', () => {
  it('never lets two records share a byte, whatever was freed between', () => {
    const steps = fc.array(
      fc.record({
        size: fc.oneof(
          fc.integer({ min: 1, max: 2_000 }),
          fc.integer({ min: 200_000, max: 300_000 }),
        ),
        free: fc.option(fc.nat(), { nil: null, freq: 2 }),
      }),
      { minLength: 1, maxLength: 120 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        const arena = new ByteArena();
        const place: Place = { bytes: Buffer.alloc(0), start: 0 };
        const held: { reference: number; size: number; mark: number }[] = [];
        list.forEach(({ size, free }, mark) => {
          const reference = arena.allocate(size);
          expect(reference).toBeGreaterThan(0);
          arena.locate(reference, place);
          expect(place.start + size).toBeLessThanOrEqual(place.bytes.length);
          place.bytes.fill(mark % 251, place.start, place.start + size);
          held.push({ reference, size, mark });
          if (free !== null) {
            const [gone] = held.splice(free % held.length, 1);
            if (gone !== undefined) arena.free(gone.reference, gone.size);
          }
        });
        for (const { reference, size, mark } of held) {
          arena.locate(reference, place);
          const expected = Buffer.alloc(size, mark % 251);
          const found = place.bytes.subarray(place.start, place.start + size);
          expect(found.equals(expected)).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('a table of addresses', () => {
  it('agrees with a map, with colliding addresses and reused entries', () => {
    // Few distinct addresses in a table of fixed seed, so that runs of neighbours form and break.
    const steps = fc.array(
      fc.record({ isAdded: fc.boolean(), number: fc.integer({ min: 0, max: 900 }) }),
      { minLength: 500, maxLength: 3_000 },
    );
    const addressOf = (number: number) => {
      const address = new Uint8Array(32);
      new DataView(address.buffer).setUint32(28, number);
      return address;
    };
    fc.assert(
      fc.property(steps, fc.nat(), (list, seed) => {
        const table = new AddressTable(seed);
        const map = new Map<number, number>();
        for (const { isAdded, number } of list) {
          const entry = map.get(number);
          if (isAdded) map.set(number, table.add(addressOf(number)));
          else if (entry !== undefined) {
            table.remove(entry);
            map.delete(number);
          }
        }
        expect(table.size).toBe(map.size);
        expect(new Set(map.values()).size).toBe(map.size);
        for (let number = 0; number <= 900; number += 1) {
          expect(table.find(addressOf(number))).toBe(map.get(number) ?? -1);
        }
        for (const [number, entry] of map) {
          expect(Buffer.compare(table.key(entry), addressOf(number))).toBe(0);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('grows far beyond its first capacity', () => {
    const table = new AddressTable();
    const addressOf = (number: number) => {
      const address = new Uint8Array(32).fill(7);
      new DataView(address.buffer).setUint32(0, number);
      return address;
    };
    for (let number = 0; number < 70_000; number += 1) table.add(addressOf(number));
    expect(table.size).toBe(70_000);
    const missing: number[] = [];
    for (let number = 0; number < 70_000; number += 1) {
      if (table.find(addressOf(number)) !== number) missing.push(number);
    }
    expect(missing).toEqual([]);
    expect(table.find(addressOf(70_000))).toBe(-1);
  });
});
