// The chain out of blocks that come in any order, twice, with gaps and on forks: a pure buffer that
// every source uses, so that forks and gaps are solved once.
//
// How a source uses it:
//   const linker = new SlotLinker<Block>(recentPins)      what the asker has applied, newest first
//   linker.restart({ slot, blockhash })                   after a snapshot: the chain begins here
//   for (const step of linker.offer(block)) …             'slot': deliver it; 'rollback': tell it
//   for (const gap of linker.missing()) …                 fetch these slots, offer what they hold
//   linker.discard(slot)                                  the slot is dead, or has no block after all
//   linker.bridge()                                       nothing more will come: link over the gaps
//
// The rule: the chain is the one that the highest slot links to; of two blocks of one slot the one
// that came first stands until a child says otherwise. So the same blocks end in the same chain, in
// whatever order they come. A slot between a block and its parent is skipped; a slot that a block
// names as its parent and that was not offered is missing. Invariant: the steps, applied in order,
// are always one chain by parent links (but for what `bridge` was told to pass over), each of its
// blocks delivered once, and what is held is bounded.
import type { Blockhash, Pin, Slot } from '@streamsync/domain';

/** What a block says of its place in the chain. */
export interface SlotLink {
  readonly slot: Slot;
  readonly blockhash: Blockhash;
  /** Null where the source does not state it: only `bridge` links such a block. */
  readonly parentSlot: Slot | null;
  /** The parent's blockhash; where it is null the parent's slot alone decides. */
  readonly previousBlockhash: Blockhash | null;
}

export type LinkStep<Item extends SlotLink> =
  /** The next block of the chain. */
  | { readonly kind: 'slot'; readonly item: Item }
  /** What was delivered above this slot is undone; this slot is the newest that stands. */
  | { readonly kind: 'rollback'; readonly slot: Slot };

/** Slots that must be fetched before the chain links on; both ends belong to it. */
export interface SlotGap {
  readonly slotFirst: Slot;
  /** Has a block for certain: a later one names it as its parent. */
  readonly slotLast: Slot;
  /** The hash of the block at `slotLast`; null where it is not stated. */
  readonly blockhash: Blockhash | null;
}

export interface LinkCounts {
  /** Blocks that came again. */
  readonly repeated: number;
  /** Blocks that cannot be: at or below their parent, or below everything that can be undone. */
  readonly refused: number;
  readonly rollbacks: number;
  /** Blocks that were let go because too many waited; they are missing again. */
  readonly overflowed: number;
}

/** Blocks that wait for their parents: some minutes of a chain, and some hundred MB at the worst. */
export const PENDING_MAX = 256;
/** Delivered blocks whose hashes are kept: more than any store can undo. */
export const LINKS_MAX = 4_096;

export class SlotLinker<Item extends SlotLink> {
  readonly #pendingMax: number;
  readonly #linksMax: number;
  /** Delivered and not undone, ascending. */
  #chain: Pin[] = [];
  readonly #hashes = new Map<Slot, Blockhash>();
  /** Offered and not delivered, by slot: they wait for a parent or lie on a fork. */
  readonly #pending = new Map<Slot, Item[]>();
  #pendingCount = 0;
  /** The highest slot that was let go for want of room; null where none is. */
  #overflowSlot: Slot | null = null;
  readonly #counts = { repeated: 0, refused: 0, rollbacks: 0, overflowed: 0 };

  constructor(
    applied: readonly Pin[] = [],
    bounds: { readonly pendingMax?: number; readonly linksMax?: number } = {},
  ) {
    this.#pendingMax = bounds.pendingMax ?? PENDING_MAX;
    this.#linksMax = bounds.linksMax ?? LINKS_MAX;
    for (const pin of [...applied].reverse()) this.#append(pin);
  }

  /** The newest block that was delivered. */
  get tip(): Pin | null {
    return this.#chain.at(-1) ?? null;
  }

  get pending(): number {
    return this.#pendingCount;
  }

