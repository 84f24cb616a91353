// The archive's LMDB tables beside its segments: each block, the signature at each position, account
// writes that are not sealed yet, which slots are sealed, and the list of segments. One commit takes
// a slot, a rollback or a seal whole, so that kill -9 leaves the state before it or after it.
import { type Blockhash, invariant, SIGNATURE_BYTES, StreamSyncError } from '@streamsync/domain';
import { ensureWritableFolder } from '@streamsync/runtime';
import { type Database, open, type RootDatabase } from 'lmdb';
import {
  ADDRESS_KEY_BYTES,
  CLOSED_ITEM,
  slotKey,
  slotOfKey,
  versionKey,
  versionSlot,
} from '../journal-format.ts';
import { commitErrorOf, explainStoreError } from '../store-errors.ts';
import type { VersionEntry, WriteStretch } from './history-types.ts';
import {
  decodeNewest,
  decodeSlots,
  decodeStretches,
  encodeNewest,
  encodeSlots,
  encodeStretches,
  stateHash,
  writtenKey,
} from './index-format.ts';
import type { IndexedSlot, IndexedWrite, SealedChange } from './indexed-slot.ts';
import type { Segment } from './segment.ts';

const FORMAT = 1;
const META_FORMAT = Buffer.from('format');
const META_GENESIS = Buffer.from('genesis');
const META_STRETCHES = Buffer.from('stretches');
const META_NEXT_ID = Buffer.from('next id');
const CLOSED_HASH = stateHash(CLOSED_ITEM);
/** Rows that one commit removes after a seal: some milliseconds of the event loop. */
const CLEANUP_ROWS = 2_000;
/** Signatures of one row: 2 KB, so that a page of LMDB holds one and a block of thousands few rows. */
const ROW_SIGNATURES = 32;
/** Rows that one turn of the event loop looks at. */
const SCAN_ROWS = 5_000;

const ZERO = Buffer.alloc(1);

type Table = Database<Buffer, Buffer>;

export class ArchiveIndex {
  readonly #folder: string;
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #blocks: Table;
  readonly #positions: Table;
  readonly #versions: Table;
  readonly #written: Table;
  readonly #newest: Table;
  readonly #unsealed: Table;
  readonly #segments: Table;
  readonly #segmentSlots: Table;
  readonly #meta: Table;
  #failure: StreamSyncError | null = null;
  #closed = false;

  private constructor(folder: string, root: RootDatabase<Buffer, Buffer>) {
    const table = (name: string): Table =>
      root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
    this.#folder = folder;
    this.#root = root;
    this.#blocks = table('blocks');
    this.#positions = table('positions');
    this.#versions = table('versions');
    this.#written = table('written');
    this.#newest = table('newest');
    this.#unsealed = table('unsealed');
    this.#segments = table('segments');
    this.#segmentSlots = table('segmentSlots');
    this.#meta = table('meta');
  }

  /** @throws StreamSyncError FOLDER_NOT_WRITABLE, DISK_FULL, STORE_FAILED */
  static open(folder: string, genesisHash: Blockhash): ArchiveIndex {
    ensureWritableFolder(folder);
    try {
      const root = open<Buffer, Buffer>({
        path: folder,
        noSubdir: false,
        encoding: 'binary',
        keyEncoding: 'binary',
        maxDbs: 12,
      });
      const index = new ArchiveIndex(folder, root);
      index.#check(META_FORMAT, String(FORMAT), 'was written by another version of this program');
      index.#check(META_GENESIS, genesisHash, 'holds another chain');
      return index;
    } catch (error) {
      throw explainStoreError(error, folder);
    }
  }

  /** The canonical block; null where it is not held. */
  block(slot: number): Buffer | null {
    return this.#blocks.get(slotKey(slot)) ?? null;
  }

  hasBlock(slot: number): boolean {
    return this.#blocks.doesExist(slotKey(slot));
  }

  signature(slot: number, index: number): Buffer | null {
    const row = this.#positions.get(slotKey(slot, Math.floor(index / ROW_SIGNATURES)));
    const start = (index % ROW_SIGNATURES) * SIGNATURE_BYTES;
    if (row === undefined || row.length < start + SIGNATURE_BYTES) return null;
    return row.subarray(start, start + SIGNATURE_BYTES);
  }

