// Accounts in memory as of every applied slot of the window. A version is the canonical encoded item
// (wire's encodeAccountItem), so that a point read is answered without encoding anything. Invariant:
// an address's versions ascend by slot, and at most one of them is older than the window. It passes 400 lines because the
// layout of a version is known here alone, and every method follows its references.
import {
  type AccountState,
  ADDRESS_BYTES,
  type Address,
  addressFromBytes,
  invariant,
  type Slot,
} from '@streamsync/domain';
import { decodeAccountItem, encodeAccountItem } from '@streamsync/wire';
import { BYTES_HEAD, ownerFieldStart, ownerOfItem, ownerStart } from './account-item.ts';
import { AddressTable } from './address-table.ts';
import { ByteArena, type Place } from './byte-arena.ts';
import { asBuffer, keyText, slotNumber, slotOfNumber } from './bytes.ts';
import { EntryList } from './entry-list.ts';
import { OwnerTable } from './owner-table.ts';

/** Why there is no item: outside of the source's coverage, or of the window. */
export type ReadMiss = 'notCovered' | 'beforeWindow' | 'notApplied';

export function isMiss<Value>(value: Value | ReadMiss): value is ReadMiss {
  return typeof value === 'string';
}

/** The item of an account that does not exist: canonical null. */
export const ABSENT_ITEM: Uint8Array = encodeAccountItem(null);

export interface EncodedWrite {
  readonly address: Uint8Array;
  /** The encoded item; null when the slot closed the account. */
  readonly item: Uint8Array | null;
}

/**
 * 'unchanged': the account had exactly this state, nothing was stored; 'first': no older version is
 * left of it; 'newer': an older version is, until the window passes; 'withdrawn': the slot closed what
 * it had opened itself, and nothing is left of either.
 */
export type WriteOutcome = 'unchanged' | 'first' | 'newer' | 'withdrawn';

/** One version of an account, and the one before it. The items are views, valid until the next write. */
export interface AccountVersion {
  readonly slot: Slot;
  readonly address: Uint8Array;
  /** Null: the slot closed the account. */
  readonly item: Uint8Array | null;
  /** Null: the account did not exist before. */
  readonly before: Uint8Array | null;
}

/** A version as the disk takes it. */
export interface SortedVersion extends EncodedWrite {
  /** Whether the address has no older version. */
  readonly isFirst: boolean;
}

export interface VersionedAccountsOptions {
  /** Whether an address that is not stored is known not to exist; by default every address is. */
  readonly covers?: (address: Uint8Array) => boolean;
}

// A version's record in the arena: slot (low word, then 16 bits), the owner's number (16 bits), the
// reference of the next older version, the item's size (0: closed), the item without its owner (with
// it where the number is 0).
const OWNER_AT = 6;
const OLDER_AT = 8;
const SIZE_AT = 12;
const HEADER_BYTES = 16;
const WORD = 0x1_0000_0000;
const SLOT_END = 2 ** 48;
/** What an item is shorter by without its owner: the bytes and their head. */
const OWNER_FIELD_BYTES = 2 + ADDRESS_BYTES;
/** Larger items keep their owner: putting them together for each read would cost more than it saves. */
const SHORTENED_BYTES_MAX = 2_048;
const NONE = 0;
const NEWEST_MIN = 1_024;

export class VersionedAccounts {
  readonly #table = new AddressTable();
  readonly #arena = new ByteArena();
  readonly #owners = new OwnerTable();
  /** The reference of each entry's newest version. */
  #newest = new Uint32Array(NEWEST_MIN);
  /**
   * The entries that each slot of the window wrote, until the slot is the oldest. An entry that was
   * removed since may name another address by now, so whoever reads a list looks at the versions.
   */
  readonly #written = new Map<number, EntryList>();
  readonly #covers: (address: Uint8Array) => boolean;
  readonly #place: Place = { bytes: Buffer.alloc(0), start: 0 };
  #firstSlot = 0;
  #tipSlot = -1;
  /** Versions of slots up to here are the oldest state that is readable: nothing undoes them. */
  #baseSlot = Number.POSITIVE_INFINITY;
  #itemBytes = 0;

  constructor(options: VersionedAccountsOptions = {}) {
    this.#covers = options.covers ?? (() => true);
  }

  /** Addresses with at least one version. */
  get size(): number {
    return this.#table.size;
  }

  /** Bytes of all stored items. */
  get itemBytes(): number {
    return this.#itemBytes;
  }

