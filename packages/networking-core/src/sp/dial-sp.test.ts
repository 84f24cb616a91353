import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from './dial-sp.ts';

describe('the backoff of a dialer', () => {
  it('doubles from the first wait to the longest', () => {
    const backoff = { firstMs: 50, maxMs: 1_000, jitter: 0 };
    expect([1, 2, 3, 4, 5, 6, 7, 1_000_000].map((n) => backoffMs(backoff, n, 0.5))).toEqual([
      50, 100, 200, 400, 800, 1_000, 1_000, 1_000,
    ]);
  });

  it('stays between the part that is not drawn and the whole', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, random, jitter) => {
          const backoff = { firstMs: 50, maxMs: 30_000, jitter };
          const whole = backoffMs({ ...backoff, jitter: 0 }, attempt, random);
          const drawn = backoffMs(backoff, attempt, random);
          expect(drawn).toBeLessThanOrEqual(whole);
          expect(drawn).toBeGreaterThanOrEqual(whole * (1 - jitter) - 1e-9);
        },
      ),
    );
  });
});
