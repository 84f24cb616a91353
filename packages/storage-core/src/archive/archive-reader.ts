// Answers about history: from the blocks in memory and from the segments, as one ordered list. What is
// in memory is read in the tick of the question, and the segments of that tick are leased, so that a
// seal or a merge in between changes nothing of the answer.
import {
  type Address,
  addressFromBytes,
  type BalanceEntry,
  type BlockRecord,
  invariant,
  PAGE_BYTES_MAX,
  type Slot,
  signatureFromBytes,
} from '@streamsync/domain';
import {
  type AccountAtSlotItem,
  type AccountVersionItem,
  decodeBlockItem,
  encodeAccountItem,
  encodeBlockItem,
  type Page,
} from '@streamsync/wire';
import { slotNumber, slotOfNumber } from '../bytes.ts';
import type { TransactionStore } from '../transaction-store.ts';
import type { ArchiveIndex } from './archive-index.ts';
import {
  comparePositions,
  type Position,
  type ReadOutcome,
  type Stretch,
  type TokenEntry,
  type VersionEntry,
  type WriteStretch,
} from './history-types.ts';
import type { HotSlots } from './hot-slots.ts';
import { POSITION_ENTRIES_MAX, type SegmentReader } from './read-segments.ts';
import type { Segment } from './segment.ts';
import type { SegmentKeeper } from './segment-keeper.ts';

/** The canonical null of a slot without a block, and of an account that does not exist. */
const SKIPPED_ITEM = encodeBlockItem(null);
const ABSENT_ITEM = encodeAccountItem(null);

/** A page of an address's list, as its arguments name it. */
export interface HistoryQuery {
  readonly address: Uint8Array;
  readonly slotFirst: Slot;
  readonly slotLast: Slot;
  readonly ascending: boolean;
  readonly after: { readonly slot: Slot; readonly index: number } | null;
  readonly limit: number;
}

export interface ArchiveReaderOptions {
  readonly index: ArchiveIndex;
  readonly hot: HotSlots;
  readonly keeper: Pick<SegmentKeeper, 'set' | 'reader' | 'recheck'>;
  readonly transactions: Pick<TransactionStore, 'item'>;
  readonly absentIsKnown: (address: Uint8Array) => boolean;
  /** Whether every block of the range is held. */
  readonly covers: (slotFirst: Slot, slotLast: Slot) => boolean;
  readonly stretchOf: (slot: number) => WriteStretch | null;
}

export class ArchiveReader {
  readonly #options: ArchiveReaderOptions;

  constructor(options: ArchiveReaderOptions) {
    this.#options = options;
  }