  counts(): LinkCounts {
    return { ...this.#counts };
  }

  /** Whether this very block is part of the chain that was delivered. */
  has(slot: Slot, blockhash: Blockhash): boolean {
    return this.#hashes.get(slot) === blockhash;
  }

  /** A snapshot put the asker at `pin`: the chain goes on from there; blocks above it still wait. */
  restart(pin: Pin): LinkStep<Item>[] {
    this.#chain = [];
    this.#hashes.clear();
    this.#append(pin);
    this.#prune();
    return this.#advance();
  }

  /** Takes a block, and returns what it makes of the chain, in order. */
  offer(item: Item): LinkStep<Item>[] {
    const { slot, blockhash, parentSlot } = item;
    const floor = this.#chain[0]?.slot;
    if (this.has(slot, blockhash) || this.#heldAt(slot).some((o) => o.blockhash === blockhash)) {
      this.#counts.repeated += 1;
      return [];
    }
    if ((parentSlot !== null && parentSlot >= slot) || (floor !== undefined && slot < floor)) {
      this.#counts.refused += 1;
      return [];
    }
    if (floor === undefined) return [this.#deliver(item), ...this.#advance()];
    this.#hold(item);
    const steps = this.#advance();
    this.#letGo();
    return steps;
  }

  /** The slot has no block of the chain: what is held of it is forgotten, and what was delivered undone. */
  discard(slot: Slot): LinkStep<Item>[] {
    this.#pendingCount -= this.#heldAt(slot).length;
    this.#pending.delete(slot);
    if (this.#overflowSlot === slot) this.#overflowSlot = null;
    const index = this.#chain.findIndex((pin) => pin.slot === slot);
    const before = this.#chain[index - 1];
    if (before === undefined) return [];
    return [this.#undoTo(before.slot), ...this.#advance()];
  }

  /** What keeps blocks above the tip from being linked, ascending. */
  missing(): SlotGap[] {
    const gaps = new Map<string, SlotGap>();
    for (const item of this.#waiting()) {
      const { lowest, ancestor } = this.#trace(item);
      if (ancestor !== 'missing' || lowest.parentSlot === null) continue;
      const slotLast = lowest.parentSlot;
      const blockhash = lowest.previousBlockhash;
      gaps.set(`${slotLast} ${blockhash}`, {
        slotFirst: this.#firstUnknownUpTo(slotLast),
        slotLast,
        blockhash,
      });
    }
    const overflow = this.#overflowSlot;
    if (overflow !== null && overflow > (this.tip?.slot ?? -1n)) {
      const slotFirst = this.#firstUnknownUpTo(overflow);
      gaps.set('overflow', { slotFirst, slotLast: overflow, blockhash: null });
    }
    return [...gaps.values()].sort((left, right) => (left.slotLast < right.slotLast ? -1 : 1));
  }

  /**
   * Links the blocks above the tip although parents of theirs are missing: of the chain stays what
   * lies below the first of them, as far as its parent's slot allows.
   */
  bridge(): LinkStep<Item>[] {
    const steps: LinkStep<Item>[] = [];
    for (let top = this.#waiting().at(-1); top !== undefined; top = this.#waiting().at(-1)) {
      const path: Item[] = [];
      let stands: Slot | null = null;
      for (let next: Item | undefined = top; next !== undefined; ) {
        const traced = this.#trace(next);
        path.unshift(...traced.path);
        stands = this.#newestThatStands(traced.lowest);
        next = this.#highestBelow(traced.lowest, stands);
      }
      const from = path[0] ?? top;
      if (stands === null) {
        steps.push({ kind: 'rollback', slot: from.parentSlot ?? ((from.slot - 1n) as Slot) });
        this.#counts.rollbacks += 1;
        this.#restartEmpty();
      } else if (stands !== this.tip?.slot) steps.push(this.#undoTo(stands));
      for (const item of path) steps.push(this.#deliver(item));
      this.#prune();
    }
    return steps;
  }

  /** Delivers the branch of the highest slot that links, if that is above the tip. */
  #advance(): LinkStep<Item>[] {
    for (const item of this.#waiting().reverse()) {
      const { path, lowest, ancestor } = this.#trace(item);
      if (ancestor === 'missing') continue;
      const steps: LinkStep<Item>[] = [];
      if (ancestor === 'below') {
        // Below everything that is known: the asker finds that it cannot undo so much.
        this.#restartEmpty();
        this.#counts.rollbacks += 1;
        steps.push({ kind: 'rollback', slot: lowest.parentSlot as Slot });
      } else if (ancestor !== this.tip?.slot) steps.push(this.#undoTo(ancestor));
      for (const each of path) steps.push(this.#deliver(each));
      this.#prune();
      return steps;
    }
    return [];
  }

  /** Held blocks above the tip, ascending by slot; of one slot the first that came is the last. */
  #waiting(): Item[] {
    const tip = this.tip?.slot ?? -1n;
    if (this.#pendingCount === 0) return [];
    return [...this.#pending]
      .filter(([slot]) => slot > tip)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .flatMap(([, items]) => items.toReversed());
  }

  /** Follows parents down: the held blocks, ascending, and the delivered slot that they stand on. */
  #trace(item: Item): { path: Item[]; lowest: Item; ancestor: Slot | 'missing' | 'below' } {
    const path = [item];
    for (let lowest = item; ; ) {
      const { parentSlot, previousBlockhash } = lowest;
      if (parentSlot === null) return { path, lowest, ancestor: 'missing' };
      const delivered = this.#hashes.get(parentSlot);
      if (delivered !== undefined && isHash(delivered, previousBlockhash)) {
        return { path, lowest, ancestor: parentSlot };
      }
      const parent = this.#heldAt(parentSlot).find(({ blockhash }) =>
        isHash(blockhash, previousBlockhash),
      );
      if (parent === undefined) {
        const isBelow = parentSlot < (this.#chain[0]?.slot ?? 0n);
        return { path, lowest, ancestor: isBelow ? 'below' : 'missing' };
      }
      path.unshift(parent);
      lowest = parent;
    }
  }

  #firstUnknownUpTo(slotLast: Slot): Slot {
    const tip = this.tip?.slot ?? -1n;
    if (slotLast <= tip) return slotLast;
    let known: bigint = tip;
    for (const slot of this.#pending.keys()) if (slot > known && slot < slotLast) known = slot;
    return (known + 1n) as Slot;
  }

  #newestThatStands({ slot, parentSlot, previousBlockhash }: Item): Slot | null {
    for (const pin of this.#chain.toReversed()) {
      if (pin.slot >= slot) continue;
      if (parentSlot === null || pin.slot < parentSlot) return pin.slot;
      if (pin.slot === parentSlot && isHash(pin.blockhash, previousBlockhash)) return pin.slot;
    }
    return null;
  }

  /** The highest held block that lies under `item` and above what stands under it. */
  #highestBelow(item: Item, stands: Slot | null): Item | undefined {
    const ceiling = item.parentSlot ?? item.slot;
    let highest: Item | undefined;
    for (const [slot, items] of this.#pending) {
      if (slot >= ceiling || slot <= (stands ?? -1n)) continue;
      if (highest === undefined || slot > highest.slot) highest = items[0];
    }
    return highest;
  }

  #heldAt(slot: Slot): readonly Item[] {
    return this.#pending.get(slot) ?? [];
  }

  #hold(item: Item): void {
    const held = this.#pending.get(item.slot);
    if (held === undefined) this.#pending.set(item.slot, [item]);
    else held.push(item);
    this.#pendingCount += 1;
  }

  /**
   * Of too many held blocks one goes: the lowest that the branch of the highest slot does not need,
   * else the highest. So a fork that is deeper than the bound never links: a source that finds its
   * linker full begins anew with a snapshot.
   */
  #letGo(): void {
    if (this.#pendingCount <= this.#pendingMax) return;
    const tip = this.tip?.slot ?? -1n;
    const top = this.#waiting().at(-1);
    const needed = new Set(top === undefined ? [] : this.#trace(top).path);
    let goes: Item | undefined;
    for (const items of this.#pending.values()) {
      for (const item of items) {
        if (item.slot > tip || needed.has(item)) continue;
        if (goes === undefined || item.slot < goes.slot) goes = item;
      }
    }
    goes ??= top;
    if (goes === undefined) return;
    this.#release(goes);
    this.#counts.overflowed += 1;
    if (goes === top && (this.#overflowSlot ?? -1n) < goes.slot) this.#overflowSlot = goes.slot;
  }

  #release(item: Item): void {
    const held = this.#pending.get(item.slot);
    const index = held?.indexOf(item) ?? -1;
    if (held === undefined || index === -1) return;
    held.splice(index, 1);
    this.#pendingCount -= 1;
    if (held.length === 0) this.#pending.delete(item.slot);
  }

  #deliver(item: Item): LinkStep<Item> {
    this.#release(item);
    this.#append(item);
    return { kind: 'slot', item };
  }

  #append({ slot, blockhash }: Pin): void {
    this.#chain.push({ slot, blockhash });
    this.#hashes.set(slot, blockhash);
    if (this.#overflowSlot !== null && this.#overflowSlot <= slot) this.#overflowSlot = null;
    // Trimmed by halves, so that it costs nothing per slot.
    if (this.#chain.length < 2 * this.#linksMax) return;
    for (const pin of this.#chain.splice(0, this.#linksMax)) this.#hashes.delete(pin.slot);
  }

  #undoTo(slot: Slot): LinkStep<Item> {
    for (let last = this.tip; last !== null && last.slot > slot; last = this.tip) {
      this.#chain.pop();
      this.#hashes.delete(last.slot);
    }
    this.#counts.rollbacks += 1;
    return { kind: 'rollback', slot };
  }

  #restartEmpty(): void {
    this.#chain = [];
    this.#hashes.clear();
  }

  /** Forgets held blocks that no later block can make part of the chain. */
  #prune(): void {
    const floor = this.#chain[0]?.slot ?? 0n;
    for (const [slot, items] of this.#pending) {
      if (slot >= floor) continue;
      this.#pending.delete(slot);
      this.#pendingCount -= items.length;
    }
  }
}

/** Whether a block is the parent that was named, as far as its hash was. */
function isHash(blockhash: Blockhash, named: Blockhash | null): boolean {
  return named === null || named === blockhash;
}
