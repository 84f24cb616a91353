// All accounts twice over: as the last closed slot left them, and, on top, what the open slot has
// written so far. A read names which of the two it wants and gets exactly that state: what a closed
// slot left can no longer change. litesvm has no list of accounts, so the owner index is kept here.
import type { AccountState, Address } from '@streamsync/domain';
import type { SlotWrite } from './types.ts';

/** 'open': the open slot so far (commitment processed). 'closed': the last closed slot. */
export type View = 'open' | 'closed';

export class Accounts {
  readonly #builtin: ReadonlyMap<Address, AccountState>;
  #closed: Map<Address, AccountState>;
  #byOwner = new Map<Address, Set<Address>>();
  #open = new Map<Address, AccountState | null>();

  constructor(builtin: readonly (readonly [Address, AccountState])[]) {
    this.#builtin = new Map(builtin);
    this.#closed = new Map(builtin);
    for (const [address, state] of builtin) this.#index(address, null, state);
  }

  read(address: Address, view: View): AccountState | null {
    if (view === 'open') {
      const open = this.#open.get(address);
      if (open !== undefined) return open;
    }
    return this.#closed.get(address) ?? null;
  }

  /** Records a write of the open slot; the last one of a slot counts. */
  write(address: Address, state: AccountState | null): void {
    this.#open.set(address, state);
  }

  /** Every account of an owner, in no particular order. */
  *ownedBy(owner: Address, view: View): Generator<[Address, AccountState]> {
    for (const address of this.#byOwner.get(owner) ?? []) {
      if (view === 'open' && this.#open.has(address)) continue;
      const state = this.#closed.get(address);
      if (state) yield [address, state];
    }
    if (view === 'closed') return;
    for (const [address, state] of this.#open) if (state?.owner === owner) yield [address, state];
  }

  /** Folds the open slot's writes into the closed state; those that changed nothing are left out. */
  closeSlot(): SlotWrite[] {
    const writes: SlotWrite[] = [];
    for (const [address, after] of this.#open) {
      const before = this.#closed.get(address) ?? null;
      if (sameState(before, after)) continue;
      this.#apply(address, before, after);
      writes.push({ address, before, after });
    }
    this.#open.clear();
    return writes;
  }

  /** Applies a saved write of a closed slot. */
  restore(address: Address, after: AccountState | null): void {
    this.#apply(address, this.#closed.get(address) ?? null, after);
  }

  /** What differs from a fresh litesvm, hence has to be saved. */
  *changed(): Generator<[Address, AccountState]> {
    for (const entry of this.#closed) if (this.#builtin.get(entry[0]) !== entry[1]) yield entry;
  }

  get size(): number {
    return this.#closed.size;
  }

  /** The lamports of all accounts, as of the last closed slot. */
  totalLamports(): bigint {
    let total = 0n;
    for (const state of this.#closed.values()) total += state.lamports;
    return total;
  }

  #apply(address: Address, before: AccountState | null, after: AccountState | null): void {
    if (after === null) this.#closed.delete(address);
    else this.#closed.set(address, after);
    this.#index(address, before, after);
  }

  #index(address: Address, before: AccountState | null, after: AccountState | null): void {
    if (before?.owner === after?.owner) return;
    if (before !== null) {
      const owned = this.#byOwner.get(before.owner);
      owned?.delete(address);
      if (owned?.size === 0) this.#byOwner.delete(before.owner);
    }
    if (after !== null) {
      const owned = this.#byOwner.get(after.owner) ?? new Set();
      this.#byOwner.set(after.owner, owned.add(address));
    }
  }
}

export function sameState(a: AccountState | null, b: AccountState | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.lamports === b.lamports &&
    a.owner === b.owner &&
    a.executable === b.executable &&
    a.data.length === b.data.length &&
    Buffer.compare(a.data, b.data) === 0
  );
}
