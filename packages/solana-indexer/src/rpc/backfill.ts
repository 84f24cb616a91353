// Transactions of slots that were missed: planned after each snapshot, and fetched a few blocks at a
// time between live slots, newest first, so that catching up never holds up what is new.
import type { Slot, SlotUpdate } from '@streamsync/domain';
import type { SourceCounters } from '../source-counters.ts';
import type { RpcHttpClient } from './http-client.ts';
import { readFirstAvailableSlot, readOldBlock, readSlots } from './read-chain.ts';

/** Blocks fetched between two live slots: a slot's time is enough for them. */
const BLOCKS_AT_ONCE = 16;
/** A block that the server lists and does not give is asked for again so often. */
const TRIES_MAX = 3;

export interface BackfillOptions {
  /** How many slots back; 0 fetches nothing. */
  readonly slotsMax: number;
  readonly isWanted: boolean;
  /** Whether the history of a slot is held already. */
  readonly holdsHistory: (slot: Slot) => boolean;
  readonly counters: Pick<SourceCounters, 'slotsDone' | 'slotsTotal' | 'skipped'>;
}

export class Backfill {
  readonly #rpc: RpcHttpClient;
  readonly #options: BackfillOptions;
  /** Ascending; taken from the end. */
  #slots: Slot[] = [];
  /** Slots whose transactions were delivered, within reach of a later plan. */
  readonly #done = new Set<Slot>();
  /** Failed tries of blocks that the server listed. */
  #tries = new Map<Slot, number>();

  constructor(rpc: RpcHttpClient, options: BackfillOptions) {
    this.#rpc = rpc;
    this.#options = options;
  }

  get isDone(): boolean {
    return this.#slots.length === 0;
  }

  /** Plans what is missing before `slot`, which a snapshot has applied. */
  async plan(slot: Slot, signal: AbortSignal): Promise<void> {
    const { slotsMax, isWanted, holdsHistory } = this.#options;
    if (!isWanted || slotsMax === 0 || slot === 0n) return;
    const first = await readFirstAvailableSlot(this.#rpc, signal);
    const lowest = slot - BigInt(slotsMax);
    const slotFirst = (first > lowest ? first : lowest) as Slot;
    const slots = await readSlots(this.#rpc, { slotFirst, slotLast: (slot - 1n) as Slot }, signal);
    this.#slots = slots.filter((each) => !this.#done.has(each) && !holdsHistory(each));
    this.#tries = new Map();
    const { counters } = this.#options;
    counters.slotsTotal = counters.slotsDone + this.#slots.length;
  }

  /** Told of each slot that was delivered otherwise. */
  delivered(slot: Slot): void {
    if (!this.#options.isWanted) return;
    this.#done.add(slot);
    if (this.#done.size <= 2 * this.#options.slotsMax + 1) return;
    for (const each of this.#done)
      if (each < slot - BigInt(this.#options.slotsMax)) this.#done.delete(each);
  }

  /** The next few blocks, newest first. */
  async next(signal: AbortSignal): Promise<SlotUpdate[]> {
    const slots = this.#slots.slice(-BLOCKS_AT_ONCE).reverse();
    const blocks = await Promise.all(slots.map((slot) => readOldBlock(this.#rpc, slot, signal)));
    this.#slots.length -= slots.length;
    const updates: SlotUpdate[] = [];
    for (const [index, slot] of slots.entries()) {
      const block = blocks[index];
      if (block) updates.push({ ...block, provenance: 'STREAMED', accounts: [] });
      else if (this.#isTriedAgain(slot)) continue;
      this.#done.add(slot);
      this.#options.counters.slotsDone += 1;
    }
    return updates;
  }

  /** What was delivered above the slot is undone, and may be missing again. */
  rolledBack(slot: Slot): void {
    for (const each of this.#done) if (each > slot) this.#done.delete(each);
    this.#slots = this.#slots.filter((each) => each <= slot);
  }

  /** Puts a block that did not come behind all others, a few times. */
  #isTriedAgain(slot: Slot): boolean {
    const tries = (this.#tries.get(slot) ?? 0) + 1;
    if (tries >= TRIES_MAX) {
      this.#options.counters.skipped('listed blocks that the server does not give');
      return false;
    }
    this.#tries.set(slot, tries);
    this.#slots.unshift(slot);
    return true;
  }
}
