// Whether a node is worth asking: one that fails again and again is left alone for a while, then
// tried with one call. Invariant: it is out for 30 s at most at a time, one call at a time tries it,
// and one success makes everything good.
import type { Clock } from '@streamsync/runtime';

/** A lost connection fails what is in flight at once; a slow moment does not fail five in a row. */
export const FAILURES_MAX = 5;

/** A node that restarts is back in about this. */
export const OUT_MS_FIRST = 2_000;

/** A dead node costs two calls a minute. */
export const OUT_MS_MAX = 30_000;

export class CircuitBreaker {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #failures = 0;
  #outMs = OUT_MS_FIRST;
  /** Null while the node is in. */
  #outUntilMs: number | null = null;
  #trying = false;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Whether the node is in, and not merely due to be tried. */
  get closed(): boolean {
    return this.#outUntilMs === null;
  }

  /** Whether the node may be drawn: it is in, or due to be tried and not being tried. */
  get admits(): boolean {
    return this.#outUntilMs === null || this.#due;
  }

  /** A call goes to the node. Returns whether `admits` changed by it. */
  called(): boolean {
    if (!this.#due) return false;
    this.#trying = true;
    return true;
  }

  /** Returns whether `admits` changed by it. */
  succeeded(): boolean {
    this.#failures = 0;
    this.#outMs = OUT_MS_FIRST;
    const wasOut = this.#outUntilMs !== null;
    this.#outUntilMs = null;
    this.#trying = false;
    return wasOut;
  }

  /**
   * @param mayLeave whether the node can be missed; not asked while it is out
   * @returns how long it is out from now on, in ms; null where nothing changed
   */
  failed(mayLeave: () => boolean): number | null {
    if (this.#outUntilMs !== null) return this.#trying ? this.#leave() : null;
    this.#failures += 1;
    return this.#failures >= FAILURES_MAX && mayLeave() ? this.#leave() : null;
  }

  /** The call that tried it said nothing. Returns whether `admits` changed by it. */
  unknown(): boolean {
    const wasTrying = this.#trying;
    this.#trying = false;
    return wasTrying;
  }

  get #due(): boolean {
    return (
      this.#outUntilMs !== null && !this.#trying && this.#clock.monotonicMs() >= this.#outUntilMs
    );
  }

  #leave(): number {
    const outMs = this.#outMs;
    this.#outUntilMs = this.#clock.monotonicMs() + outMs;
    this.#outMs = Math.min(outMs * 2, OUT_MS_MAX);
    this.#trying = false;
    return outMs;
  }
}