  /** The canonical block; canonical null for a slot that is known to have none. */
  block(slot: Slot): ReadOutcome<Uint8Array> {
    if (!this.#options.covers(slot, slot)) return 'notCovered';
    return this.#options.index.block(slotNumber(slot)) ?? SKIPPED_ITEM;
  }

  blocks(
    query: Omit<HistoryQuery, 'address' | 'after'> & { readonly after: Slot | null },
  ): ReadOutcome<Page<BlockRecord>> {
    const { slotFirst, slotLast, ascending, after, limit } = query;
    if (!this.#options.covers(slotFirst, slotLast)) return 'notCovered';
    let first = slotNumber(slotFirst);
    let last = slotNumber(slotLast);
    if (after !== null) {
      if (ascending) first = Math.max(first, slotNumber(after) + 1);
      else last = Math.min(last, slotNumber(after) - 1);
    }
    const entries: BlockRecord[] = [];
    if (first > last) return { entries, more: false };
    for (const slot of this.#options.index.blockSlots(first, last, ascending)) {
      if (entries.length === limit) return { entries, more: true };
      const item = this.#options.index.block(slot);
      const block = item === null ? null : decodeBlockItem(item);
      invariant(block !== null, 'a slot of the index has its block');
      entries.push(block);
    }
    return { entries, more: false };
  }

  /** Canonical transactions of a block, from the one after `afterIndex` on; none where it is skipped. */
  transactionsOfSlot(
    slot: Slot,
    afterIndex: number | null,
    limit: number,
  ): ReadOutcome<Page<Uint8Array>> {
    if (!this.#options.covers(slot, slot)) return 'notCovered';
    const item = this.#options.index.block(slotNumber(slot));
    const count = (item === null ? null : decodeBlockItem(item))?.transactionCount ?? 0;
    const first = afterIndex === null ? 0 : afterIndex + 1;
    const positions: Position[] = [];
    for (let index = first; index < count && positions.length <= limit; index += 1) {
      positions.push({ slot: slotNumber(slot), index });
    }
    return this.#transactionsPage(positions, limit);
  }

  async transactionsOf(query: HistoryQuery): Promise<ReadOutcome<Page<Uint8Array>>> {
    if (!this.#options.covers(query.slotFirst, query.slotLast)) return 'notCovered';
    const stretch = stretchOf(query, query.limit + 1);
    const positions = await this.#list(
      stretch,
      this.#options.hot.mentions(addressFromBytes(query.address), stretch),
      (reader, segments, narrowed) => reader.mentions(segments, query.address, narrowed),
    );
    return positions === 'notCovered' ? positions : this.#transactionsPage(positions, query.limit);
  }

  async transactionCount(
    address: Uint8Array,
    slotFirst: Slot,
    slotLast: Slot,
  ): Promise<ReadOutcome<number>> {
    if (!this.#options.covers(slotFirst, slotLast)) return 'notCovered';
    const first = slotNumber(slotFirst);
    const last = slotNumber(slotLast);
    const hot = this.#options.hot.mentionCount(addressFromBytes(address), first, last);
    const sealed = await this.#readSegments(first, last, (reader, segments) =>
      reader.mentionCount(segments, address, first, last),
    );
    return sealed === 'notCovered' ? sealed : hot + (sealed ?? 0);
  }

  /** Changes of the address's lamports. */
  async lamportHistory(query: HistoryQuery): Promise<ReadOutcome<Page<BalanceEntry>>> {
    if (!this.#options.covers(query.slotFirst, query.slotLast)) return 'notCovered';
    const stretch = stretchOf(query, query.limit + 1);
    const address = addressFromBytes(query.address);
    const entries = await this.#list(
      stretch,
      this.#options.hot.lamports(address, stretch),
      (reader, segments, narrowed) => reader.lamports(segments, query.address, narrowed),
    );
    if (entries === 'notCovered') return entries;
    const more = entries.length > query.limit;
    return this.#balancesPage(
      entries.slice(0, query.limit).map((entry) => ({ ...entry, address })),
      more,
    );
  }

  /**
   * Changes of the mint's amounts in the token account that the address is, or in those that it owns.
   * A transaction's changes stay on one page, because `after` names transactions: the page ends before
   * the transaction that would bring it above the limit, and the first one always fits.
   */
  async tokenHistory(
    query: HistoryQuery,
    mint: Uint8Array,
  ): Promise<ReadOutcome<Page<BalanceEntry>>> {
    if (!this.#options.covers(query.slotFirst, query.slotLast)) return 'notCovered';
    const stretch = stretchOf(query, query.limit + POSITION_ENTRIES_MAX);
    const entries = await this.#list<TokenEntry>(
      stretch,
      this.#options.hot.tokens(addressFromBytes(query.address), addressFromBytes(mint), stretch),
      (reader, segments, narrowed) => reader.tokens(segments, query.address, mint, narrowed),
    );
    if (entries === 'notCovered') return entries;
    const count = wholePositions(entries, query.limit);
    const page = entries
      .slice(0, count)
      .map((entry) => ({ ...entry, address: addressFromBytes(entry.account) }));
    return this.#balancesPage(page, count < entries.length);
  }

  /**
   * The account as the slot left it. Its last write's slot is told where the archive knows every write
   * since; null also where the write lies before what is known, and then the item says what it left.
   */
  async accountAt(
    address: Uint8Array,
    slot: Slot,
  ): Promise<ReadOutcome<AccountAtSlotItem> | 'unknownAddress'> {
    const at = slotNumber(slot);
    const { index } = this.#options;
    const stretch = this.#options.stretchOf(at);
    if (stretch === null) return 'notCovered';
    const hot = index.versionAt(address, at);
    const version =
      hot === null
        ? await this.#readSegments(0, at, async (reader, segments) => {
            const options = { slotFirst: 0, slotLast: at, ascending: false, limit: 1 };
            return (await reader.versions(segments, address, options))[0] ?? null;
          })
        : { slot: hot.slot, item: Uint8Array.from(hot.item) };
    if (version === 'notCovered') return version;
    if (version === null) {
      return this.#options.absentIsKnown(address)
        ? { slot: null, item: ABSENT_ITEM }
        : 'unknownAddress';
    }
    const isKnown = version.slot > stretch.snapshot;
    return { slot: isKnown ? slotOfNumber(version.slot) : null, item: version.item };
  }

