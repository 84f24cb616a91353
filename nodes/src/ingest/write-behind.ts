// Slots on their way to the disk: while they are flushed the next ones are applied, a bounded number
// of them; one flush covers all that were applied when it began. Invariant: a slot is announced after
// it is on disk everywhere, in the order of slots, and after a failed flush nothing is announced.
import type { Slot } from '@streamsync/domain';

/** As many slots may be lost from memory by a kill, to be fed again: some seconds of a chain. */
export const UNFLUSHED_SLOTS_MAX = 16;

export interface WriteBehindOptions {
  /** Resolves when everything applied so far is on disk. */
  readonly flush: () => Promise<unknown>;
  readonly announce: (slot: Slot, journaledInMs: number) => void;
  readonly slotsMax?: number;
}

export class WriteBehind {
  readonly #options: WriteBehindOptions;
  readonly #slotsMax: number;
  #waiting: { readonly slot: Slot; readonly sinceMs: number }[] = [];
  #flushingCount = 0;
  #flushing: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
    this.#slotsMax = options.slotsMax ?? UNFLUSHED_SLOTS_MAX;
  }

  /** Slots that are applied and not on disk yet. */
  get unflushed(): number {
    return this.#waiting.length + this.#flushingCount;
  }

  /** Takes a slot that was applied; resolves when there is room for another. @throws what a flush threw */
  async follow(slot: Slot): Promise<void> {
    this.#waiting.push({ slot, sinceMs: performance.now() });
    this.#start();
    while (this.unflushed >= this.#slotsMax && this.#failure === null) await this.#flushing;
    this.#throwFailure();
  }

  /** Resolves when everything is on disk and announced. @throws what a flush threw */
  async settle(): Promise<void> {
    while (this.unflushed > 0 && this.#failure === null) await this.#flushing;
    this.#throwFailure();
  }

  #start(): void {
    const [oldest] = this.#waiting;
    const newest = this.#waiting.at(-1);
    if (this.#flushingCount > 0 || this.#failure !== null || !oldest || !newest) return;
    this.#flushingCount = this.#waiting.length;
    this.#waiting = [];
    this.#flushing = this.#options
      .flush()
      .then(() => {
        this.#flushingCount = 0;
        this.#options.announce(newest.slot, performance.now() - oldest.sinceMs);
        this.#start();
      })
      .catch((error: unknown) => {
        this.#failure = { error };
      });
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}
