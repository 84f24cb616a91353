// The last latencies of a node, for its median. Invariant: a fixed number of them is kept.
const SAMPLES = 128;

export class LatencySample {
  readonly #samples = new Float64Array(SAMPLES);
  #count = 0;

  add(latencyMs: number): void {
    this.#samples[this.#count % SAMPLES] = latencyMs;
    this.#count += 1;
  }

  /** Milliseconds; null before the first answer. */
  median(): number | null {
    if (this.#count === 0) return null;
    const kept = this.#samples.slice(0, Math.min(this.#count, SAMPLES)).sort();
    return kept[Math.floor(kept.length / 2)] ?? null;
  }
}
