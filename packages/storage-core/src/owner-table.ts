// The owners of accounts, each held once: a million token accounts have one owner, and its 32 bytes in
// each of them would be a seventh of their memory. Numbers are never given back; they are few.
import { ADDRESS_BYTES } from '@streamsync/domain';
import { AddressTable } from './address-table.ts';

/** Numbers have 16 bits and 0 is none; accounts of further owners keep theirs in their own bytes. */
const OWNERS_MAX = 0xffff;

export class OwnerTable {
  readonly #table = new AddressTable();
  #newest: { readonly owner: Buffer; readonly number: number } | null = null;

  /** The number of the owner at `start`; 0 where there is no room for it. */
  numberOf(item: Uint8Array, start: number): number {
    const owner = item.subarray(start, start + ADDRESS_BYTES);
    if (this.#newest?.owner.equals(owner)) return this.#newest.number;
    let entry = this.#table.find(owner);
    if (entry === -1) {
      if (this.#table.size === OWNERS_MAX) return 0;
      entry = this.#table.add(owner);
    }
    this.#newest = { owner: this.#table.key(entry), number: entry + 1 };
    return entry + 1;
  }

  /** A view of the owner with that number. */
  owner(number: number): Buffer {
    return this.#table.key(number - 1);
  }
}
