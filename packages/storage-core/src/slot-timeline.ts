// The slots that a store has applied, newest last, within a window. A pin is answerable exactly when
// its slot is in the window and its blockhash is the one that was applied.
import {
  type Blockhash,
  invariant,
  type Pin,
  type Slot,
  type SlotProvenance,
} from '@streamsync/domain';

export interface AppliedSlot {
  readonly slot: Slot;
  readonly blockhash: Blockhash;
  /** Null where the source does not state it. */
  readonly parentSlot: Slot | null;
  /** Unix seconds; null where the block has none. */
  readonly blockTimeSeconds: bigint | null;
  readonly provenance: SlotProvenance;
}

/** What a pin is to this store. */
export type PinCheck = 'applied' | 'notApplied' | 'beforeWindow' | 'blockhashDiffers';

/**
 * Applied slots that stay readable. The protocol asks for 300 (two minutes of slots); a few more
 * keep a pin readable that was chosen while it was the oldest one allowed.
 */
export const WINDOW_SLOTS_DEFAULT = 320;
/** Over an hour of slots; each costs a few hundred bytes beside the versions that it keeps. */
export const WINDOW_SLOTS_MAX = 10_000;

export class SlotTimeline {
  readonly #windowSlots: number;
  readonly #slots: AppliedSlot[] = [];
  readonly #bySlot = new Map<Slot, AppliedSlot>();

  constructor(options: { readonly windowSlots?: number } = {}) {
    this.#windowSlots = options.windowSlots ?? WINDOW_SLOTS_DEFAULT;
    invariant(
      Number.isSafeInteger(this.#windowSlots) &&
        this.#windowSlots >= 1 &&
        this.#windowSlots <= WINDOW_SLOTS_MAX,
      `a window has 1 to ${WINDOW_SLOTS_MAX} slots`,
    );
  }

  get windowSlots(): number {
    return this.#windowSlots;
  }

  /** Applied slots in the window. */
  get size(): number {
    return this.#slots.length;
  }

  /** The newest applied slot. */
  get tip(): AppliedSlot | null {
    return this.#slots.at(-1) ?? null;
  }

  /** The oldest slot that is still readable. */
  get first(): AppliedSlot | null {
    return this.#slots[0] ?? null;
  }

  at(slot: Slot): AppliedSlot | null {
    return this.#bySlot.get(slot) ?? null;
  }

  /** Appends the next applied slot and returns the oldest slot that is readable now. */
  append(applied: AppliedSlot): AppliedSlot {
    const tip = this.tip;
    invariant(tip === null || applied.slot > tip.slot, 'slots are applied in ascending order');
    this.#slots.push(applied);
    this.#bySlot.set(applied.slot, applied);
    // One append makes at most one slot leave.
    if (this.#slots.length > this.#windowSlots) {
      const left = this.#slots.shift();
      if (left !== undefined) this.#bySlot.delete(left.slot);
    }
    return this.#slots[0] ?? applied;
  }

  /** Takes back the applied slots above `slot`, which is not below the oldest readable one. */
  rollback(slot: Slot): void {
    invariant((this.first?.slot ?? slot) <= slot, 'a rollback stays within the window');
    while (this.#slots.length > 0 && (this.tip?.slot ?? slot) > slot) {
      const undone = this.#slots.pop();
      if (undone !== undefined) this.#bySlot.delete(undone.slot);
    }
  }

  /** Forgets every slot. */
  clear(): void {
    this.#slots.length = 0;
    this.#bySlot.clear();
  }

  /** The newest applied slot at or below `slot`. */
  newestUpTo(slot: Slot): AppliedSlot | null {
    return this.#slots.findLast((applied) => applied.slot <= slot) ?? null;
  }

  /** The oldest applied slot above `slot`. */
  nextAfter(slot: Slot): AppliedSlot | null {
    return this.#slots.find((applied) => applied.slot > slot) ?? null;
  }

  check(pin: Pin): PinCheck {
    const applied = this.#bySlot.get(pin.slot);
    if (applied !== undefined) {
      return applied.blockhash === pin.blockhash ? 'applied' : 'blockhashDiffers';
    }
    const first = this.#slots[0];
    return first !== undefined && pin.slot < first.slot ? 'beforeWindow' : 'notApplied';
  }

  /** Whether this store can answer at the pin. */
  pinAt(slot: Slot, blockhash: Blockhash): boolean {
    return this.check({ slot, blockhash }) === 'applied';
  }

  /**
   * Whether every slot in (`slotAfter`, `slotLast`] is known: each applied one follows the applied one
   * before it, by its parent where the source states it. After a gap changes cannot be told by slot.
   */
  isWhole(slotAfter: Slot, slotLast: Slot): boolean {
    return this.#slots.every(
      ({ slot, parentSlot }, index) =>
        slot <= slotAfter ||
        slot > slotLast ||
        parentSlot === null ||
        parentSlot === (this.#slots[index - 1]?.slot ?? parentSlot),
    );
  }

  /** Up to `count` pins, newest first. */
  pins(count: number): Pin[] {
    return this.#slots
      .slice(-Math.max(1, count))
      .reverse()
      .map(({ slot, blockhash }) => ({ slot, blockhash }));
  }

  /** Every applied slot of the window, oldest first. */
  applied(): readonly AppliedSlot[] {
    return this.#slots;
  }
}
