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
import { asBuffer, keyBytes, keyText, slotNumber } from './bytes.ts';

/** Why there is no item: outside of the source's coverage, or of the window. */
export type ReadMiss = 'notCovered' | 'beforeWindow' | 'notApplied';

export function isMiss<Value>(value: Value | ReadMiss): value is ReadMiss {
  return typeof value === 'string';
}

/** The item of an account that does not exist: canonical null. */
export const ABSENT_ITEM: Uint8Array = encodeAccountItem(null);

interface Version {
  readonly slot: number;
  /** Null: the account was closed in this slot. */
  readonly item: Uint8Array | null;
  older: Version | null;
}

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

export class VersionedAccounts {
  readonly #newest = new Map<string, Version>();
  /** Addresses whose older versions each slot superseded, until the slot is folded. */
  readonly #written = new Map<number, string[]>();
  readonly #covers: (address: Uint8Array) => boolean;
  #firstSlot = 0;
  #tipSlot = -1;
  #itemBytes = 0;

  constructor(options: VersionedAccountsOptions = {}) {
    this.#covers = options.covers ?? (() => true);
  }

  /** Addresses with at least one version. */
  get size(): number {
    return this.#newest.size;
  }

  /** Bytes of all stored items. */
  get itemBytes(): number {
    return this.#itemBytes;
  }

  /**
   * The encoded item as of `slot`; canonical null for an account that does not exist. The bytes may
   * be a view of the store: they are valid until the next write, so copy them to keep them.
   */
  item(address: Uint8Array, slot: Slot): Uint8Array | ReadMiss {
    const at = Number(slot);
    if (at > this.#tipSlot) return 'notApplied';
    if (at < this.#firstSlot) return 'beforeWindow';
    let version = this.#newest.get(keyText(address)) ?? null;
    while (version !== null && version.slot > at) version = version.older;
    if (version !== null) return version.item ?? ABSENT_ITEM;
    return this.#covers(address) ? ABSENT_ITEM : 'notCovered';
  }

  /** The decoded state as of `slot`; null for an account that does not exist. */
  get(address: Uint8Array, slot: Slot): AccountState | null | ReadMiss {
    const item = this.item(address, slot);
    return isMiss(item) ? item : decodeAccountItem(item);
  }

  /** The newest item, also of a slot that is being written; null when there is none. */
  newestItem(address: Uint8Array): Uint8Array | null {
    return this.#newest.get(keyText(address))?.item ?? null;
  }

  /** Stores one version. It is not readable until `advance(slot)`. */
  write(slot: Slot, address: Uint8Array, item: Uint8Array | null): WriteOutcome {
    const at = slotNumber(slot);
    invariant(at > this.#tipSlot, 'versions are written above the tip');
    const key = keyText(address);
    const newest = this.#newest.get(key) ?? null;
    if (newest === null ? item === null : sameItem(newest.item, item)) return 'unchanged';
    const replaced = newest !== null && newest.slot === at;
    invariant(newest === null || newest.slot <= at, 'versions of an address ascend by slot');
    const older = replaced ? newest.older : newest;
    this.#newest.set(key, { slot: at, item, older });
    this.#itemBytes += (item?.length ?? 0) - (replaced ? (newest.item?.length ?? 0) : 0);
    if (older === null) return 'first';
    if (!replaced) {
      const written = this.#written.get(at);
      if (written === undefined) this.#written.set(at, [key]);
      else written.push(key);
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
    for (const [written, keys] of this.#written) {
      if (written > first) continue;
      this.#written.delete(written);
      for (const key of keys) this.#fold(key, first);
    }
  }

  /** Newest states of all addresses that exist at the tip. */
  *newest(): Generator<EncodedWrite & { readonly item: Uint8Array }> {
    for (const [key, version] of this.#newest) {
      if (version.item !== null) yield { address: keyBytes(key), item: version.item };
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

  #fold(key: string, first: number): void {
    const newest = this.#newest.get(key);
    if (newest === undefined) return;
    let version: Version | null = newest;
    while (version !== null && version.slot > first) version = version.older;
    if (version === null) return;
    for (let cut = version.older; cut !== null; cut = cut.older) {
      this.#itemBytes -= cut.item?.length ?? 0;
    }
    version.older = null;
    if (version === newest && version.item === null) this.#newest.delete(key);
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