  /** The account's states by the slots that wrote them. */
  async accountHistory(
    query: HistoryQuery,
  ): Promise<ReadOutcome<Page<AccountVersionItem>> | 'unknownAddress'> {
    const { address, limit, ascending } = query;
    const stretch = this.#options.stretchOf(slotNumber(query.slotFirst));
    // Of the snapshot's own slot it is not known which writes are its.
    const isKnown =
      stretch !== null &&
      stretch.snapshot < slotNumber(query.slotFirst) &&
      slotNumber(query.slotLast) <= stretch.slotLast;
    if (!isKnown) return 'notCovered';
    if (!this.#options.index.knows(address) && !this.#options.absentIsKnown(address)) {
      return 'unknownAddress';
    }
    const { slotFirst, slotLast } = behind(query);
    if (slotFirst > slotLast) return { entries: [], more: false };
    const hot = this.#options.index
      .versions(address, slotFirst, slotLast, ascending, limit + 1)
      .map(({ slot, item }) => ({ slot, item: Uint8Array.from(item) }));
    const sealed = await this.#readSegments(slotFirst, slotLast, (reader, segments) =>
      reader.versions(segments, address, { slotFirst, slotLast, ascending, limit: limit + 1 }),
    );
    if (sealed === 'notCovered') return sealed;
    // Right after a seal a version may still stand in both.
    const bySlot = new Map<number, VersionEntry>();
    for (const version of [...(sealed ?? []), ...hot]) bySlot.set(version.slot, version);
    const versions = [...bySlot.values()].sort((left, right) =>
      ascending ? left.slot - right.slot : right.slot - left.slot,
    );
    const count = withinBytes(versions.slice(0, limit), ({ item }) => item.length);
    return {
      entries: versions
        .slice(0, count)
        .map(({ slot, item }) => ({ slot: slotOfNumber(slot), item })),
      more: count < versions.length,
    };
  }

  /** Both parts of a list as one, in order, up to the stretch's limit. */
  async #list<Entry extends Position>(
    stretch: Stretch,
    hot: readonly Entry[],
    read: (
      reader: SegmentReader,
      segments: readonly Segment[],
      narrowed: Stretch,
    ) => Promise<Entry[]>,
  ): Promise<ReadOutcome<Entry[]>> {
    // Entries in memory that fill the page leave only what stands before the last of them.
    const edge = hot.length >= stretch.limit ? hot[stretch.limit - 1] : undefined;
    const { ascending } = stretch;
    const narrowed: Stretch = {
      ...stretch,
      slotFirst: edge === undefined || ascending ? stretch.slotFirst : edge.slot,
      slotLast: edge === undefined || !ascending ? stretch.slotLast : edge.slot,
    };
    const sealed = await this.#readSegments(
      narrowed.slotFirst,
      narrowed.slotLast,
      (reader, segments) => read(reader, segments, narrowed),
    );
    if (sealed === 'notCovered') return sealed;
    // A slot is in one of the two, so only whole positions meet; equal ones keep their order.
    const entries = [...hot, ...(sealed ?? [])].sort((left, right) =>
      ascending ? comparePositions(left, right) : comparePositions(right, left),
    );
    return entries.slice(0, stretch.limit);
  }

  /** Null where no segment has slots of the range. */
  async #readSegments<Result>(
    slotFirst: number,
    slotLast: number,
    read: (reader: SegmentReader, segments: readonly Segment[]) => Promise<Result>,
  ): Promise<ReadOutcome<Result | null>> {
    const { keeper } = this.#options;
    const lease = keeper.set.lease();
    try {
      const segments = lease.segments.filter(
        (segment) => segment.slotFirst <= slotLast && segment.slotLast >= slotFirst,
      );
      if (segments.length === 0) return null;
      return await read(await keeper.reader(), segments);
    } catch (error) {
      // A segment that cannot be read is damaged; checking says which, and its range is given up.
      void keeper.recheck(error);
      return 'notCovered';
    } finally {
      lease.release();
    }
  }

  #transactionsPage(positions: readonly Position[], limit: number): ReadOutcome<Page<Uint8Array>> {
    const entries: Uint8Array[] = [];
    let sizeBytes = 0;
    for (const { slot, index } of positions.slice(0, limit)) {
      const signature = this.#options.index.signature(slot, index);
      const item =
        signature === null
          ? 'notCovered'
          : this.#options.transactions.item(signature, slotOfNumber(slot));
      // A slot that was undone while the segments were read.
      if (item === 'notCovered' || item.length <= 1) return 'notCovered';
      sizeBytes += item.length;
      if (sizeBytes > PAGE_BYTES_MAX && entries.length > 0) break;
      entries.push(item);
    }
    return { entries, more: entries.length < positions.length };
  }

  #balancesPage(
    entries: readonly (Position & {
      readonly address: Address;
      readonly pre: bigint | null;
      readonly post: bigint | null;
    })[],
    more: boolean,
  ): ReadOutcome<Page<BalanceEntry>> {
    const page: BalanceEntry[] = [];
    for (const { slot, index, address, pre, post } of entries) {
      const signature = this.#options.index.signature(slot, index);
      if (signature === null) return 'notCovered';
      page.push({
        slot: slotOfNumber(slot),
        blockIndex: index,
        signature: signatureFromBytes(signature),
        address,
        preAmount: pre,
        postAmount: post,
      });
    }
    return { entries: page, more };
  }
}

