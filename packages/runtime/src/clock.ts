// Time as a port. Durations come from the monotonic clock, which no adjustment moves; dates from
// the wall clock. Tests drive a manual clock.
import { performance } from 'node:perf_hooks';

export interface Clock {
  /** Monotonic milliseconds, with a fraction; only differences mean something. */
  monotonicMs(): number;
  /** Unix milliseconds, whole. */
  unixMs(): number;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  unixMs: () => Date.now(),
};

export interface ManualClock extends Clock {
  advance(durationMs: number): void;
}

export function createManualClock(startUnixMs = 1_700_000_000_000): ManualClock {
  let elapsedMs = 0;
  return {
    monotonicMs: () => elapsedMs,
    unixMs: () => startUnixMs + Math.floor(elapsedMs),
    advance: (durationMs) => {
      elapsedMs += durationMs;
    },
  };
}
