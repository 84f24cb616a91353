// The materialised lists of a cache node: accounts by program, token accounts by holder and by mint.
// Derived from the accounts' changes alone, so that a restart rebuilds them from the journal; a
// membership ends in the slot in which the account closed or its key changed.

import type { Slot } from '@streamsync/domain';
import { type AccountChange, VersionedIndex } from '@streamsync/storage-core';
import { equalBytes } from '@streamsync/wire';
import { type ListKeys, listKeysOf } from './list-keys.ts';

export const LIST_NAMES = ['program', 'tokenOwner', 'mint'] as const satisfies (keyof ListKeys)[];
export type ListName = (typeof LIST_NAMES)[number];

export class AccountLists {
  readonly #lists: Readonly<Record<ListName, VersionedIndex>> = {
    program: new VersionedIndex(),
    tokenOwner: new VersionedIndex(),
    mint: new VersionedIndex(),
  };

  get(name: ListName): VersionedIndex {
    return this.#lists[name];
  }

  change({ slot, address, before, after }: AccountChange): void {
    const was = listKeysOf(before);
    const is = listKeysOf(after);
    for (const name of LIST_NAMES) {
      const left = was?.[name] ?? null;
      const joined = is?.[name] ?? null;
      if (left !== null && joined !== null && equalBytes(left, joined)) continue;
      if (left !== null) this.#lists[name].remove(slot, left, address);
      if (joined !== null) this.#lists[name].add(slot, joined, address);
    }
  }

  /** Undoes what lies above the slot; null: forgets everything. */
  rollback(slot: Slot | null): void {
    for (const name of LIST_NAMES) {
      if (slot === null) this.#lists[name].clear();
      else this.#lists[name].rollback(slot);
    }
  }

  advance(slot: Slot, slotFirst: Slot): void {
    for (const name of LIST_NAMES) this.#lists[name].advance(slot, slotFirst);
  }
}
