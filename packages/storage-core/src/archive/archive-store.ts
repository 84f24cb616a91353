// The archive's store: a chain store for pins and transactions by signature, and beside it the index
// of history, of which the newest part is in memory and the rest in Parquet segments. Invariant: the
// index is written before the chain store, so that it never misses a slot that the chain store has;
// what a crash left it ahead is removed at the start, and the source delivers it again.
import { join } from 'node:path';
import {
  type Address,
  type HistoryRange,
  type Pin,
  type Slot,
  type SlotUpdate,
  StreamSyncError,
} from '@streamsync/domain';
import { makeFolder } from '@streamsync/runtime';
import { decodeBlockItem, encodeAccountItem } from '@streamsync/wire';
import { slotNumber, slotOfNumber } from '../bytes.ts';
import { ChainStore } from '../chain-store.ts';
import { placeInChain } from '../fork.ts';
import { SlotRanges } from '../slot-ranges.ts';
import type { HistorySlot, SlotStore } from '../slot-store.ts';
import { ArchiveIndex } from './archive-index.ts';
import type { ArchiveStats, ArchiveStoreOptions } from './archive-options.ts';
import { ArchiveReader } from './archive-reader.ts';
import type { WriteStretch } from './history-types.ts';
import { HotSlots } from './hot-slots.ts';
import { encodeWrite, type IndexedWrite, indexedBlock, withoutAccounts } from './indexed-slot.ts';
import { SEAL_DEPTH_SLOTS, SegmentKeeper } from './segment-keeper.ts';
import { isWholeBlock } from './whole-block.ts';
import { clipStretches, extendStretches, isStateKnown } from './write-stretches.ts';

/** Parsed transactions in memory: about 150 MB of the largest ones. */
const RECORDS_MAX = 32_768;
/** Account writes of one commit. */
const WRITES_CHUNK = 2_000;
const NO_SLOT = -1;

export class ArchiveStore implements SlotStore {
  readonly history: ArchiveReader;
  readonly #chain: ChainStore;
  readonly #options: ArchiveStoreOptions;
  readonly #index: ArchiveIndex;
  readonly #hot = new HotSlots({ recordsMax: RECORDS_MAX });
  readonly #keeper: SegmentKeeper;
  #ranges = new SlotRanges();
  #stretches: readonly WriteStretch[];
  /** The slot of a snapshot that is not ended. */
  #snapshotSlot: number | null = null;
  readonly #restored: Promise<void>;
  readonly #checked: Promise<void>;
  #turn: Promise<void> = Promise.resolve();

