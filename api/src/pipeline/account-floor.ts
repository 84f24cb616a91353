// Since when archives know every write of accounts. Their heartbeats name the slots whose blocks they
// hold; writes they know only since their own snapshot, which they say by refusing. So a list of
// versions that states no first slot is asked from the lowest slot that is not known to be refused, and
// from later ones until it is served. Invariant: what is refused costs nobody anything; once the floor
// is found a list is one race.
import { type HistoryRange, type Slot, StreamSyncError } from '@streamsync/domain';

/** A floor that was refused is asked again after this: archives may have joined. */
const REFUSED_MS = 60_000;

/** Each halves what is left of the range. */
const ATTEMPTS_MAX = 64;

export class AccountFloor {
  readonly #nowMs: () => number;
  /** The highest slot from which a list was refused, and when. */
  #refused: { readonly slot: bigint; readonly atMs: number } | null = null;
  /** The lowest slot from which a list was served since. */
  #served: bigint | null = null;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @throws StreamSyncError as `read` does; HISTORY_NOT_COVERED where even the last slot is refused */
  async find<Value>(
    { slotFirst, slotLast }: HistoryRange,
    read: (range: HistoryRange) => Promise<Value>,
  ): Promise<{ readonly range: HistoryRange; readonly value: Value }> {
    let from = this.#firstTry(slotFirst, slotLast);
    for (let attempt = 1; ; attempt += 1) {
      const range = { slotFirst: from as Slot, slotLast };
      try {
        const value = await read(range);
        if (this.#served === null || from < this.#served) this.#served = from;
        return { range, value };
      } catch (error) {
        const refused = error instanceof StreamSyncError && error.code === 'HISTORY_NOT_COVERED';
        if (!refused || from >= slotLast || attempt >= ATTEMPTS_MAX) throw error;
        this.#wasRefused(from);
        from = this.#nextTry(from, slotLast);
      }
    }
  }

  #firstTry(slotFirst: bigint, slotLast: bigint): bigint {
    const refused = this.#refused;
    if (refused === null || this.#nowMs() - refused.atMs > REFUSED_MS) return slotFirst;
    return refused.slot < slotFirst ? slotFirst : this.#between(refused.slot, slotLast);
  }

  #nextTry(refused: bigint, slotLast: bigint): bigint {
    const served = this.#served;
    if (served !== null && refused < served && served <= slotLast) return served;
    return middle(refused, slotLast);
  }

  /** Half way to what was served, until they meet: each query narrows it by one refusal at most. */
  #between(refused: bigint, slotLast: bigint): bigint {
    const served = this.#served;
    return middle(refused, served !== null && served <= slotLast ? served : slotLast);
  }

  #wasRefused(slot: bigint): void {
    if (this.#served !== null && slot >= this.#served) this.#served = null;
    const known = this.#refused?.slot ?? slot;
    this.#refused = { slot: slot > known ? slot : known, atMs: this.#nowMs() };
  }
}

/** Half way, and past `low` where there is anything past it. */
function middle(low: bigint, high: bigint): bigint {
  return low >= high ? high : low + (high - low + 1n) / 2n;
}
