// One node's store of chain data: timeline, accounts and transactions in step, with the journal
// behind them. Memory is written first and at once, so a reader sees a slot whole or not at all; the
// journal follows in order, and a restart resumes from what it committed. Invariant: what is readable
// is one chain: a slot of another fork undoes what it replaces before it is applied. It passes 400 lines because snapshots, slots, history and
// their undoing keep the same four parts in step: split, each half could leave the other behind.
import {
  type Address,
  addressBytes,
  type Blockhash,
  invariant,
  type Pin,
  type Slot,
  type SlotUpdate,
  StreamSyncError,
  signatureBytes,
  type TransactionRecord,
} from '@streamsync/domain';
import { encodeAccountItem, encodeTransactionItem } from '@streamsync/wire';
import { slotNumber, slotOfNumber } from './bytes.ts';
import { EntryMarks } from './entry-list.ts';
import { unlockFolder } from './folder-lock.ts';
import { placeInChain } from './fork.ts';
import { Journal, type JournalTransaction, type JournalWrite } from './journal.ts';
import { openGuarded, proved } from './open-guarded.ts';
import { releaseHeap } from './release-heap.ts';
import type { SetAside } from './set-aside.ts';
import type { HistorySlot, SlotStore } from './slot-store.ts';
import { type AppliedSlot, SlotTimeline } from './slot-timeline.ts';
import { explainOpenError } from './store-errors.ts';
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
  /** Told that everything above the slot is undone; null: everything is forgotten. */
  readonly onRollback?: (slot: Slot | null) => void;
  /** Told that the folder could not be used and was moved aside, before the store begins anew. */
  readonly onSetAside?: (notice: SetAside) => void;
  readonly mapSizeBytes?: number;
}

/** Versions of one part of a snapshot on its way to disk: a few milliseconds of the event loop. */
const STAGED_VERSIONS = 1_000;
/** Slots after which a folder that was opened has proved that it can be written. */
const COMMITS_PROVED = 4;
/** Reading fewer accounts at once leaves less behind than a collection is worth. */
const RELEASE_ACCOUNTS_MIN = 100_000;

export interface ChainStoreStats {
  readonly accounts: number;
  readonly accountBytes: number;
  readonly transactions: number;
  readonly windowSlots: number;
  readonly journalPending: number;
}

export class ChainStore implements SlotStore {
  readonly timeline: SlotTimeline;
  readonly accounts: VersionedAccounts;
  readonly transactions: TransactionStore;
  readonly #options: ChainStoreOptions;
  readonly #journal: Journal | null;
  #committed = 0;
  /** `seen` is null for a first snapshot: nothing can be missing from it. */
  #snapshot: { readonly slot: Slot; readonly seen: EntryMarks | null } | null = null;

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
   * A damaged folder is moved aside, and the store begins anew.
   * @throws StreamSyncError STORE_IN_USE, FOLDER_NOT_WRITABLE, DISK_FULL, STORE_FAILED
   */
  static open(options: ChainStoreOptions): ChainStore {
    const { folder } = options;
    if (folder === null) return new ChainStore(options, null);
    return openGuarded({
      folder,
      open: () => {
        const journal = Journal.open({
          folder,
          ...(options.genesisHash === undefined ? {} : { genesisHash: options.genesisHash }),
          ...(options.mapSizeBytes === undefined ? {} : { mapSizeBytes: options.mapSizeBytes }),
        });
        const store = new ChainStore(options, journal);
        try {
          store.#load(journal);
        } catch (error) {
          options.onRollback?.(null);
          journal.abandon();
          throw explainOpenError(error, folder);
        }
        return store;
      },
      onSetAside: options.onSetAside ?? (() => {}),
    });
  }

  get cursor(): Slot | null {
    return this.timeline.tip?.slot ?? null;
  }

  recentPins(count: number): Pin[] {
    return this.timeline.pins(count);
  }

  owners(): Address[] {
    return this.accounts.owners();
  }

  holdsHistory(slot: Slot): boolean {
    return this.transactions.holdsSlot(slot);
  }

