// One node's store of chain data: timeline, accounts and transactions in step, with the journal
// behind them. Memory is written first and at once, so a reader sees a slot whole or not at all; the
// journal follows in order, and a restart resumes from what it committed.
import {
  type Address,
  addressBytes,
  type Blockhash,
  invariant,
  type Slot,
  type SlotUpdate,
  signatureBytes,
  type TransactionRecord,
} from '@streamsync/domain';
import { encodeAccountItem, encodeTransactionItem } from '@streamsync/wire';
import { keyText, slotNumber, slotOfNumber } from './bytes.ts';
import { Journal, type JournalTransaction, type JournalWrite } from './journal.ts';
import { type AppliedSlot, SlotTimeline } from './slot-timeline.ts';
import { TransactionStore } from './transaction-store.ts';
import { type EncodedWrite, VersionedAccounts } from './versioned-accounts.ts';

/** One account's change in one slot, for whoever derives something from accounts. */
export interface AccountChange {
  readonly slot: Slot;
  readonly address: Uint8Array;
  /** The encoded item before and after; null where the account does not exist. */
  readonly before: Uint8Array | null;
  readonly after: Uint8Array | null;
}

export interface ChainStoreOptions {
  /** The chain's genesis hash: a journal of another chain is refused. */
  readonly genesisHash?: Blockhash;
  /** The journal's folder; null keeps everything in memory. */
  readonly folder: string | null;
  readonly windowSlots?: number;
  /** What is kept; the rest of each update is passed over. */
  readonly keeps: { readonly accounts: boolean; readonly transactions: boolean };
  /** Whether an address that is not stored is known not to exist; by default every address is. */
  readonly covers?: (address: Uint8Array) => boolean;
  /**
   * Told of each change before its slot becomes readable, and at the start of each version that the
   * journal held, by address and then by slot. The items are valid only during the call.
   */
  readonly onChange?: (change: AccountChange) => void;
  /** Told when a slot has become readable, with the oldest slot that still is. */
  readonly onAdvance?: (slot: Slot, slotFirst: Slot) => void;
  readonly mapSizeBytes?: number;
}

export interface ChainStoreStats {
  readonly accounts: number;
  readonly accountBytes: number;
  readonly transactions: number;
  readonly windowSlots: number;
  readonly journalPending: number;
}

/** A block's transactions, of a slot whose account writes were missed or are not wanted. */
export type HistorySlot = Pick<SlotUpdate, 'slot' | 'parentSlot' | 'transactions'>;

export class ChainStore {
  readonly timeline: SlotTimeline;
  readonly accounts: VersionedAccounts;
  readonly transactions: TransactionStore;
  readonly #options: ChainStoreOptions;
  readonly #journal: Journal | null;
  /** `seen` is null for a first snapshot: nothing can be missing from it. */
  #snapshot: { readonly slot: Slot; readonly seen: Set<string> | null } | null = null;

  private constructor(options: ChainStoreOptions, journal: Journal | null) {
    this.#options = options;
    this.#journal = journal;
    this.timeline = new SlotTimeline(
      options.windowSlots === undefined ? {} : { windowSlots: options.windowSlots },
    );
    this.accounts = new VersionedAccounts(
      options.covers === undefined ? {} : { covers: options.covers },
    );
    this.transactions = new TransactionStore(journal);
  }

  /**
   * Opens the store as of the last slot that the journal committed.
   * @throws StreamSyncError FOLDER_NOT_WRITABLE, DISK_FULL, STORE_FAILED
   */
  static open(options: ChainStoreOptions): ChainStore {
    const journal =
      options.folder === null
        ? null
        : Journal.open({
            folder: options.folder,
            ...(options.genesisHash === undefined ? {} : { genesisHash: options.genesisHash }),
            ...(options.mapSizeBytes === undefined ? {} : { mapSizeBytes: options.mapSizeBytes }),
          });
    const store = new ChainStore(options, journal);
    if (journal !== null) store.#load(journal);
    return store;
  }

  /** The last applied slot; a source resumes behind it. */
  get cursor(): Slot | null {
    return this.timeline.tip?.slot ?? null;
  }

  /**
   * Applies the next slot. Readers see it when the call returns; the promise resolves when the
   * journal's queue has room, so a source that awaits it cannot run ahead of the disk.
   * @throws StreamSyncError DISK_FULL, STORE_FAILED once the journal has failed
   */
  async applySlot(update: SlotUpdate): Promise<void> {
    invariant(this.#snapshot === null, 'no slot is applied within a snapshot');
    const tip = this.cursor;
    if (tip !== null && update.slot <= tip) return;
    const writes = this.#options.keeps.accounts
      ? this.#write(
          update.slot,
          update.accounts.map(({ address, state }) => ({
            address: addressBytes(address),
            item: state === null ? null : encodeAccountItem(state),
          })),
        )
      : [];
    const transactions = this.#encode(update.transactions);
    await this.#commit({ applied: appliedOf(update), writes, transactions });
  }

