// The capacity that a node listed, enforced: a bucket of cost milli-units that refills at that rate.
// Invariant: over any stretch of time no more is taken than the rate times it, plus one burst.
import { invariant } from '@streamsync/domain';
import type { Clock } from '@streamsync/runtime';

/** The bucket holds this much of the rate: a gateway's burst of a tick or two is no overload. */
const BURST_SECONDS = 0.25;

/** The load that heartbeats state is measured over this; shorter, and it would flicker between races. */
const LOAD_WINDOW_MS = 1_000;

export interface TokenBucket {
  /** Takes `costMilliUnits`, or takes nothing and says false. */
  tryTake(costMilliUnits: number): boolean;
  /** The used share of the capacity in the last whole second, in thousandths; above 1000 is refused work. */
  loadPermille(): number;
}

export function createTokenBucket(options: {
  readonly capacityMilliUnitsPerSecond: number;
  readonly clock: Clock;
  /** The dearest single request: the bucket holds at least that, or it could never be answered. */
  readonly requestMilliUnitsMax: number;
}): TokenBucket {
  const { capacityMilliUnitsPerSecond: rate, clock, requestMilliUnitsMax } = options;
  invariant(rate > 0, 'a node lists some capacity');
  const full = Math.max(rate * BURST_SECONDS, requestMilliUnitsMax);
  let tokens = full;
  let refilledAtMs = clock.monotonicMs();
  let windowStartMs = refilledAtMs;
  let askedInWindow = 0;
  let loadPermille = 0;

  function turnWindow(nowMs: number): void {
    const elapsedMs = nowMs - windowStartMs;
    if (elapsedMs < LOAD_WINDOW_MS) return;
    loadPermille = Math.round((askedInWindow * 1_000_000) / (rate * elapsedMs));
    windowStartMs = nowMs;
    askedInWindow = 0;
  }

  return {
    tryTake: (costMilliUnits) => {
      const nowMs = clock.monotonicMs();
      turnWindow(nowMs);
      tokens = Math.min(full, tokens + ((nowMs - refilledAtMs) * rate) / 1_000);
      refilledAtMs = nowMs;
      askedInWindow += costMilliUnits;
      if (tokens < costMilliUnits) return false;
      tokens -= costMilliUnits;
      return true;
    },
    loadPermille: () => {
      turnWindow(clock.monotonicMs());
      return loadPermille;
    },
  };
}