function stretchOf(query: HistoryQuery, limit: number): Stretch {
  const { after } = query;
  return {
    slotFirst: slotNumber(query.slotFirst),
    slotLast: slotNumber(query.slotLast),
    ascending: query.ascending,
    after: after === null ? null : { slot: slotNumber(after.slot), index: after.index },
    limit,
  };
}

/** The slots behind `after`, in a list whose entries are whole slots. */
function behind({ slotFirst, slotLast, ascending, after }: HistoryQuery) {
  let first = slotNumber(slotFirst);
  let last = slotNumber(slotLast);
  if (after !== null) {
    if (ascending) first = Math.max(first, slotNumber(after.slot) + 1);
    else last = Math.min(last, slotNumber(after.slot) - 1);
  }
  return { slotFirst: first, slotLast: last };
}

/** How many of the entries are whole positions and at most `limit`, or the first position's. */
function wholePositions(entries: readonly Position[], limit: number): number {
  let end = 0;
  while (end < entries.length) {
    let next = end + 1;
    const head = entries[end] as Position;
    while (next < entries.length && comparePositions(head, entries[next] as Position) === 0)
      next += 1;
    if (end > 0 && next > limit) break;
    end = next;
    if (end >= limit) break;
  }
  return end;
}

/** How many of the entries a page holds by their bytes; the first always. */
function withinBytes<Entry>(entries: readonly Entry[], sizeOf: (entry: Entry) => number): number {
  let sizeBytes = 0;
  let count = 0;
  for (const entry of entries) {
    sizeBytes += sizeOf(entry);
    if (count > 0 && sizeBytes > PAGE_BYTES_MAX) break;
    count += 1;
  }
  return count;
}
