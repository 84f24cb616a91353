// The chain as one pool's pins have shown it, and the slots that forks have undone. Invariant: of
// every slot that is remembered the one blockhash that stands is known, and of every blockhash that
// no longer stands the newest slot before the fork.
import type { Blockhash, Pin, Slot } from '@streamsync/domain';
import type { ChainView, Pinned } from './ports.ts';

/** Some 13 minutes of slots: beyond what nodes can tell the changes of. */
const REMEMBERED_SLOTS_MAX = 2_048;

/** A place in the chain; the blockhash is null where the pins never showed it. */
export interface Cursor {
  readonly slot: Slot;
  readonly blockhash: Blockhash | null;
}

export type TrackerOutcome =
  | 'same'
  | 'advanced'
  /** The pins that were seen and those that are seen now have nothing in common. */
  | 'lost';

export class ChainTracker {
  #pinned: Pinned | null = null;
  /** What stands, the oldest first. */
  readonly #chain = new Map<Slot, Blockhash>();
  /** What fell, with the newest slot that stands before it; the oldest fall first. */
  readonly #fallen = new Map<string, Slot>();

  get pinned(): Pinned | null {
    return this.#pinned;
  }

  /** What stands after `slot` up to the pin, the oldest first; null where it was never seen. */
  since(slot: Slot): readonly Pin[] | null {
    const [oldest] = this.#chain.keys();
    if (oldest === undefined || oldest > slot + 1n) return null;
    const pins: Pin[] = [];
    for (const [each, blockhash] of this.#chain) {
      if (each > slot) pins.push({ slot: each, blockhash });
    }
    return pins;
  }

  cursorAt(slot: Slot): Cursor {
    return { slot, blockhash: this.#chain.get(slot) ?? null };
  }

  /** The newest place before the fork that undid `cursor`; null: it stands, as far as is known. */
  ancestorOf({ slot, blockhash }: Cursor): Cursor | null {
    if (blockhash === null) return null;
    const ancestor = this.#fallen.get(keyOf(slot, blockhash));
    return ancestor === undefined ? null : this.cursorAt(ancestor);
  }

  observe({ pinned, recent }: ChainView): TrackerOutcome {
    const { pin } = pinned;
    const before = this.#pinned;
    if (before?.pin.slot === pin.slot && before.pin.blockhash === pin.blockhash) return 'same';
    // A pin further back is an ancestor, or the beginning of a fork that has yet to grow.
    if (before !== null && pin.slot < before.pin.slot) return 'same';
    const oldestFirst = [...recent].reverse();
    const outcome = before === null ? 'advanced' : this.#undo(oldestFirst);
    if (outcome === 'lost') {
      this.#chain.clear();
      this.#fallen.clear();
    }
    for (const { slot, blockhash } of oldestFirst) {
      // What is named again goes behind what is older, which keeps the order of slots.
      this.#chain.delete(slot);
      this.#chain.set(slot, blockhash);
      this.#fallen.delete(keyOf(slot, blockhash));
    }
    for (const slot of this.#chain.keys()) {
      if (this.#chain.size <= REMEMBERED_SLOTS_MAX) break;
      this.#chain.delete(slot);
    }
    this.#pinned = pinned;
    return outcome;
  }

  /** Takes out what the new pins contradict. */
  #undo(recent: readonly Pin[]): TrackerOutcome {
    const common = recent.findLast(({ slot, blockhash }) => this.#chain.get(slot) === blockhash);
    if (common === undefined) return 'lost';
    const fallen = [...this.#chain].filter(([slot]) => slot > common.slot);
    if (fallen.length === 0) return 'advanced';
    for (const [key, ancestor] of this.#fallen) {
      if (ancestor > common.slot) this.#fallen.set(key, common.slot);
    }
    for (const [slot, blockhash] of fallen) {
      this.#chain.delete(slot);
      this.#fallen.set(keyOf(slot, blockhash), common.slot);
    }
    for (const key of this.#fallen.keys()) {
      if (this.#fallen.size <= REMEMBERED_SLOTS_MAX) break;
      this.#fallen.delete(key);
    }
    return 'advanced';
  }
}

const keyOf = (slot: Slot, blockhash: Blockhash): string => `${slot}/${blockhash}`;