  /** Keeps the transactions of a slot that is not applied, because its account writes are unknown. */
  async applyHistory(history: HistorySlot): Promise<void> {
    if (!this.#options.keeps.transactions) return;
    const transactions = this.#encode(history.transactions);
    const ranges = this.transactions.add(history.slot, history.parentSlot, transactions);
    if (this.#journal === null) return;
    this.#journal
      .append({
        applied: null,
        slot: history.slot,
        writes: [],
        transactions,
        coverage: ranges.list(),
        firstSlot: null,
      })
      .then(
        () => this.transactions.committed(transactions),
        () => {},
      );
    await this.#journal.room();
  }

  /**
   * Takes a part of a snapshot of `slot`, which is above the tip: the state of every covered account,
   * in any number of parts. Until `endSnapshot` readers see the slots applied before. A snapshot of
   * a higher slot replaces one that was not ended.
   */
  async addSnapshot(slot: Slot, accounts: SlotUpdate['accounts']): Promise<void> {
    if (this.cursor !== null && slot <= this.cursor) return;
    if (this.#snapshot?.slot !== slot) {
      // A snapshot that was given up leaves versions below this one, which names every account anew.
      const lowest = this.#snapshot?.slot ?? this.cursor ?? -1n;
      invariant(lowest < slot, 'a snapshot lies above what was written');
      this.#snapshot = { slot, seen: this.accounts.size === 0 ? null : new Set() };
    }
    if (!this.#options.keeps.accounts) return;
    const { seen } = this.#snapshot;
    const encoded: EncodedWrite[] = [];
    for (const { address, state } of accounts) {
      const bytes = addressBytes(address);
      seen?.add(keyText(bytes));
      encoded.push({ address: bytes, item: state === null ? null : encodeAccountItem(state) });
    }
    const writes = this.#write(slot, encoded);
    if (this.#journal === null || writes.length === 0) return;
    this.#journal
      .append({
        applied: null,
        slot,
        writes,
        transactions: [],
        coverage: null,
        firstSlot: null,
      })
      .catch(() => {});
    await this.#journal.room();
  }

  /** Ends the snapshot: what it did not name no longer exists, and its slot becomes readable. */
  async endSnapshot(update: SlotUpdate): Promise<void> {
    if (this.cursor !== null && update.slot <= this.cursor) return;
    if (this.#snapshot === null) await this.addSnapshot(update.slot, []);
    invariant(this.#snapshot?.slot === update.slot, 'the snapshot that was begun is ended');
    const { seen } = this.#snapshot;
    this.#snapshot = null;
    const gone: EncodedWrite[] = [];
    if (seen !== null && this.#options.keeps.accounts) {
      for (const { address } of this.accounts.newest()) {
        if (!seen.has(keyText(address))) gone.push({ address, item: null });
      }
    }
    const writes = this.#write(update.slot, gone);
    await this.#commit({
      applied: appliedOf(update),
      writes,
      transactions: this.#encode(update.transactions),
    });
  }

  /** Owners of the accounts that exist at the tip. */
  owners(): Address[] {
    return this.accounts.owners();
  }

  /** Resolves when everything applied so far is on disk. */
  async flush(): Promise<void> {
    await this.#journal?.flush();
  }

  async close(): Promise<void> {
    await this.#journal?.close();
  }

  stats(): ChainStoreStats {
    return {
      accounts: this.accounts.size,
      accountBytes: this.accounts.itemBytes,
      transactions: this.transactions.size,
      windowSlots: this.timeline.size,
      journalPending: this.#journal?.pendingAppends ?? 0,
    };
  }

  #write(slot: Slot, writes: readonly EncodedWrite[]): JournalWrite[] {
    const stored: JournalWrite[] = [];
    for (const { address, item } of writes) {
      const before = this.accounts.newestItem(address);
      const beforeCopy = this.#options.onChange === undefined ? null : before;
      const outcome = this.accounts.write(slot, address, item);
      if (outcome === 'unchanged') continue;
      stored.push({ address, item, supersedes: outcome === 'newer' });
      this.#options.onChange?.({ slot, address, before: beforeCopy, after: item });
    }
    return stored;
  }

  #encode(transactions: readonly TransactionRecord[]): JournalTransaction[] {
    if (!this.#options.keeps.transactions) return [];
    return transactions.map((record) => ({
      signature: signatureBytes(record.signature),
      slot: slotNumber(record.slot),
      item: encodeTransactionItem(record),
    }));
  }

  async #commit(commit: {
    readonly applied: AppliedSlot;
    readonly writes: readonly JournalWrite[];
    readonly transactions: readonly JournalTransaction[];
  }): Promise<void> {
    const { applied, writes, transactions } = commit;
    // A polled slot says nothing of its transactions, so it proves no stretch of history.
    const proves = this.#options.keeps.transactions && applied.provenance !== 'POLLED';
    const ranges = proves
      ? this.transactions.add(applied.slot, applied.parentSlot, transactions)
      : null;
    this.#advance(applied);
    if (this.#journal === null) return;
    this.#journal
      .append({
        applied,
        slot: applied.slot,
        writes,
        transactions,
        coverage: ranges?.list() ?? null,
        firstSlot: this.timeline.first?.slot ?? null,
      })
      .then(
        () => this.transactions.committed(transactions),
        () => {},
      );
    await this.#journal.room();
  }

  #advance(applied: AppliedSlot): void {
    const first = this.timeline.append(applied).slot;
    this.accounts.advance(applied.slot, first);
    this.#options.onAdvance?.(applied.slot, first);
  }

  #load(journal: Journal): void {
    if (this.#options.keeps.accounts) {
      for (const { address, slot, item } of journal.versions()) {
        this.#write(slotOfNumber(slot), [
          { address: Uint8Array.from(address), item: item === null ? null : Uint8Array.from(item) },
        ]);
      }
    }
    for (const applied of journal.slots()) this.#advance(applied);
  }
}

function appliedOf(update: SlotUpdate): AppliedSlot {
  const { slot, blockhash, parentSlot, blockTimeSeconds, provenance } = update;
  return { slot, blockhash, parentSlot, blockTimeSeconds, provenance };
}
