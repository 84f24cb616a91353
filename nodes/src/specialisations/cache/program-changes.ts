// Which accounts of a program each slot of the window changed, so that a subscription's question costs
// what changed of its program and not what changed at all. An account is of a program in a slot where
// it belonged to it before or after: one that was closed or given away is among them.
import type { Slot } from '@streamsync/domain';
import {
  type AccountVersion,
  ownerOfItem,
  type SlotChanges,
  type VersionedAccounts,
} from '@streamsync/storage-core';

/** Addresses by program, each as a string of its bytes. */
type ByProgram = ReadonlyMap<string, readonly Uint8Array[]>;

export class ProgramChanges {
  readonly #accounts: VersionedAccounts;
  readonly #slots = new Map<Slot, ByProgram>();

  constructor(accounts: VersionedAccounts) {
    this.#accounts = accounts;
  }

  /** Takes in a slot that has become readable, and lets go of those that the window has left. */
  advance(slot: Slot, slotFirst: Slot): void {
    const byProgram = new Map<string, Uint8Array[]>();
    for (const version of slot > slotFirst ? this.#accounts.versionsAt(slot) : []) {
      const address = Uint8Array.from(version.address);
      for (const program of programsOf(version)) {
        const addresses = byProgram.get(program);
        if (addresses === undefined) byProgram.set(program, [address]);
        else addresses.push(address);
      }
    }
    this.#slots.set(slot, byProgram);
    for (const held of this.#slots.keys()) {
      if (held > slotFirst) break;
      this.#slots.delete(held);
    }
  }

  /** Forgets what lies above the slot; null: everything. */
  rollback(slot: Slot | null): void {
    for (const held of this.#slots.keys()) {
      if (slot === null || held > slot) this.#slots.delete(held);
    }
  }

  /** The program's changes in (`slotAfter`, `slotLast`]. The items are views of the store. */
  *changes(program: Uint8Array, slotAfter: Slot, slotLast: Slot): Generator<SlotChanges> {
    const key = textOf(program);
    for (const [slot, byProgram] of this.#slots) {
      if (slot <= slotAfter || slot > slotLast) continue;
      const versions = (byProgram.get(key) ?? []).flatMap((address) =>
        this.#accounts.versionsOf(address, (slot - 1n) as Slot, slot),
      );
      if (versions.length > 0) yield { slot, versions };
    }
  }
}

function programsOf({ item, before }: AccountVersion): string[] {
  const is = item === null ? null : textOf(ownerOfItem(item));
  const was = before === null ? null : textOf(ownerOfItem(before));
  return [is, was === is ? null : was].filter((program) => program !== null);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
