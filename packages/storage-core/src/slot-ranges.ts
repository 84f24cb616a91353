// Which slots a history holds without a gap, known by parent links: slot numbers may be skipped by
// the chain, so that only a link from a slot to its parent proves that nothing lies between.
import type { Slot } from '@streamsync/domain';

/** Slots that are linked from `slotFirst` to `slotLast`, both included. */
export interface SlotRange {
  readonly slotFirst: Slot;
  readonly slotLast: Slot;
  /** The parent of `slotFirst`; null where it has none or does not state it. */
  readonly parentSlot: Slot | null;
}

/** Ranges are bounded: a source that never links keeps only its newest ones. */
const RANGES_MAX = 10_000;

export class SlotRanges {
  #ranges: SlotRange[];

  constructor(ranges: readonly SlotRange[] = []) {
    this.#ranges = [...ranges];
  }

  /** Ascending. */
  list(): readonly SlotRange[] {
    return this.#ranges;
  }

  /** The newest range. */
  get last(): SlotRange | null {
    return this.#ranges.at(-1) ?? null;
  }

  /** The gaps between the ranges, both ends included; slots in them are not known. */
  gaps(): { slotFirst: Slot; slotLast: Slot }[] {
    return this.#ranges.slice(1).map((range, index) => {
      const before = this.#ranges[index];
      return {
        slotFirst: ((before?.slotLast ?? 0n) + 1n) as Slot,
        slotLast: (range.slotFirst - 1n) as Slot,
      };
    });
  }

  has(slot: Slot): boolean {
    return this.#ranges.some((range) => slot >= range.slotFirst && slot <= range.slotLast);
  }

  /** Adds a slot and links it to its neighbours. A slot that is held already changes nothing. */
  add(slot: Slot, parentSlot: Slot | null): void {
    if (this.has(slot)) return;
    const at = this.#ranges.findIndex((range) => range.slotFirst > slot);
    const index = at === -1 ? this.#ranges.length : at;
    this.#ranges.splice(index, 0, { slotFirst: slot, slotLast: slot, parentSlot });
    this.#link(index);
    this.#link(index - 1);
    if (this.#ranges.length > RANGES_MAX) this.#ranges.shift();
  }

  /** Forgets every slot above `slot`; a range that reaches beyond it ends there. */
  removeAbove(slot: Slot): void {
    this.#ranges = this.#ranges
      .filter((range) => range.slotFirst <= slot)
      .map((range) => (range.slotLast > slot ? { ...range, slotLast: slot } : range));
  }

  /** Joins the range at `index` with the next one where that one's parent is this one's last slot. */
  #link(index: number): void {
    const left = this.#ranges[index];
    const right = this.#ranges[index + 1];
    if (left === undefined || right === undefined || right.parentSlot !== left.slotLast) return;
    this.#ranges.splice(index, 2, {
      slotFirst: left.slotFirst,
      slotLast: right.slotLast,
      parentSlot: left.parentSlot,
    });
  }
}
