// Keeps the segments: checks them at the start, seals what no rollback reaches any more, merges so that
// there are never many, and gives up damaged ones. One task at a time, in the background; readers see
// each change at once and whole, and a crash in any of them leaves the state before it or after it.
import type { Log } from '@streamsync/runtime';
import { decodeBlockItem } from '@streamsync/wire';
import type { TransactionStore } from '../transaction-store.ts';
import type { ArchiveIndex } from './archive-index.ts';
import { DuckDB } from './duckdb.ts';
import type { WriteStretch } from './history-types.ts';
import type { HotSlots } from './hot-slots.ts';
import { nextMerge } from './next-merge.ts';
import { type BlockTransactions, readBlockTransactions } from './read-block.ts';
import { SegmentReader } from './read-segments.ts';
import { type LinkedSlots, linkSlots, type Segment } from './segment.ts';
import { moveAside, removeLeftovers, removeSegment } from './segment-folders.ts';
import { SegmentSet } from './segment-set.ts';
import { findDamage, mergeSegments, SegmentWriter } from './write-segment.ts';
import { clipStretches } from './write-stretches.ts';

/** Slots below the tip that are sealed: twice what the chain takes to make a slot final. */
export const SEAL_DEPTH_SLOTS = 64;
/** A segment is written when so much waits for it: a file of some MB, or four minutes of a quiet chain. */
const SEAL_TRANSACTIONS = 16_384;
const SEAL_SLOTS = 512;
/** What one segment takes at most as it is sealed; its rows are in memory meanwhile. */
const BATCH_TRANSACTIONS = 32_768;
const BATCH_SLOTS = 4_096;
/** Blocks in memory beyond this make the ingest wait for the seal: some 400 MB. */
const HOT_TRANSACTIONS_MAX = 262_144;
const WRITES_CHUNK = 1_000;

export interface KeeperOptions {
  readonly folder: string;
  readonly index: ArchiveIndex;
  readonly hot: HotSlots;
  readonly transactions: Pick<TransactionStore, 'item'>;
  readonly log: Log;
  /** Runs alone among what changes the stretches of account writes. */
  readonly exclusively: (work: () => Promise<void>) => Promise<void>;
  /** Told when the blocks that readers see are others than before. */
  readonly changed: () => void;
}

