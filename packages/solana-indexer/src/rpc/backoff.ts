// Waiting between attempts: doubling, bounded, and spread so that many nodes do not come back at once.

const FIRST_MS = 100;
/** A source that was away for long is noticed within this time. */
const MAX_MS = 5_000;

/** Milliseconds to wait after `failures` failures in a row. */
export function backoffMs(failures: number): number {
  const full = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
  return full / 2 + Math.random() * (full / 2);
}
