// How long one call takes, and percentiles.
const NANOS_PER_MICRO = 1_000;

export function microsecondsOf(call: () => unknown): number {
  const startedAt = process.hrtime.bigint();
  call();
  return Number(process.hrtime.bigint() - startedAt) / NANOS_PER_MICRO;
}

/** The nearest-rank percentile, rounded to hundredths. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  const value = sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * percent) / 100) - 1)];
  return Math.round((value ?? 0) * 100) / 100;
}
