// The materialised lists of a cache node: accounts by program, token accounts by holder and by mint,
// and each declared index. Derived from the accounts' changes alone, so that a restart rebuilds them
// from the journal; a membership ends in the slot in which the account closed or its key changed.
import type { Slot } from '@streamsync/domain';
import { type AccountChange, VersionedIndex } from '@streamsync/storage-core';
import { equalBytes } from '@streamsync/wire';
import { LIST_NAMES, type ListKey, type ListName, listKeysOf } from './list-keys.ts';

export class AccountLists {
  readonly #lists: ReadonlyMap<ListName, VersionedIndex> = new Map(
    LIST_NAMES.map((name) => [name, new VersionedIndex()]),
  );

  get(name: ListName): VersionedIndex {
    const list = this.#lists.get(name);
    if (list === undefined) throw new TypeError(`there is no list ${name}`);
    return list;
  }

  change({ slot, address, before, after }: AccountChange): void {
    const was = listKeysOf(before);
    const is = listKeysOf(after);
    for (const key of was) if (!hasKey(is, key)) this.get(key.name).remove(slot, key.key, address);
    for (const key of is) if (!hasKey(was, key)) this.get(key.name).add(slot, key.key, address);
  }

  /** Undoes what lies above the slot; null: forgets everything. */
  rollback(slot: Slot | null): void {
    for (const list of this.#lists.values()) {
      if (slot === null) list.clear();
      else list.rollback(slot);
    }
  }

  hasMembers(name: ListName, key: Uint8Array, slot: Slot): boolean {
    const page = this.get(name).page(key, slot, null, 1);
    return typeof page !== 'string' && page.addresses.length > 0;
  }

  advance(slot: Slot, slotFirst: Slot): void {
    for (const list of this.#lists.values()) list.advance(slot, slotFirst);
  }
}

function hasKey(keys: readonly ListKey[], { name, key }: ListKey): boolean {
  return keys.some((each) => each.name === name && equalBytes(each.key, key));
}
