import { createManualClock } from '@streamsync/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenBucket } from './token-bucket.ts';

describe('the token bucket', () => {
  it('never gives more than the rate times the time, plus one burst', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 4_000 })), {
          maxLength: 200,
        }),
        (steps) => {
          const clock = createManualClock();
          const bucket = createTokenBucket({
            capacityMilliUnitsPerSecond: 10_000,
            clock,
            requestMilliUnitsMax: 4_000,
          });
          let taken = 0;
          let elapsedMs = 0;
          for (const [waitMs, cost] of steps) {
            clock.advance(waitMs);
            elapsedMs += waitMs;
            if (bucket.tryTake(cost)) taken += cost;
            expect(taken).toBeLessThanOrEqual(10 * elapsedMs + 4_000);
          }
        },
      ),
    );
  });

  it('refuses above the capacity and takes again once it has refilled', () => {
    const clock = createManualClock();
    const bucket = createTokenBucket({
      capacityMilliUnitsPerSecond: 1_000,
      clock,
      requestMilliUnitsMax: 1_000,
    });
    expect(bucket.tryTake(1_000)).toBe(true);
    expect(bucket.tryTake(1_000)).toBe(false);
    clock.advance(1_000);
    expect(bucket.tryTake(1_000)).toBe(true);
  });

  it('states the load of the last second, refused work included', () => {
    const clock = createManualClock();
    const bucket = createTokenBucket({
      capacityMilliUnitsPerSecond: 1_000,
      clock,
      requestMilliUnitsMax: 1_000,
    });
    for (let count = 0; count < 3; count += 1) bucket.tryTake(1_000);
    clock.advance(1_000);
    expect(bucket.loadPermille()).toBe(3_000);
    clock.advance(1_000);
    expect(bucket.loadPermille()).toBe(0);
  });
});