  /**
   * The encoded item as of `slot`; canonical null for an account that does not exist. The bytes may be
   * a view of the store: they are valid until the next write, so copy them to keep them.
   */
  item(address: Uint8Array, slot: Slot): Uint8Array | ReadMiss {
    const at = Number(slot);
    if (at > this.#tipSlot) return 'notApplied';
    if (at < this.#firstSlot) return 'beforeWindow';
    const entry = this.#table.find(address);
    if (entry !== -1) {
      for (let version = this.#newestOf(entry); version !== NONE; version = this.#older()) {
        if (this.#slotAt(version) <= at) return this.#item() ?? ABSENT_ITEM;
      }
    }
    return this.#covers(address) ? ABSENT_ITEM : 'notCovered';
  }

  /** Says which slot will be the oldest readable one, before the versions of a journal are written. */
  begin(firstSlot: Slot): void {
    invariant(this.size === 0 && this.#tipSlot === -1, 'an empty store is begun');
    this.#baseSlot = slotNumber(firstSlot);
  }

  /** The decoded state as of `slot`, of its own bytes; null for an account that does not exist. */
  get(address: Uint8Array, slot: Slot): AccountState | null | ReadMiss {
    const item = this.item(address, slot);
    return isMiss(item) ? item : decodeAccountItem(Uint8Array.from(item));
  }

  /** The newest item, also of a slot that is being written; null when there is none. A view. */
  newestItem(address: Uint8Array): Uint8Array | null {
    const entry = this.#table.find(address);
    if (entry === -1) return null;
    this.#slotAt(this.#newestOf(entry));
    return this.#item();
  }

  /**
   * Stores one version. It is not readable until `advance(slot)`. Views that were handed out before
   * the last write but one are no longer valid.
   */
  write(slot: Slot, address: Uint8Array, item: Uint8Array | null): WriteOutcome {
    const at = slotNumber(slot);
    invariant(at > this.#tipSlot, 'versions are written above the tip');
    const held = this.#table.find(address);
    if (held === -1) {
      if (item === null) return 'unchanged';
      const entry = this.#table.add(address);
      this.#setNewest(entry, this.#store(at, NONE, item));
      this.#note(at, entry);
      return 'first';
    }
    const newest = this.#newestOf(held);
    const newestSlot = this.#slotAt(newest);
    invariant(newestSlot <= at, 'versions of an address ascend by slot');
    if (sameItem(this.#item(), item)) return 'unchanged';
    // Of the versions up to the base only the last is ever read.
    const isReplaced = newestSlot === at || at <= this.#baseSlot;
    const older = isReplaced ? this.#older() : newest;
    if (item === null && older === NONE) {
      // Opened and closed within one slot: nothing ever saw it.
      this.#remove(held);
      return newestSlot === at ? 'withdrawn' : 'newer';
    }
    this.#setNewest(held, this.#store(at, older, item));
    // Freed after the new one was stored: a view of the replaced item outlives this write.
    if (isReplaced) this.#free(newest);
    if (!isReplaced) this.#note(at, held);
    return older === NONE && newestSlot === at ? 'first' : 'newer';
  }

  /** Makes `slot` readable, and folds what is older than `firstSlot`. */
  advance(slot: Slot, firstSlot: Slot): void {
    const at = slotNumber(slot);
    const first = slotNumber(firstSlot);
    invariant(at > this.#tipSlot && first <= at, 'a slot is made readable once, in order');
    this.#tipSlot = at;
    if (first > this.#firstSlot) this.#firstSlot = first;
    this.#baseSlot = this.#firstSlot;
    for (const [written, entries] of this.#written) {
      if (written > first) continue;
      this.#written.delete(written);
      for (const entry of entries.entries()) this.#fold(entry, first);
    }
  }

  /**
   * Undoes every version above `slot`, which is readable, written or applied, and returns what it
   * undid, newest first of each address.
   */
  rollback(slot: Slot): { address: Uint8Array; slot: number }[] {
    const at = slotNumber(slot);
    invariant(at >= this.#firstSlot && at <= this.#tipSlot, 'a rollback stays within the window');
    const undone: { address: Uint8Array; slot: number }[] = [];
    for (const [written, entries] of this.#written) {
      if (written <= at) continue;
      this.#written.delete(written);
      for (const entry of entries.entries()) this.#undo(entry, at, undone);
    }
    this.#tipSlot = at;
    return undone;
  }

  /** Forgets everything. */
  clear(): void {
    this.#table.clear();
    this.#arena.clear();
    this.#newest = new Uint32Array(NEWEST_MIN);
    this.#written.clear();
    this.#firstSlot = 0;
    this.#tipSlot = -1;
    this.#baseSlot = Number.POSITIVE_INFINITY;
    this.#itemBytes = 0;
  }

  /** The slots in (`slotAfter`, `slotLast`] that wrote anything, ascending. */
  slotsWritten(slotAfter: Slot, slotLast: Slot): Slot[] {
    const after = slotNumber(slotAfter);
    const last = slotNumber(slotLast);
    invariant(after >= this.#firstSlot && last <= this.#tipSlot, 'slots are of the window');
    return [...this.#written.keys()]
      .filter((slot) => slot > after && slot <= last)
      .sort((left, right) => left - right)
      .map(slotOfNumber);
  }

  /** How many versions a slot of the window wrote, at most. */
  versionCount(slot: Slot): number {
    return this.#written.get(slotNumber(slot))?.entries().length ?? 0;
  }

  /** The versions of one slot above the oldest readable one that are accepted, by address. */
  versionsAt(
    slot: Slot,
    accepts: (version: AccountVersion) => boolean = () => true,
  ): AccountVersion[] {
    const at = slotNumber(slot);
    const versions: AccountVersion[] = [];
    for (const entry of new Set(this.#written.get(at)?.entries() ?? [])) {
      const version = this.#versionAt(entry, at);
      if (version !== null && accepts(version)) versions.push(version);
    }
    return versions.sort((left, right) => Buffer.compare(left.address, right.address));
  }

  /** The versions of one address in (`slotAfter`, `slotLast`], oldest first. */
  versionsOf(address: Uint8Array, slotAfter: Slot, slotLast: Slot): AccountVersion[] {
    const entry = this.#table.find(address);
    const versions: AccountVersion[] = [];
    let slot = Number(slotLast);
    while (entry !== -1) {
      let version = this.#newestOf(entry);
      while (version !== NONE && this.#slotAt(version) > slot) version = this.#older();
      if (version === NONE) break;
      const at = this.#slotAt(version);
      if (at <= Number(slotAfter)) break;
      const found = this.#versionAt(entry, at);
      if (found !== null) versions.push(found);
      slot = at - 1;
    }
    return versions.reverse();
  }

  /**
   * Everything that a slot has written and not made readable yet, by address, in parts whose items are
   * copies. Sorted, since a tree on disk that is filled at random writes each of its pages many times.
   */
  *sortedParts(slot: Slot, partSize: number): Generator<SortedVersion[]> {
    const at = slotNumber(slot);
    const entries: Iterable<number> = Number.isFinite(this.#baseSlot)
      ? new Set(this.#written.get(at)?.entries() ?? [])
      : Array(this.#table.entryEnd).keys();
    let part: SortedVersion[] = [];
    for (const entry of this.#table.sorted(entries)) {
      const newest = this.#newestOf(entry);
      if (newest === NONE || this.#slotAt(newest) !== at) continue;
      const item = this.#item();
      const older = this.#older();
      part.push({
        address: Uint8Array.from(this.#table.key(entry)),
        item: item === null ? null : Buffer.from(item),
        isFirst: older === NONE,
      });
      if (part.length < partSize) continue;
      yield part;
      part = [];
    }
    if (part.length > 0) yield part;
  }

  /** The address's entry, for marks; -1 where it has no version. */
  entryOf(address: Uint8Array): number {
    return this.#table.find(address);
  }

  /** Newest states of all addresses that exist at the tip; views, valid until the next write. */
  *newest(): Generator<EncodedWrite & { readonly entry: number; readonly item: Uint8Array }> {
    for (let entry = 0; entry < this.#table.entryEnd; entry += 1) {
      const version = this.#newestOf(entry);
      if (version === NONE) continue;
      this.#slotAt(version);
      const item = this.#item();
      if (item !== null) yield { entry, address: this.#table.key(entry), item };
    }
  }

  /** Owners of the accounts that exist at the tip. */
  owners(): Address[] {
    const owners = new Map<string, Uint8Array>();
    for (const { item } of this.newest()) {
      const owner = ownerOfItem(item);
      const key = keyText(owner);
      if (!owners.has(key)) owners.set(key, Uint8Array.from(owner));
    }
    return [...owners.values()].map(addressFromBytes);
  }

  /** Frees the versions that no slot of the window sees. */
  #fold(entry: number, first: number): void {
    const newest = this.#newestOf(entry);
    let version = newest;
    while (version !== NONE && this.#slotAt(version) > first) version = this.#older();
    if (version === NONE) return;
    let cut = this.#older();
    this.#place.bytes.writeUInt32LE(NONE, this.#place.start + OLDER_AT);
    const isClosed = this.#item() === null;
    while (cut !== NONE) {
      this.#slotAt(cut);
      const next = this.#older();
      this.#free(cut);
      cut = next;
    }
    if (version === newest && isClosed) this.#remove(entry);
  }

  /** Frees the entry's versions above `at`, and the entry where nothing that is read is left of it. */
  #undo(entry: number, at: number, undone: { address: Uint8Array; slot: number }[]): void {
    let version = this.#newestOf(entry);
    while (version !== NONE) {
      const slot = this.#slotAt(version);
      if (slot <= at) break;
      undone.push({ address: Uint8Array.from(this.#table.key(entry)), slot });
      const older = this.#older();
      if (older === NONE) {
        this.#remove(entry);
        return;
      }
      this.#free(version);
      this.#newest[entry] = older;
      version = older;
    }
    if (version === NONE) return;
    // A closing that the window has passed was kept for the version above it alone.
    if (this.#slotAt(version) <= this.#firstSlot && this.#item() === null) this.#remove(entry);
  }

  /** The entry's version of exactly that slot. */
  #versionAt(entry: number, slot: number): AccountVersion | null {
    let version = this.#newestOf(entry);
    while (version !== NONE && this.#slotAt(version) > slot) version = this.#older();
    if (version === NONE || this.#slotAt(version) !== slot) return null;
    const item = this.#item();
    const older = this.#older();
    if (older !== NONE) this.#slotAt(older);
    const before = older === NONE ? null : this.#item();
    return { slot: slotOfNumber(slot), address: this.#table.key(entry), item, before };
  }

  #note(slot: number, entry: number): void {
    if (slot <= this.#baseSlot) return;
    let entries = this.#written.get(slot);
    if (entries === undefined) {
      entries = new EntryList();
      this.#written.set(slot, entries);
    }
    entries.push(entry);
  }

  /** Forgets an entry whose newest version is its only one. */
  #remove(entry: number): void {
    this.#free(this.#newestOf(entry));
    this.#newest[entry] = NONE;
    this.#table.remove(entry);
  }

  #store(slot: number, older: number, item: Uint8Array | null): number {
    invariant(slot < SLOT_END, 'a stored slot is below 2^48');
    const size = item?.length ?? 0;
    const isShortened = item !== null && size <= SHORTENED_BYTES_MAX;
    const ownerAt = isShortened ? ownerStart(item) : 0;
    const owner = isShortened ? this.#owners.numberOf(item, ownerAt) : 0;
    const version = this.#arena.allocate(recordBytes(size, owner));
    this.#arena.locate(version, this.#place);
    const { bytes, start } = this.#place;
    bytes.writeUInt32LE(slot % WORD, start);
    bytes.writeUInt16LE(Math.floor(slot / WORD), start + 4);
    bytes.writeUInt16LE(owner, start + OWNER_AT);
    bytes.writeUInt32LE(older, start + OLDER_AT);
    bytes.writeUInt32LE(size, start + SIZE_AT);
    this.#itemBytes += size;
    if (item === null) return version;
    const body = start + HEADER_BYTES;
    if (owner === 0) bytes.set(item, body);
    else {
      bytes.set(item.subarray(0, ownerAt - 2), body);
      bytes.set(item.subarray(ownerAt + ADDRESS_BYTES), body + ownerAt - 2);
    }
    return version;
  }

  #free(version: number): void {
    this.#arena.locate(version, this.#place);
    const { bytes, start } = this.#place;
    const size = bytes.readUInt32LE(start + SIZE_AT);
    this.#arena.free(version, recordBytes(size, bytes.readUInt16LE(start + OWNER_AT)));
    this.#itemBytes -= size;
  }

  /** Turns to a version, for `#older` and `#item`, and returns its slot. */
  #slotAt(version: number): number {
    this.#arena.locate(version, this.#place);
    const { bytes, start } = this.#place;
    return bytes.readUInt32LE(start) + bytes.readUInt16LE(start + 4) * WORD;
  }

  #older(): number {
    return this.#place.bytes.readUInt32LE(this.#place.start + OLDER_AT);
  }

  #item(): Uint8Array | null {
    const { bytes, start } = this.#place;
    const size = bytes.readUInt32LE(start + SIZE_AT);
    if (size === 0) return null;
    const body = start + HEADER_BYTES;
    const owner = bytes.readUInt16LE(start + OWNER_AT);
    if (owner === 0) return bytes.subarray(body, body + size);
    const item = Buffer.allocUnsafe(size);
    const before = ownerFieldStart(bytes, body);
    bytes.copy(item, 0, body, body + before);
    item[before] = BYTES_HEAD;
    item[before + 1] = ADDRESS_BYTES;
    this.#owners.owner(owner).copy(item, before + 2);
    bytes.copy(item, before + OWNER_FIELD_BYTES, body + before, body + size - OWNER_FIELD_BYTES);
    return item;
  }

  #newestOf(entry: number): number {
    return this.#newest[entry] ?? NONE;
  }

  #setNewest(entry: number, version: number): void {
    if (entry >= this.#newest.length) {
      const grown = new Uint32Array(this.#newest.length * 2);
      grown.set(this.#newest);
      this.#newest = grown;
    }
    this.#newest[entry] = version;
  }
}

function recordBytes(itemBytes: number, owner: number): number {
  return HEADER_BYTES + itemBytes - (owner === 0 ? 0 : OWNER_FIELD_BYTES);
}

function sameItem(left: Uint8Array | null, right: Uint8Array | null): boolean {
  if (left === null || right === null) return left === right;
  return asBuffer(left).equals(right);
}