export class SegmentKeeper {
  readonly set: SegmentSet;
  readonly #options: KeeperOptions;
  /** Slots that are in no segment. */
  readonly #waiting: Set<number>;
  /** The highest slot that is in a segment, or on its way into one. */
  #sealedLast: number;
  /** What is being sealed now lies up to this slot. */
  #sealingLast = -1;
  #db: Promise<DuckDB> | null = null;
  #tasks: Promise<void> = Promise.resolve();
  #isSealing = false;
  #isClosing = false;
  #damagedCount = 0;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#waiting = new Set(options.index.unsealed());
    this.set = new SegmentSet((segment) => {
      removeSegment(options.folder, segment);
    });
    this.#sealedLast = Math.max(-1, ...options.index.segments().map(({ slotLast }) => slotLast));
  }

  /** Damaged segments that were given up since the start. */
  get damagedCount(): number {
    return this.#damagedCount;
  }

  /** The highest slot that a seal holds or may take while it runs. */
  get claimedLast(): number {
    return Math.max(this.#sealedLast, this.#sealingLast);
  }

  /** No slot up to this one can be undone. */
  get sealedLast(): number {
    return this.#sealedLast;
  }

  waiting(): number[] {
    return [...this.#waiting];
  }

  slotCame(slot: number): void {
    this.#waiting.add(slot);
  }

  slotsLeft(slots: readonly number[]): void {
    for (const slot of slots) this.#waiting.delete(slot);
  }

  /** Stretches of the blocks that readers see. */
  linked(): LinkedSlots[] {
    const hot: LinkedSlots[] = [];
    for (const { slot, parentSlot } of this.#options.hot.blocks()) {
      hot.push({ slotFirst: slot, slotLast: slot, parentSlot });
    }
    return linkSlots([...this.set.segments.flatMap(({ linked }) => linked), ...hot]);
  }

  /** Loads the blocks that wait for a segment, newest first, as many as memory is for. */
  restore(): Promise<void> {
    return this.#task(async () => {
      for (const slot of this.waiting().sort((left, right) => right - left)) {
        if (this.#isClosing || this.#options.hot.transactions > BATCH_TRANSACTIONS) break;
        await this.#load(slot);
      }
      this.#options.changed();
    });
  }

  /** Checks the segments, newest first; each is seen by readers once its checksums hold. */
  check(): Promise<void> {
    return this.#task(async () => {
      const { index, folder } = this.#options;
      const segments = index.segments().sort((left, right) => right.slotLast - left.slotLast);
      removeLeftovers(folder, segments);
      for (const segment of segments) {
        if (this.#isClosing) return;
        const damage = await findDamage(folder, segment);
        if (damage !== null) await this.#setAside(segment, damage);
        else {
          this.set.replace([], [segment]);
          this.#options.changed();
        }
      }
      await index.removeLeftovers();
      await this.#rebuild();
    });
  }

  /** Seals in the background where enough waits at or below `slotLast`. */
  sealUpTo(slotLast: number): void {
    if (this.#isSealing || !this.#isDue(slotLast)) return;
    this.#isSealing = true;
    this.#sealingLast = slotLast;
    void this.#task(async () => {
      try {
        while (this.#isDue(slotLast) && !this.#isClosing) await this.#sealBatch(slotLast);
        await this.#merge();
      } finally {
        this.#isSealing = false;
        this.#sealingLast = -1;
      }
    });
  }

  /** Seals everything at or below `slotLast`, however little. */
  async sealAll(slotLast: number): Promise<void> {
    await this.#task(async () => {
      while (this.#candidates(slotLast).length > 0) await this.#sealBatch(slotLast);
      await this.#merge();
    });
  }

  /** Resolves when the ingest may go on: there is room in memory, or nothing that makes room. */
  async room(): Promise<void> {
    if (this.#options.hot.transactions > HOT_TRANSACTIONS_MAX && this.#isSealing) await this.#tasks;
  }

  /** Resolves when nothing runs in the background. */
  idle(): Promise<void> {
    return this.#tasks;
  }

  /** Gives up the segments with slots above `slot`; what they hold up to it waits for a segment again. */
  forgetAbove(slot: number, stretches: readonly WriteStretch[]): Promise<void> {
    return this.#task(async () => {
      for (const segment of this.set.segments) {
        if (segment.slotLast <= slot) continue;
        await this.#giveUp(segment, (held) => held <= slot, stretches);
        this.set.replace([segment], []);
      }
      this.#sealedLast = Math.max(-1, ...this.set.segments.map(({ slotLast }) => slotLast));
      await this.#rebuild();
    });
  }

  /** Checks every segment again, because a reader failed. */
  recheck(cause: unknown): Promise<void> {
    this.#options.log.warn({ err: cause }, 'a segment of the archive could not be read');
    return this.#task(async () => {
      for (const segment of this.set.segments) {
        const damage = await findDamage(this.#options.folder, segment);
        if (damage !== null) await this.#setAside(segment, damage);
      }
      await this.#rebuild();
    });
  }

  async reader(): Promise<SegmentReader> {
    return new SegmentReader(await this.#open(), this.#options.folder);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#tasks;
    (await this.#db)?.close();
  }

  #open(): Promise<DuckDB> {
    this.#db ??= DuckDB.open(this.#options.folder);
    return this.#db;
  }

  /** Runs after what runs. A failure is logged: what it left undone is tried again by the next task. */
  #task(work: () => Promise<void>): Promise<void> {
    this.#tasks = this.#tasks.then(async () => {
      if (this.#isClosing) return;
      await work().catch((error: unknown) => {
        this.#options.log.error({ err: error }, 'the archive could not keep its segments');
      });
    });
    return this.#tasks;
  }

  #candidates(slotLast: number): number[] {
    return this.waiting()
      .filter((slot) => slot <= slotLast)
      .sort((left, right) => left - right);
  }

  #isDue(slotLast: number): boolean {
    const slots = this.#candidates(slotLast);
    if (slots.length >= SEAL_SLOTS) return true;
    let transactions = 0;
    for (const { slot, transactionCount } of this.#options.hot.blocks()) {
      if (slot <= slotLast) transactions += transactionCount;
    }
    return transactions >= SEAL_TRANSACTIONS;
  }

  async #sealBatch(slotLast: number): Promise<void> {
    const { folder, index, hot } = this.#options;
    const db = await this.#open();
    const slots: number[] = [];
    const linked: LinkedSlots[] = [];
    const blocks: number[] = [];
    let transactions = 0;
    const id = await index.takeId();
    const writer = await SegmentWriter.begin(db);
    try {
      for (const slot of this.#candidates(slotLast)) {
        if (slots.length >= BATCH_SLOTS || transactions >= BATCH_TRANSACTIONS) break;
        this.#sealedLast = Math.max(this.#sealedLast, slot);
        const item = index.block(slot);
        const block = item === null ? null : decodeBlockItem(item);
        if (block !== null) {
          const read = this.#read(slot, block.transactionCount);
          if (read === null) {
            await this.#drop(slot);
            continue;
          }
          await writer.addBlock(block, read.records, read.signatures);
          transactions += read.records.length;
          blocks.push(slot);
          linked.push({
            slotFirst: slot,
            slotLast: slot,
            parentSlot: block.parentSlot === null ? null : Number(block.parentSlot),
          });
        }
        await this.#addWrites(writer, slot);
        slots.push(slot);
      }
      if (slots.length === 0) return;
      const segment = await writer.finish(folder, {
        id,
        level: 0,
        slotFirst: slots[0] as number,
        slotLast: slots.at(-1) as number,
        linked: linkSlots(linked),
      });
      await index.seal({ added: [{ segment, slots: blocks }], removed: [], sealed: slots });
      this.set.replace([], [segment]);
      for (const slot of slots) hot.remove(slot);
      this.slotsLeft(slots);
      this.#options.changed();
    } finally {
      await writer.end();
    }
    await index.removeSealedWrites(slots);
  }

  async #addWrites(writer: SegmentWriter, slot: number): Promise<void> {
    let after: Uint8Array | null = null;
    for (;;) {
      const writes = this.#options.index.writesOf(slot, after, WRITES_CHUNK);
      if (writes.length === 0) return;
      await writer.addVersions(slot, writes);
      after = writes.at(-1)?.address ?? null;
    }
  }

  async #merge(): Promise<void> {
    const { folder, index } = this.#options;
    for (;;) {
      const group = nextMerge(this.set.segments);
      if (group === null || this.#isClosing) return;
      for (const segment of group) {
        const damage = await findDamage(folder, segment);
        if (damage === null) continue;
        await this.#setAside(segment, damage);
        await this.#rebuild();
        return;
      }
      const merged = await mergeSegments(await this.#open(), folder, await index.takeId(), group);
      const slots = group.flatMap(({ id }) => index.slotsOf(id)).sort((one, other) => one - other);
      await index.seal({
        added: [{ segment: merged, slots }],
        removed: group.map(({ id }) => id),
        sealed: [],
      });
      this.set.replace(group, [merged]);
    }
  }

  /** Names a damaged segment, hides it at once, and moves its folder out of the way. */
  async #setAside(segment: Segment, damage: string): Promise<void> {
    const { folder, index, log } = this.#options;
    const { id, slotFirst, slotLast } = segment;
    this.#damagedCount += 1;
    log.error({ segment: id, slotFirst, slotLast, damage }, 'a segment of the archive is damaged');
    this.set.hide(segment);
    this.#options.changed();
    await this.#options.exclusively(async () => {
      // Without its rows nothing that came after them can be told up to the next snapshot.
      const stretches =
        segment.files.versions === undefined
          ? index.stretches()
          : clipStretches(index.stretches(), slotFirst - 1);
      await this.#giveUp(segment, () => true, stretches);
      this.#options.changed();
    });
    moveAside(folder, segment);
  }

  async #giveUp(
    segment: Segment,
    keeps: (slot: number) => boolean,
    stretches: readonly WriteStretch[],
  ): Promise<void> {
    const { index } = this.#options;
    const kept = new Set(index.slotsOf(segment.id).filter(keeps));
    await index.giveUp(segment, kept, stretches);
    for (const slot of kept) this.#waiting.add(slot);
  }

  /** Loads blocks that a given-up segment held from the journal, and seals them again batch by batch. */
  async #rebuild(): Promise<void> {
    const { hot, index } = this.#options;
    const lost = this.waiting().filter((slot) => !hot.has(slot) && index.hasBlock(slot));
    let loaded = 0;
    for (const slot of lost.sort((left, right) => left - right)) {
      if (this.#isClosing) break;
      await this.#load(slot);
      loaded += 1;
      if (hot.transactions < BATCH_TRANSACTIONS && loaded < BATCH_SLOTS) continue;
      loaded = 0;
      await this.#sealBatch(Math.min(slot, this.#sealedLast));
    }
    if (lost.length > 0) this.#options.changed();
  }

  /** Reads a block of the journal into memory; one that the journal does not have whole is dropped. */
  async #load(slot: number): Promise<void> {
    const { hot, index } = this.#options;
    const item = index.block(slot);
    if (item === null || hot.has(slot)) return;
    const block = decodeBlockItem(item);
    const read = block === null ? null : this.#read(slot, block.transactionCount);
    if (block === null || read === null) await this.#drop(slot);
    else {
      const parent = block.parentSlot === null ? null : Number(block.parentSlot);
      hot.add(slot, parent, read.records, read.signatures);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The block's transactions from memory or from the journal; null where one is missing there. */
  #read(slot: number, count: number): BlockTransactions | null {
    const held = this.#options.hot.block(slot);
    if (held !== null && held.records !== null) {
      return { records: held.records, signatures: held.signatures };
    }
    return readBlockTransactions(this.#options, slot, count);
  }

  async #drop(slot: number): Promise<void> {
    const { index, hot, log } = this.#options;
    log.warn({ slot }, 'a block is not whole in the journal: the archive no longer holds it');
    await index.removeSlots([slot], index.stretches());
    hot.remove(slot);
    this.slotsLeft([slot]);
    this.#options.changed();
  }
}
