// Accounts in memory as of every applied slot of the window. A version is the canonical encoded item
// (wire's encodeAccountItem), so that a point read is answered without encoding anything. Invariant:
// an address's versions ascend by slot, and at most one of them is older than the window.
import {
  type AccountState,
  ADDRESS_BYTES,
  type Address,
  addressFromBytes,
  invariant,
  type Slot,
} from '@streamsync/domain';
import { CborReader, decodeAccountItem, encodeAccountItem } from '@streamsync/wire';
import { AddressTable } from './address-table.ts';
import { ByteArena, type Place } from './byte-arena.ts';
import { asBuffer, keyText, slotNumber } from './bytes.ts';

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
 * left of it; 'newer': an older version is, until the window passes.
 */
export type WriteOutcome = 'unchanged' | 'first' | 'newer';

export interface VersionedAccountsOptions {
  /** Whether an address that is not stored is known not to exist; by default every address is. */
  readonly covers?: (address: Uint8Array) => boolean;
}

// A version's record in the arena: slot (two words, low first), the reference of the next older
// version, the item's size (0: closed), the item.
const OLDER_AT = 8;
const SIZE_AT = 12;
const HEADER_BYTES = 16;
const WORD = 0x1_0000_0000;
const NONE = 0;

export class VersionedAccounts {
  readonly #table = new AddressTable();
  readonly #arena = new ByteArena();
  /** The reference of each entry's newest version. */
  #newest = new Uint32Array(1_024);
  /** Entries whose older versions each slot superseded, until the slot is folded. */
  readonly #superseded = new Map<number, number[]>();
  readonly #covers: (address: Uint8Array) => boolean;
  readonly #place: Place = { bytes: Buffer.alloc(0), start: 0 };
  #firstSlot = 0;
  #tipSlot = -1;
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
   * The encoded item as of `slot`; canonical null for an account that does not exist. The bytes are a
   * view of the store: they are valid until the next write, so copy them to keep them.
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
      return 'first';
    }
    const newest = this.#newestOf(held);
    const newestSlot = this.#slotAt(newest);
    invariant(newestSlot <= at, 'versions of an address ascend by slot');
    if (sameItem(this.#item(), item)) return 'unchanged';
    const isReplaced = newestSlot === at;
    const older = isReplaced ? this.#older() : newest;
    if (item === null && older === NONE) {
      // Opened and closed within one slot: nothing ever saw it.
      this.#remove(held);
      return 'first';
    }
    this.#setNewest(held, this.#store(at, older, item));
    // Freed after the new one was stored: a view of the replaced item outlives this write.
    if (isReplaced) this.#free(newest);
    if (older === NONE) return 'first';
    if (!isReplaced) {
      const superseded = this.#superseded.get(at);
      if (superseded === undefined) this.#superseded.set(at, [held]);
      else superseded.push(held);
    }
    return 'newer';
  }

  /** Makes `slot` readable, and folds what is older than `firstSlot`. */
  advance(slot: Slot, firstSlot: Slot): void {
    const at = slotNumber(slot);
    const first = slotNumber(firstSlot);
    invariant(at > this.#tipSlot && first <= at, 'a slot is made readable once, in order');
    this.#tipSlot = at;
    if (first > this.#firstSlot) this.#firstSlot = first;
    for (const [superseded, entries] of this.#superseded) {
      if (superseded > first) continue;
      this.#superseded.delete(superseded);
      for (const entry of entries) this.#fold(entry, first);
    }
  }

  /** Newest states of all addresses that exist at the tip; views, valid until the next write. */
  *newest(): Generator<EncodedWrite & { readonly item: Uint8Array }> {
    for (let entry = 0; entry < this.#table.entryEnd; entry += 1) {
      const version = this.#newestOf(entry);
      if (version === NONE) continue;
      this.#slotAt(version);
      const item = this.#item();
      if (item !== null) yield { address: this.#table.key(entry), item };
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

  /** Forgets an entry whose newest version is its only one. */
  #remove(entry: number): void {
    this.#free(this.#newestOf(entry));
    this.#newest[entry] = NONE;
    this.#table.remove(entry);
  }

  #store(slot: number, older: number, item: Uint8Array | null): number {
    const size = item?.length ?? 0;
    const version = this.#arena.allocate(HEADER_BYTES + size);
    this.#arena.locate(version, this.#place);
    const { bytes, start } = this.#place;
    bytes.writeUInt32LE(slot % WORD, start);
    bytes.writeUInt32LE(Math.floor(slot / WORD), start + 4);
    bytes.writeUInt32LE(older, start + OLDER_AT);
    bytes.writeUInt32LE(size, start + SIZE_AT);
    if (item !== null) bytes.set(item, start + HEADER_BYTES);
    this.#itemBytes += size;
    return version;
  }

  #free(version: number): void {
    this.#arena.locate(version, this.#place);
    const size = this.#place.bytes.readUInt32LE(this.#place.start + SIZE_AT);
    this.#arena.free(version, HEADER_BYTES + size);
    this.#itemBytes -= size;
  }

  /** Turns to a version, for `#older` and `#item`, and returns its slot. */
  #slotAt(version: number): number {
    this.#arena.locate(version, this.#place);
    const { bytes, start } = this.#place;
    return bytes.readUInt32LE(start) + bytes.readUInt32LE(start + 4) * WORD;
  }

  #older(): number {
    return this.#place.bytes.readUInt32LE(this.#place.start + OLDER_AT);
  }

  #item(): Uint8Array | null {
    const { bytes, start } = this.#place;
    const size = bytes.readUInt32LE(start + SIZE_AT);
    return size === 0 ? null : bytes.subarray(start + HEADER_BYTES, start + HEADER_BYTES + size);
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

/** The owner's bytes inside of an encoded account, without decoding the rest. */
export function ownerOfItem(item: Uint8Array): Uint8Array {
  const reader = new CborReader(item);
  reader.array(4);
  reader.integer();
  return reader.bytes(ADDRESS_BYTES);
}

function sameItem(left: Uint8Array | null, right: Uint8Array | null): boolean {
  if (left === null || right === null) return left === right;
  return asBuffer(left).equals(right);
}