  /** Slots with a block from `slotFirst` to `slotLast`, in either order. */
  *blockSlots(slotFirst: number, slotLast: number, ascending: boolean): Generator<number> {
    const range = ascending
      ? { start: slotKey(slotFirst), end: slotKey(slotLast + 1) }
      : {
          start: slotKey(slotLast),
          end: slotFirst === 0 ? Buffer.alloc(1) : slotKey(slotFirst - 1),
          reverse: true,
        };
    for (const key of this.#blocks.getKeys(range)) yield slotOfKey(key);
  }

  /** Slots that are in no segment, newest first. */
  unsealed(): number[] {
    return [...this.#unsealed.getKeys({ reverse: true })].map((key) => slotOfKey(key));
  }

  segments(): Segment[] {
    return [...this.#segments.getRange({})].map(
      ({ value }) => JSON.parse(value.toString()) as Segment,
    );
  }

  /** The blocks of a segment, ascending. */
  slotsOf(segmentId: number): number[] {
    const value = this.#segmentSlots.get(slotKey(segmentId));
    return value === undefined ? [] : decodeSlots(value);
  }

  stretches(): WriteStretch[] {
    const value = this.#meta.get(META_STRETCHES);
    return value === undefined ? [] : decodeStretches(value);
  }

  /** The unsealed version of the account as of the slot; null where there is none. */
  versionAt(address: Uint8Array, slot: number): VersionEntry | null {
    return this.versions(address, 0, slot, false, 1)[0] ?? null;
  }

  /** Unsealed versions of the account, up to `limit`. */
  versions(
    address: Uint8Array,
    slotFirst: number,
    slotLast: number,
    ascending: boolean,
    limit: number,
  ): VersionEntry[] {
    const range = ascending
      ? { start: versionKey(address, slotFirst), end: versionKey(address, slotLast + 1), limit }
      : {
          start: versionKey(address, slotLast),
          end: versionKey(address, slotFirst - 1),
          reverse: true,
          limit,
        };
    return [...this.#versions.getRange(range)].map(({ key, value }) => ({
      slot: versionSlot(key),
      item: value,
    }));
  }

  /** Up to `limit` account writes of a slot that is not sealed, behind the address `after`. */
  writesOf(slot: number, after: Uint8Array | null, limit: number): IndexedWrite[] {
    // A key of an address and one byte more lies directly behind the key of the address.
    const start = after === null ? slotKey(slot) : Buffer.concat([writtenKey(slot, after), ZERO]);
    const writes: IndexedWrite[] = [];
    for (const key of this.#written.getKeys({ start, end: slotKey(slot + 1), limit })) {
      const address = Buffer.from(key.subarray(8));
      const item = this.#versions.get(versionKey(address, slot));
      if (item !== undefined) writes.push({ address, item });
    }
    return writes;
  }

  knows(address: Uint8Array): boolean {
    return this.#newest.doesExist(address as Buffer);
  }

