// Figures of repeated measurements: percentiles within a repetition, best and range over several.

/** Repetitions of every row; the range over five shows how busy the machine was. */
export const REPETITIONS = 5;

/** The value below which `share` of `values` lie (nearest rank); NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export interface Spread {
  readonly best: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(figures: readonly number[], best: 'lowest' | 'highest'): Spread {
  const min = Math.min(...figures);
  const max = Math.max(...figures);
  return { best: best === 'lowest' ? min : max, min, max };
}

/** The bar of a p99: absolute on a quiet machine, relative to the control on a busy one. */
export function isP99Met(p99Ms: number, controlP99Ms: number): boolean {
  const quietControlMs = 3;
  return controlP99Ms <= quietControlMs ? p99Ms <= 10 : p99Ms <= 4 * controlP99Ms;
}
