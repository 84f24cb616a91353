// Account writes as the stream tells them, by slot, and the merge of snapshots with them. A snapshot
// that states slot S and the writes of slots from S on is exact: a write carries the state that its
// slot left, so one that the snapshot shows already changes nothing.
import {
  type AccountState,
  type AccountWrite,
  type Address,
  parseSlot,
  type Slot,
} from '@streamsync/domain';
import type { AccountsAtSlot } from './read-chain.ts';

type Writes = Map<Address, AccountState | null>;

export class SlotWrites {
  readonly #bySlot = new Map<Slot, Writes>();

  add(slot: Slot, write: AccountWrite): void {
    const writes = this.#bySlot.get(slot);
    if (writes === undefined) this.#bySlot.set(slot, new Map([[write.address, write.state]]));
    else writes.set(write.address, write.state);
  }

  /** The writes of a slot, once: what comes after that for the slot is of another block of it. */
  take(slot: Slot): AccountWrite[] {
    const writes = this.#bySlot.get(slot);
    this.#bySlot.delete(slot);
    return writes === undefined ? [] : [...writes].map(([address, state]) => ({ address, state }));
  }

  /** Forgets the writes of slots that are too old to come any more. */
  dropUpTo(slotLast: bigint): void {
    for (const each of this.#bySlot.keys()) if (each <= slotLast) this.#bySlot.delete(each);
  }

  /** Slots up to `slotLast` with their writes, ascending. */
  upTo(slotLast: Slot): [Slot, Writes][] {
    return [...this.#bySlot]
      .filter(([slot]) => slot <= slotLast)
      .sort(([left], [right]) => (left < right ? -1 : 1));
  }
}

/** What one program's list or a part of the declared addresses said. */
export interface Snapshot extends AccountsAtSlot {
  /** The program whose accounts these are; null for declared addresses. */
  readonly program: Address | null;
}

export function newestSlot(snapshots: readonly AccountsAtSlot[]): Slot {
  let newest = parseSlot(0);
  for (const { slot } of snapshots) if (slot > newest) newest = slot;
  return newest;
}

/** The state as of the newest of the snapshots' slots. */
export function mergeSnapshots(
  snapshots: readonly Snapshot[],
  writes: SlotWrites,
): { readonly slot: Slot; readonly accounts: AccountWrite[] } {
  const entries = new Map<Address, { slot: Slot; state: AccountState | null }>();
  const slotOfProgram = new Map<Address, Slot>();
  const newest = newestSlot(snapshots);
  for (const { program, slot, accounts } of snapshots) {
    if (program !== null) slotOfProgram.set(program, slot);
    for (const { address, state } of accounts) {
      const held = entries.get(address);
      if (held === undefined || slot >= held.slot) entries.set(address, { slot, state });
    }
  }
  for (const [slot, bySlot] of writes.upTo(newest)) {
    for (const [address, state] of bySlot) {
      const held = entries.get(address);
      // An account that its program's list does not show was gone when the list was made.
      const since =
        held?.slot ?? (state === null ? undefined : slotOfProgram.get(state.owner)) ?? newest;
      if (slot >= since) entries.set(address, { slot, state });
    }
  }
  const accounts: AccountWrite[] = [];
  for (const [address, { state }] of entries) {
    if (state !== null) accounts.push({ address, state });
  }
  return { slot: newest, accounts };
}