  /** Commits a slot, or a part of a snapshot. A write that changes nothing is left out. */
  putSlot(put: IndexedSlot): Promise<void> {
    const { slot, block, writes, isSnapshot, stretches } = put;
    const at = slotKey(slot);
    return this.#commit(() => {
      if (block !== null) {
        void this.#blocks.put(at, block.item as Buffer);
        const { signatures } = block;
        for (let row = 0; row * ROW_SIGNATURES < signatures.length; row += 1) {
          const held = signatures.slice(row * ROW_SIGNATURES, (row + 1) * ROW_SIGNATURES);
          void this.#positions.put(slotKey(slot, row), Buffer.concat(held));
        }
      }
      for (const write of writes) this.#putWrite(slot, write, isSnapshot);
      if (block !== null || writes.length > 0) void this.#unsealed.put(at, Buffer.alloc(0));
      if (stretches !== null) void this.#meta.put(META_STRETCHES, encodeStretches(stretches));
    });
  }

  /**
   * Addresses that exist and that the snapshot of `slot` did not name, among the next ones behind
   * `after`; `next` goes on from there, and is null at the end.
   */
  unnamedBy(slot: number, after: Buffer | null): { addresses: Buffer[]; next: Buffer | null } {
    const addresses: Buffer[] = [];
    let next: Buffer | null = null;
    const start = after === null ? {} : { start: after };
    for (const { key, value } of this.#newest.getRange({ ...start, limit: SCAN_ROWS })) {
      next = Buffer.from(key);
      const newest = decodeNewest(value);
      const isNamed = newest.seenAt === slot || newest.slot >= slot;
      if (!isNamed && !newest.hash.equals(CLOSED_HASH)) addresses.push(next);
    }
    // The first key of a chunk is the last one of the chunk before.
    const isEnd = next === null || (after !== null && next.equals(after));
    return { addresses, next: isEnd ? null : next };
  }

  /** Undoes unsealed slots: their blocks, and their writes back to the states before. */
  removeSlots(slots: readonly number[], stretches: readonly WriteStretch[]): Promise<void> {
    const newestFirst = [...slots].sort((left, right) => right - left);
    return this.#commit(() => {
      for (const slot of newestFirst) {
        this.#removeBlock(slot);
        const range = { start: slotKey(slot), end: slotKey(slot + 1) };
        for (const { key, value } of this.#written.getRange(range)) {
          const address = Buffer.from(key.subarray(8));
          void this.#versions.remove(versionKey(address, slot));
          if (value.length === 0) void this.#newest.remove(address);
          else void this.#newest.put(address, Buffer.from(value));
          void this.#written.remove(Buffer.from(key));
        }
      }
      void this.#meta.put(META_STRETCHES, encodeStretches(stretches));
    });
  }

  /**
   * Makes segments the place of slots, and of what they replace, in one commit. The account writes
   * stay, to be removed once readers have the segments.
   */
  seal(change: SealedChange): Promise<void> {
    return this.#commit(() => {
      for (const { segment, slots } of change.added) {
        void this.#segments.put(slotKey(segment.id), Buffer.from(JSON.stringify(segment)));
        void this.#segmentSlots.put(slotKey(segment.id), encodeSlots(slots));
      }
      for (const id of change.removed) this.#removeSegment(id);
      for (const slot of change.sealed) void this.#unsealed.remove(slotKey(slot));
    });
  }

  /**
   * Gives up a damaged segment. Of its blocks those in `rebuilt` wait for a segment again, and the
   * others are no longer held. Without its account versions nothing before the next snapshot stands.
   */
  giveUp(
    segment: Segment,
    rebuilt: ReadonlySet<number>,
    stretches: readonly WriteStretch[],
  ): Promise<void> {
    const slots = this.slotsOf(segment.id);
    return this.#commit(() => {
      this.#removeSegment(segment.id);
      for (const slot of slots) {
        if (rebuilt.has(slot)) void this.#unsealed.put(slotKey(slot), Buffer.alloc(0));
        else this.#removeBlock(slot);
      }
      if (segment.files.versions !== undefined) void this.#newest.clearAsync();
      void this.#meta.put(META_STRETCHES, encodeStretches(stretches));
    });
  }

  /** A number for a segment's folder that none had before. */
  async takeId(): Promise<number> {
    const held = this.#meta.get(META_NEXT_ID);
    const id = held === undefined ? 1 : slotOfKey(held);
    await this.#commit(() => {
      void this.#meta.put(META_NEXT_ID, slotKey(id + 1));
    });
    return id;
  }

  /** Removes writes that a process was killed before it could remove after their seal. */
  async removeLeftovers(): Promise<void> {
    const waiting = new Set(this.unsealed());
    const slots = new Set<number>();
    for (const key of this.#written.getKeys({})) slots.add(slotOfKey(key));
    await this.removeSealedWrites([...slots].filter((slot) => !waiting.has(slot)));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#failure === null) await this.#root.close();
  }

  #putWrite(slot: number, { address, item }: IndexedWrite, isSnapshot: boolean): void {
    const key = address as Buffer;
    const held = this.#newest.get(key);
    const before = held === undefined ? null : decodeNewest(held);
    const hash = stateHash(item);
    const seenAt = isSnapshot ? slot : (before?.seenAt ?? 0);
    if (before?.hash.equals(hash) === true) {
      if (isSnapshot) void this.#newest.put(key, encodeNewest({ ...before, seenAt }));
      return;
    }
    void this.#newest.put(key, encodeNewest({ slot, seenAt, hash }));
    void this.#versions.put(versionKey(address, slot), item as Buffer);
    // A slot that is written again goes back to what was before its first writing.
    if (before?.slot === slot) return;
    void this.#written.put(
      writtenKey(slot, address),
      held === undefined ? Buffer.alloc(0) : Buffer.from(held),
    );
  }

  #removeBlock(slot: number): void {
    const at = slotKey(slot);
    void this.#blocks.remove(at);
    void this.#unsealed.remove(at);
    for (const key of this.#positions.getKeys({ start: at, end: slotKey(slot + 1) })) {
      void this.#positions.remove(Buffer.from(key));
    }
  }

  #removeSegment(id: number): void {
    void this.#segments.remove(slotKey(id));
    void this.#segmentSlots.remove(slotKey(id));
  }

  /** Removes the account writes of slots that are in segments now. */
  async removeSealedWrites(slots: readonly number[]): Promise<void> {
    for (const slot of slots) {
      const range = { start: slotKey(slot), end: slotKey(slot + 1), limit: CLEANUP_ROWS };
      for (;;) {
        const keys = [...this.#written.getKeys(range)].map((key) => Buffer.from(key));
        if (keys.length === 0) break;
        await this.#commit(() => {
          for (const key of keys) {
            void this.#versions.remove(versionKey(key.subarray(8, 8 + ADDRESS_KEY_BYTES), slot));
            void this.#written.remove(key);
          }
        });
      }
    }
  }

  /** @throws StreamSyncError DISK_FULL, STORE_FAILED; after the first failure always */
  async #commit(write: () => void): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    invariant(!this.#closed, 'a closed archive is not written');
    try {
      await this.#root.batch(write);
    } catch (error) {
      this.#failure ??= explainStoreError(await commitErrorOf(error), this.#folder);
      throw this.#failure;
    }
  }

  #check(key: Buffer, expected: string, otherwise: string): void {
    const held = this.#meta.get(key)?.toString('latin1');
    if (held === undefined) this.#meta.putSync(key, Buffer.from(expected, 'latin1'));
    else if (held !== expected) {
      throw new StreamSyncError(
        'STORE_FAILED',
        { folder: this.#folder, held },
        { message: `${this.#folder} ${otherwise}: choose another folder, or remove it.` },
      );
    }
  }
}