  private constructor(options: ArchiveStoreOptions, chain: ChainStore, index: ArchiveIndex) {
    this.#options = options;
    this.#chain = chain;
    this.#index = index;
    this.#stretches = index.stretches();
    const folder = join(options.folder, 'segments');
    makeFolder(folder);
    this.#keeper = new SegmentKeeper({
      folder,
      index,
      hot: this.#hot,
      transactions: chain.transactions,
      log: options.log,
      exclusively: (work) => this.#exclusively(work),
      changed: () => {
        this.#stretches = index.stretches();
        this.#readRanges();
      },
    });
    this.history = new ArchiveReader({
      index,
      hot: this.#hot,
      keeper: this.#keeper,
      transactions: chain.transactions,
      absentIsKnown: options.absentIsKnown,
      covers: (slotFirst, slotLast) => this.#covers(slotFirst, slotLast),
      stretchOf: (slot) =>
        this.#stretches.find((each) => each.snapshot <= slot && slot <= each.slotLast) ?? null,
    });
    this.#restored = this.#restore();
    this.#checked = this.#restored.then(() => this.#keeper.check());
  }

  /**
   * Opens the store as of the last slot that was committed. Segments are checked in the background,
   * and covered when their checksums hold.
   * @throws StreamSyncError FOLDER_NOT_WRITABLE, DISK_FULL, STORE_FAILED
   */
  static open(options: ArchiveStoreOptions): ArchiveStore {
    const { folder, genesisHash, windowSlots } = options;
    const chain = ChainStore.open({
      folder,
      genesisHash,
      ...(windowSlots === undefined ? {} : { windowSlots }),
      keeps: { accounts: false, transactions: true },
    });
    return new ArchiveStore(
      options,
      chain,
      ArchiveIndex.open(join(folder, 'archive'), genesisHash),
    );
  }

  get timeline() {
    return this.#chain.timeline;
  }

  get transactions() {
    return this.#chain.transactions;
  }

  get cursor(): Slot | null {
    return this.#chain.cursor;
  }

  recentPins(count: number): Pin[] {
    return this.#chain.recentPins(count);
  }

  owners(): Address[] {
    return [];
  }

  holdsHistory(slot: Slot): boolean {
    return this.#ranges.has(slot);
  }

  /** The stretches that answers are given about, ascending, none of them above the tip. */
  historyRanges(): HistoryRange[] {
    const tip = this.cursor;
    if (tip === null) return [];
    const upToTip = new SlotRanges(this.#ranges.list());
    upToTip.removeAbove(tip);
    return upToTip.list().map(({ slotFirst, slotLast }) => ({ slotFirst, slotLast }));
  }

  /** Resolves when the segments are checked and what was in memory before a restart is there again. */
  ready(): Promise<void> {
    return this.#checked;
  }

  async applySlot(update: SlotUpdate): Promise<void> {
    await this.#restored;
    const place = placeInChain(this.timeline, update);
    if (place.kind === 'held') return;
    const isTooDeep =
      place.kind === 'unknownFork' || (place.kind === 'fork' && !(await this.rollback(place.slot)));
    if (isTooDeep) throw new StreamSyncError('FORK_TOO_DEEP', { slot: update.slot });
    await this.#keeper.room();
    await this.#exclusively(() =>
      this.#putApplied(update, this.#writesOf(update), this.#extended(update)),
    );
    await this.#chain.applySlot(withoutAccounts(update));
    this.#keeper.sealUpTo(this.#sealableLast());
  }

  async applyHistory(history: HistorySlot): Promise<void> {
    await this.#restored;
    if (isWholeBlock(history)) {
      await this.#keeper.room();
      const slot = slotNumber(history.slot);
      if (!this.#index.hasBlock(slot)) await this.#put(slot, history, [], null);
    }
    await this.#chain.applyHistory(history);
    this.#keeper.sealUpTo(this.#sealableLast());
  }

  async addSnapshot(slot: Slot, accounts: SlotUpdate['accounts']): Promise<void> {
    await this.#restored;
    if (this.cursor !== null && slot <= this.cursor) return;
    const at = slotNumber(slot);
    if (this.#snapshotSlot !== at) await this.#removeUnended();
    this.#snapshotSlot = at;
    await this.#chain.addSnapshot(slot, []);
    if (!this.#options.keepsAccountWrites) return;
    for (let start = 0; start < accounts.length; start += WRITES_CHUNK) {
      const writes = this.#changesOf(accounts.slice(start, start + WRITES_CHUNK));
      await this.#putWrites(at, writes, true);
    }
  }

  async endSnapshot(update: SlotUpdate): Promise<void> {
    await this.#restored;
    if (this.cursor !== null && update.slot <= this.cursor) return;
    const slot = slotNumber(update.slot);
    if (this.#snapshotSlot !== slot) await this.addSnapshot(update.slot, []);
    this.#snapshotSlot = null;
    if (this.#options.keepsAccountWrites) await this.#closeUnnamed(slot);
    await this.#exclusively(() => {
      const begins = this.#options.keepsAccountWrites && update.provenance === 'STREAMED';
      const begun = begins ? [...this.#stretches, { snapshot: slot, slotLast: slot }] : null;
      return this.#putApplied(update, [], begun);
    });
    await this.#chain.endSnapshot(withoutAccounts(update));
    this.#keeper.sealUpTo(this.#sealableLast());
  }

  async rollback(slot: Slot): Promise<boolean> {
    await this.#restored;
    const at = slotNumber(slot);
    // A seal that is under way may hold slots that are to be undone: it ends first.
    if (at < this.#keeper.claimedLast) await this.#keeper.idle();
    if (at < this.#keeper.sealedLast) return false;
    if (!(await this.#chain.rollback(slot))) return false;
    this.#snapshotSlot = null;
    const tip = this.cursor;
    await this.#exclusively(() => this.#removeAbove(tip === null ? NO_SLOT : slotNumber(tip)));
    return true;
  }

  async forgetAccounts(): Promise<void> {
    await this.#restored;
    const first = this.timeline.first;
    if (first !== null) {
      // What the chain store forgets of transactions is no longer history either.
      const settled = slotNumber(first.slot) - 1;
      await this.#exclusively(() => this.#removeAbove(settled));
      await this.#keeper.forgetAbove(settled, this.#stretches);
    }
    this.#snapshotSlot = null;
    await this.#chain.forgetAccounts();
  }

  async flush(): Promise<void> {
    await this.#chain.flush();
  }

  /** Seals everything that lies deep enough and merges what is to be merged; for tests and the bench. */
  async settle(): Promise<void> {
    await this.#checked;
    await this.#keeper.sealAll(this.#sealableLast());
    await this.#keeper.idle();
  }

  async close(): Promise<void> {
    await this.#keeper.close();
    await this.#checked;
    await this.#chain.close();
    await this.#index.close();
  }

  stats(): ArchiveStats {
    return {
      ...this.#chain.stats(),
      segments: this.#keeper.set.segments.length,
      blocksInMemory: [...this.#hot.blocks()].length,
      damagedSegments: this.#keeper.damagedCount,
    };
  }

  /** One after the other: what is read before is still so when it is written. */
  #exclusively(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #restore(): Promise<void> {
    // Without an applied slot nothing tells which of the blocks in memory are of the chain.
    const cursor = this.cursor;
    await this.#removeAbove(cursor === null ? NO_SLOT : slotNumber(cursor));
    await this.#keeper.restore();
  }

  async #putApplied(
    update: SlotUpdate,
    writes: readonly IndexedWrite[],
    stretches: readonly WriteStretch[] | null,
  ): Promise<void> {
    const slot = slotNumber(update.slot);
    await this.#removeContradicted(update);
    if (isWholeBlock(update) && !this.#index.hasBlock(slot)) {
      await this.#put(slot, update, writes, stretches);
      return;
    }
    await this.#putWrites(slot, writes, false, stretches);
  }

  async #put(
    slot: number,
    update: HistorySlot,
    writes: readonly IndexedWrite[],
    stretches: readonly WriteStretch[] | null,
  ): Promise<void> {
    const block = indexedBlock(update);
    await this.#index.putSlot({ slot, block, writes, isSnapshot: false, stretches });
    if (stretches !== null) this.#stretches = stretches;
    const parent = update.parentSlot === null ? null : slotNumber(update.parentSlot);
    this.#hot.add(slot, parent, update.transactions, block.signatures);
    this.#ranges.add(update.slot, update.parentSlot);
    this.#keeper.slotCame(slot);
  }

  async #putWrites(
    slot: number,
    writes: readonly IndexedWrite[],
    isSnapshot: boolean,
    stretches: readonly WriteStretch[] | null = null,
  ): Promise<void> {
    if (writes.length === 0 && stretches === null) return;
    await this.#index.putSlot({ slot, block: null, writes, isSnapshot, stretches });
    if (stretches !== null) this.#stretches = stretches;
    if (writes.length > 0) this.#keeper.slotCame(slot);
  }

  /** Accounts that exist and that the snapshot did not name were closed before it. */
  async #closeUnnamed(slot: number): Promise<void> {
    for (let after: Buffer | null = null; ; ) {
      const { addresses, next } = this.#index.unnamedBy(slot, after);
      const item = encodeAccountItem(null);
      await this.#putWrites(
        slot,
        addresses.map((address) => ({ address, item })),
        false,
      );
      if (next === null) return;
      after = next;
    }
  }

  #writesOf(update: SlotUpdate): IndexedWrite[] {
    const isKnown =
      this.#options.keepsAccountWrites &&
      update.provenance === 'STREAMED' &&
      isStateKnown(this.#stretches, this.cursor);
    return isKnown ? this.#changesOf(update.accounts) : [];
  }

  /** The writes without those that close what is known not to exist: they change nothing. */
  #changesOf(accounts: SlotUpdate['accounts']): IndexedWrite[] {
    return accounts.map(encodeWrite).filter(({ address, item }) => {
      const isClosed = item.length === 1;
      return !isClosed || this.#index.knows(address) || !this.#options.absentIsKnown(address);
    });
  }

  #extended(update: SlotUpdate): readonly WriteStretch[] | null {
    if (!this.#options.keepsAccountWrites) return null;
    return extendStretches(this.#stretches, this.cursor, update);
  }

  /** Removes blocks that the update says are not on its chain. */
  async #removeContradicted(update: SlotUpdate): Promise<void> {
    const slot = slotNumber(update.slot);
    const parent = update.parentSlot === null ? slot : slotNumber(update.parentSlot);
    const wrong = this.#keeper.waiting().filter((held) => held > parent && held < slot);
    const item = this.#index.block(slot);
    const held = item === null ? null : decodeBlockItem(item);
    if (held !== null && held.blockhash !== update.blockhash) wrong.push(slot);
    await this.#removeSlots(wrong.filter((each) => each > this.#keeper.sealedLast));
  }

  async #removeUnended(): Promise<void> {
    if (this.#snapshotSlot !== null) await this.#removeSlots([this.#snapshotSlot]);
    this.#snapshotSlot = null;
  }

  async #removeAbove(slot: number): Promise<void> {
    const stretches = clipStretches(this.#stretches, slot);
    const slots = this.#keeper.waiting().filter((held) => held > slot);
    if (slots.length > 0 || stretches.at(-1)?.slotLast !== this.#stretches.at(-1)?.slotLast) {
      await this.#removeSlots(slots, stretches);
    }
  }

  async #removeSlots(
    slots: readonly number[],
    stretches: readonly WriteStretch[] = this.#stretches,
  ): Promise<void> {
    if (slots.length === 0 && stretches === this.#stretches) return;
    await this.#index.removeSlots(slots, stretches);
    this.#stretches = stretches;
    for (const slot of slots) this.#hot.remove(slot);
    this.#keeper.slotsLeft(slots);
    this.#readRanges();
  }

  #readRanges(): void {
    this.#ranges = new SlotRanges(
      this.#keeper.linked().map(({ slotFirst, slotLast, parentSlot }) => ({
        slotFirst: slotOfNumber(slotFirst),
        slotLast: slotOfNumber(slotLast),
        parentSlot: parentSlot === null ? null : slotOfNumber(parentSlot),
      })),
    );
  }

  #covers(slotFirst: Slot, slotLast: Slot): boolean {
    return this.#ranges
      .list()
      .some((range) => range.slotFirst <= slotFirst && slotLast <= range.slotLast);
  }

  /** The highest slot that may be sealed; below all slots while nothing is applied. */
  #sealableLast(): number {
    return this.cursor === null ? NO_SLOT : slotNumber(this.cursor) - SEAL_DEPTH_SLOTS;
  }
}