  async applySlot(update: SlotUpdate): Promise<void> {
    invariant(this.#snapshot === null, 'no slot is applied within a snapshot');
    const place = placeInChain(this.timeline, update);
    switch (place.kind) {
      case 'held':
        return;
      case 'unknownFork':
        throw new StreamSyncError('FORK_TOO_DEEP', { slot: update.slot });
      case 'fork':
        if (!(await this.rollback(place.slot))) {
          throw new StreamSyncError('FORK_TOO_DEEP', { slot: update.slot });
        }
        break;
      case 'next':
        break;
    }
    const writes = this.#options.keeps.accounts
      ? this.#write(update.slot, encodedWrites(update.accounts))
      : [];
    await this.#commit({ update, writes });
  }

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
        isUndoable: this.#isUndoable(history.slot),
      })
      .then(
        () => this.transactions.committed(transactions),
        () => {},
      );
    await this.#journal.room();
  }

  /** A snapshot of another slot than the one that was begun replaces it. */
  async addSnapshot(slot: Slot, accounts: SlotUpdate['accounts']): Promise<void> {
    if (this.cursor !== null && slot <= this.cursor) return;
    if (this.#snapshot?.slot !== slot) {
      await this.#giveUpSnapshot();
      this.#snapshot = { slot, seen: this.accounts.size === 0 ? null : new EntryMarks() };
    }
    if (!this.#options.keeps.accounts) return;
    const { seen } = this.#snapshot;
    for (const write of encodedWrites(accounts)) {
      this.#write(slot, [write]);
      const entry = seen === null ? -1 : this.accounts.entryOf(write.address);
      if (entry !== -1) seen?.mark(entry);
    }
  }

  async endSnapshot(update: SlotUpdate): Promise<void> {
    if (this.cursor !== null && update.slot <= this.cursor) return;
    if (this.#snapshot === null) await this.addSnapshot(update.slot, []);
    invariant(this.#snapshot?.slot === update.slot, 'the snapshot that was begun is ended');
    const { seen } = this.#snapshot;
    const gone: EncodedWrite[] = [];
    if (seen !== null && this.#options.keeps.accounts) {
      for (const { entry, address } of this.accounts.newest()) {
        if (!seen.has(entry)) gone.push({ address: Uint8Array.from(address), item: null });
      }
    }
    this.#write(update.slot, gone);
    await this.#stageSnapshot(update.slot);
    this.#snapshot = null;
    await this.#commit({ update, writes: [] });
    if (this.accounts.size >= RELEASE_ACCOUNTS_MIN) releaseHeap();
  }

  async rollback(slot: Slot): Promise<boolean> {
    const { tip, first } = this.timeline;
    if (tip === null || first === null) {
      await this.#giveUpSnapshot();
      return true;
    }
    if (slot < first.slot) return false;
    if (slot < tip.slot || this.#snapshot !== null) await this.#undo(slot);
    return true;
  }

  async forgetAccounts(): Promise<void> {
    await this.#journal?.flush();
    // History that is older than the window is settled; newer history may be of the fork that was left.
    const before = this.timeline.first;
    const settled = before === null ? null : ((before.slot > 0n ? before.slot - 1n : 0n) as Slot);
    const coverage = settled === null ? null : this.transactions.rollback(settled).list();
    this.#journal?.forget({ settledSlot: settled, coverage });
    this.#snapshot = null;
    this.timeline.clear();
    this.accounts.clear();
    this.#options.onRollback?.(null);
  }

  async flush(): Promise<void> {
    await this.#journal?.flush();
  }

  async close(): Promise<void> {
    await this.#journal?.close();
    const { folder } = this.#options;
    if (folder === null) return;
    proved(folder);
    unlockFolder(folder);
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

  /** Brings a snapshot's versions to disk above the cursor, where a restart ignores them. */
  async #stageSnapshot(slot: Slot): Promise<void> {
    if (this.#journal === null) return;
    for (const part of this.accounts.sortedParts(slot, STAGED_VERSIONS)) {
      const writes = part.map(({ address, item, isFirst }) => ({
        address,
        item,
        supersedes: !isFirst,
        isWithdrawn: false,
      }));
      this.#journal
        .append({
          applied: null,
          slot,
          writes,
          transactions: [],
          coverage: null,
          firstSlot: null,
          isUndoable: true,
        })
        .catch(() => {});
      await this.#journal.room();
    }
  }

  /** Takes back what a snapshot that was not ended has written. */
  async #giveUpSnapshot(): Promise<void> {
    if (this.#snapshot === null) return;
    const tip = this.cursor;
    if (tip === null) await this.forgetAccounts();
    else await this.#undo(tip);
  }

  /**
   * Undoes what lies above the newest applied slot up to `slot`. Whether `slot` itself is skipped on
   * the chain that stands is not known here, so nothing between the two is kept.
   */
  async #undo(slot: Slot): Promise<void> {
    // Nothing may be queued: the journal's undoing is one transaction, made from what is committed.
    await this.#journal?.flush();
    const stands = this.timeline.newestUpTo(slot)?.slot;
    invariant(stands !== undefined, 'a slot stands below what is undone');
    this.#snapshot = null;
    this.timeline.rollback(stands);
    const versions = this.accounts.rollback(stands);
    const coverage = this.transactions.rollback(stands).list();
    this.#options.onRollback?.(stands);
    this.#journal?.rollback({ slot: stands, versions, coverage });
  }

  #write(slot: Slot, writes: Iterable<EncodedWrite>): JournalWrite[] {
    const stored: JournalWrite[] = [];
    for (const { address, item } of writes) {
      const before = this.accounts.newestItem(address);
      const beforeCopy = this.#options.onChange === undefined ? null : before;
      const outcome = this.accounts.write(slot, address, item);
      if (outcome === 'unchanged') continue;
      stored.push({
        address,
        item,
        supersedes: outcome === 'newer',
        isWithdrawn: outcome === 'withdrawn',
      });
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
    readonly update: SlotUpdate;
    readonly writes: readonly JournalWrite[];
  }): Promise<void> {
    const { update, writes } = commit;
    const applied = appliedOf(update);
    const transactions = this.#encode(update.transactions);
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
        isUndoable: true,
      })
      .then(
        () => {
          this.transactions.committed(transactions);
          this.#committed += 1;
          if (this.#committed === COMMITS_PROVED) proved(this.#options.folder ?? '');
        },
        () => {},
      );
    await this.#journal.room();
  }

  #advance(applied: AppliedSlot): void {
    const first = this.timeline.append(applied).slot;
    this.accounts.advance(applied.slot, first);
    this.#options.onAdvance?.(applied.slot, first);
  }

  /** Whether a rollback can reach the slot. */
  #isUndoable(slot: Slot): boolean {
    const first = this.timeline.first;
    return first === null || slot >= first.slot;
  }

  #load(journal: Journal): void {
    const slots = [...journal.slots()];
    const [first] = slots.slice(-this.timeline.windowSlots);
    if (first !== undefined) this.accounts.begin(first.slot);
    if (this.#options.keeps.accounts) {
      for (const { address, slot, item } of journal.versions()) {
        this.#write(slotOfNumber(slot), [{ address, item }]);
      }
    }
    for (const applied of slots) this.#advance(applied);
    if (this.accounts.size >= RELEASE_ACCOUNTS_MIN) releaseHeap();
  }
}

/** One at a time, so that a snapshot's items do not pile up. */
function* encodedWrites(accounts: SlotUpdate['accounts']): Generator<EncodedWrite> {
  for (const { address, state } of accounts) {
    const item = state === null ? null : encodeAccountItem(state);
    yield { address: addressBytes(address), item };
  }
}

function appliedOf(update: SlotUpdate): AppliedSlot {
  const { slot, blockhash, parentSlot, blockTimeSeconds, provenance } = update;
  return { slot, blockhash, parentSlot, blockTimeSeconds, provenance };
}
