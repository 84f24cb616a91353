// The LMDB journal below the memory stores. Every applied slot is one transaction: account versions,
// the slot's entry, transactions and the cursor, so that a process killed at any point restarts as of
// some applied slot and its source goes on from there. A snapshot too large for one transaction is
// staged above the cursor, where a restart ignores and removes it. It passes 400 lines because every
// table is written, compacted, undone and verified here and nowhere else.
import {
  type Blockhash,
  invariant,
  SIGNATURE_BYTES,
  type Slot,
  StreamSyncError,
} from '@streamsync/domain';
import { ensureWritableFolder } from '@streamsync/runtime';
import { ABORT, type Database, open, type RootDatabase } from 'lmdb';
import { slotNumber, slotOfNumber } from './bytes.ts';
import {
  ADDRESS_KEY_BYTES,
  CLOSED_ITEM,
  decodeAppliedSlot,
  decodeCoverage,
  encodeAppliedSlot,
  encodeCoverage,
  isClosed,
  slotKey,
  slotOfKey,
  transactionValue,
  versionKey,
  versionSlot,
} from './journal-format.ts';
import { SealedTable } from './sealed-table.ts';
import type { SlotRange } from './slot-ranges.ts';
import type { AppliedSlot } from './slot-timeline.ts';
import { commitErrorOf, explainOpenError, explainStoreError } from './store-errors.ts';

/** Addresses of one row of `superseded`: rows are the unit of compaction. */
const ROW_ADDRESSES = 1_024;
/** Signatures of one row of `signatures`. */
const ROW_SIGNATURES = 512;
/** Rows compacted with each slot beyond those that it adds: old ones drain, and no slot stalls. */
const COMPACT_ROWS_EXTRA = 4;
/** Transactions of LMDB that are queued and not yet committed, at most; then appends wait. */
export const PENDING_APPENDS_MAX = 64;
/**
 * Versions and transactions that are queued, at most, beyond one append: LMDB may join what is queued into
 * one transaction, and keeps the memory of its largest for good, a page of 4 KiB for each of them.
 */
const PENDING_PUTS_MAX = 4_096;

/** Raised whenever the bytes of an item or of a table change. 3: records with checksums. */
const FORMAT = 3;
/** Of a trial: more pages than a slot takes. */
const TRIAL_ROWS = 256;
const TRIAL_BYTES = 16_384;

const META_FORMAT = Buffer.from('format');
const META_GENESIS = Buffer.from('genesis');
const META_CURSOR = Buffer.from('cursor');
const META_COVERAGE = Buffer.from('coverage');

export interface JournalWrite {
  readonly address: Uint8Array;
  readonly item: Uint8Array | null;
  /** Whether an older version of the address is stored, which compaction removes in time. */
  readonly supersedes: boolean;
  /** Whether the slot closed what it had opened itself, so that no version of it is left. */
  readonly isWithdrawn: boolean;
}

export interface JournalTransaction {
  readonly signature: Uint8Array;
  readonly slot: number;
  readonly item: Uint8Array;
}

export interface JournalAppend {
  /** The slot that this append makes applied; null for history and for staged chunks. */
  readonly applied: AppliedSlot | null;
  /** The slot of the writes. */
  readonly slot: Slot;
  readonly writes: readonly JournalWrite[];
  readonly transactions: readonly JournalTransaction[];
  /** The history's coverage after this append; null leaves it as it is. */
  readonly coverage: readonly SlotRange[] | null;
  /** The oldest slot of the window after this append; null compacts nothing. */
  readonly firstSlot: Slot | null;
  /** Whether a rollback may reach the slot, so that it has to be able to find its transactions. */
  readonly isUndoable: boolean;
}

export interface JournalRollback {
  /** What lies above this slot is removed. */
  readonly slot: Slot;
  /** Every version above it. */
  readonly versions: readonly { readonly address: Uint8Array; readonly slot: number }[];
  readonly coverage: readonly SlotRange[];
}

interface Removal {
  readonly table: SealedTable;
  readonly key: Buffer;
}

export interface JournalOptions {
  readonly folder: string;
  /** A journal that was begun for another chain is refused. */
  readonly genesisHash?: Blockhash;
  /** The map's size; LMDB grows it by itself unless it is given. */
  readonly mapSizeBytes?: number;
}

export class Journal {
  readonly #folder: string;
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #versions: SealedTable;
  readonly #superseded: SealedTable;
  readonly #slots: SealedTable;
  readonly #transactions: SealedTable;
  /** Signatures by slot, of the slots that can be undone. */
  readonly #signatures: SealedTable;
  readonly #meta: SealedTable;
  /** The format, in a table and a form that every version of this program can read. */
  readonly #format: Database<Buffer, Buffer>;
  readonly #pending = new Set<Promise<void>>();
  #pendingPuts = 0;
  #rowNumber = 0;
  #failure: StreamSyncError | null = null;
  #closed = false;

  private constructor(folder: string, root: RootDatabase<Buffer, Buffer>) {
    const table = (name: string) => new SealedTable(root, name);
    this.#folder = folder;
    this.#root = root;
    this.#versions = table('versions');
    this.#superseded = table('superseded');
    this.#slots = table('slots');
    this.#transactions = table('transactions');
    this.#signatures = table('signatures');
    this.#meta = table('state');
    this.#format = root.openDB({ name: 'meta', encoding: 'binary', keyEncoding: 'binary' });
  }

  /**
   * Opens or makes the journal, and removes what a killed snapshot left above the cursor.
   * @throws StreamSyncError FOLDER_NOT_WRITABLE, DISK_FULL, STORE_FAILED
   */
  static open(options: JournalOptions): Journal {
    ensureWritableFolder(options.folder);
    let root: RootDatabase<Buffer, Buffer> | null = null;
    try {
      root = open<Buffer, Buffer>({
        path: options.folder,
        noSubdir: false,
        encoding: 'binary',
        keyEncoding: 'binary',
        maxDbs: 8,
        ...(options.mapSizeBytes === undefined ? {} : { mapSize: options.mapSizeBytes }),
      });
      const journal = new Journal(options.folder, root);
      journal.#checkFormat();
      if (options.genesisHash !== undefined) journal.#checkGenesis(options.genesisHash);
      journal.#verify();
      journal.#removeStaged();
      return journal;
    } catch (error) {
      // Nothing was written, so nothing is waited for.
      void root?.close();
      throw explainOpenError(error, options.folder);
    }
  }

  /** The newest applied slot; the source resumes behind it. */
  get cursor(): Slot | null {
    const value = this.#meta.get(META_CURSOR);
    return value === undefined ? null : slotOfNumber(slotOfKey(value));
  }

  /** Why the journal no longer accepts anything; null while it does. */
  get failure(): StreamSyncError | null {
    return this.#failure;
  }

  get pendingAppends(): number {
    return this.#pending.size;
  }

  /** The applied slots, oldest first. */
  *slots(): Generator<AppliedSlot> {
    for (const { key, value } of this.#slots.range({})) {
      yield decodeAppliedSlot(slotOfKey(key), value);
    }
  }

  /** Account versions by address, then slot. */
  *versions(): Generator<{ address: Buffer; slot: number; item: Buffer | null }> {
    for (const { key, value } of this.#versions.verified()) {
      yield {
        address: key.subarray(0, ADDRESS_KEY_BYTES),
        slot: versionSlot(key),
        item: isClosed(value) ? null : value,
      };
    }
  }

  coverage(): SlotRange[] {
    const value = this.#meta.get(META_COVERAGE);
    return value === undefined ? [] : decodeCoverage(value);
  }

  /** A committed transaction: its slot and its item. */
  transaction(signature: Uint8Array): { slot: number; item: Buffer } | null {
    const value = this.#readTransaction(signature);
    return value === undefined ? null : { slot: slotOfKey(value), item: value.subarray(8) };
  }

  transactionCount(): number {
    return this.#transactions.size;
  }

  /**
   * Queues one LMDB transaction, behind those queued before. Resolves when it is committed.
   * @throws StreamSyncError DISK_FULL, STORE_FAILED; after the first failure always
   */
  append(append: JournalAppend): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    invariant(!this.#closed, 'a closed journal is not written');
    const puts = append.writes.length + append.transactions.length;
    this.#pendingPuts += puts;
    const removals = this.#planCompaction(append);
    const commit = this.#root
      .batch(() => {
        this.#put(append);
        for (const { table, key } of removals) table.remove(key);
      })
      .then(
        () => {},
        async (error: unknown) => {
          const cause = await commitErrorOf(error);
          this.#failure ??= explainStoreError(cause, this.#folder);
          throw this.#failure;
        },
      )
      .finally(() => {
        this.#pendingPuts -= puts;
        this.#pending.delete(commit);
      });
    this.#pending.add(commit);
    // The failure is kept; whoever appends or flushes next is told.
    commit.catch(() => {});
    return commit;
  }

  /**
   * Removes what lies above a slot, in one LMDB transaction that is on disk when this returns: kill -9
   * leaves all of it or none. Nothing may be queued.
   * @throws StreamSyncError DISK_FULL, STORE_FAILED
   */
  rollback({ slot, versions, coverage }: JournalRollback): void {
    const at = slotNumber(slot);
    this.#undo(() => {
      for (const version of versions) {
        this.#versions.removeSync(versionKey(version.address, version.slot));
      }
      this.#superseded.removeFrom(slotKey(at + 1));
      this.#slots.removeFrom(slotKey(at + 1));
      this.#removeTransactionsAbove(at);
      this.#meta.putSync(META_CURSOR, slotKey(at));
      this.#meta.putSync(META_COVERAGE, encodeCoverage(coverage));
    });
  }

  /**
   * Removes all accounts and applied slots, and the transactions above `settledSlot`, as `rollback`
   * does. Nothing may be queued.
   */
  forget(options: {
    readonly settledSlot: Slot | null;
    readonly coverage: readonly SlotRange[] | null;
  }): void {
    this.#undo(() => {
      for (const table of [this.#versions, this.#superseded, this.#slots]) table.clearSync();
      this.#meta.removeSync(META_CURSOR);
      if (options.settledSlot === null) return;
      this.#removeTransactionsAbove(slotNumber(options.settledSlot));
      if (options.coverage !== null) {
        this.#meta.putSync(META_COVERAGE, encodeCoverage(options.coverage));
      }
    });
  }

  /** Resolves when so few appends are queued that another one may be. */
  async room(): Promise<void> {
    while (this.#pending.size >= PENDING_APPENDS_MAX || this.#pendingPuts > PENDING_PUTS_MAX) {
      const [oldest] = this.#pending;
      await oldest;
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** Resolves when everything that was appended is committed. */
  async flush(): Promise<void> {
    await Promise.all(this.#pending);
    if (this.#failure !== null) throw this.#failure;
  }

  /** Commits what is queued and closes the files. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#pending);
    // After a failed commit lmdb's close waits for a flush that never comes; the files are whole as
    // of the last commit, and the process that owns them is about to end.
    if (this.#failure === null) await this.#root.close();
  }

  #undo(remove: () => void): void {
    if (this.#failure !== null) throw this.#failure;
    invariant(this.#pending.size === 0, 'nothing is queued while slots are undone');
    try {
      this.#root.transactionSync(remove);
    } catch (error) {
      this.#failure ??= explainStoreError(error, this.#folder);
      throw this.#failure;
    }
  }

  #removeTransactionsAbove(slot: number): void {
    const rows = [...this.#signatures.range({ start: slotKey(slot + 1) })];
    for (const { key, value } of rows) {
      for (let offset = 0; offset < value.length; offset += SIGNATURE_BYTES) {
        const signature = value.subarray(offset, offset + SIGNATURE_BYTES);
        const held = this.#transactions.get(signature);
        if (held !== undefined && slotOfKey(held) > slot) this.#transactions.removeSync(signature);
      }
      this.#signatures.removeSync(key);
    }
  }

  /** Begins a transaction that takes pages from the free ones, and gives it up. */
  tryWriting(): void {
    this.#root.transactionSync(() => {
      for (let row = 0; row < TRIAL_ROWS; row += 1) {
        this.#superseded.putSync(slotKey(0, row), Buffer.alloc(TRIAL_BYTES));
      }
      return ABORT;
    });
  }

  /** Closes files that were only read. */
  abandon(): void {
    this.#closed = true;
    void this.#root.close();
  }

  #put(append: JournalAppend): void {
    const slot = slotNumber(append.slot);
    let row: Uint8Array[] = [];
    const endRow = () => {
      if (row.length === 0) return;
      this.#superseded.put(slotKey(slot, this.#rowNumber++), Buffer.concat(row));
      row = [];
    };
    for (const write of append.writes) {
      if (write.isWithdrawn) {
        this.#versions.remove(versionKey(write.address, slot));
        continue;
      }
      this.#versions.put(versionKey(write.address, slot), write.item ?? CLOSED_ITEM);
      if (write.supersedes) row.push(write.address);
      if (row.length === ROW_ADDRESSES) endRow();
    }
    endRow();
    for (const transaction of append.transactions) {
      this.#transactions.put(
        transaction.signature,
        transactionValue(transaction.slot, transaction.item),
      );
    }
    if (append.isUndoable) this.#putSignatures(slot, append.transactions);
    if (append.coverage !== null) {
      this.#meta.put(META_COVERAGE, encodeCoverage(append.coverage));
    }
    if (append.applied !== null) {
      const at = slotNumber(append.applied.slot);
      this.#slots.put(slotKey(at), encodeAppliedSlot(append.applied));
      this.#meta.put(META_CURSOR, slotKey(at));
    }
  }

  /** A damage that is met while the journal runs ends it: the next start rebuilds the store. */
  #readTransaction(signature: Uint8Array): Buffer | undefined {
    try {
      return this.#transactions.get(signature);
    } catch (error) {
      this.#failure ??= explainStoreError(error, this.#folder);
      throw this.#failure;
    }
  }

  #putSignatures(slot: number, transactions: readonly JournalTransaction[]): void {
    for (let start = 0; start < transactions.length; start += ROW_SIGNATURES) {
      const part = transactions.slice(start, start + ROW_SIGNATURES);
      const signatures = Buffer.concat(part.map(({ signature }) => signature));
      this.#signatures.put(slotKey(slot, this.#rowNumber++), signatures);
    }
  }

  /**
   * What the window has left behind with an append: up to so many rows of superseded addresses as it
   * adds, and some. It is read before the append is queued: a damage that is met throws nothing in there.
   */
  #planCompaction({ firstSlot, writes }: JournalAppend): Removal[] {
    if (firstSlot === null) return [];
    const first = slotNumber(firstSlot);
    const rowsAdded = writes.reduce((count, { supersedes }) => count + (supersedes ? 1 : 0), 0);
    const limit = Math.ceil(rowsAdded / ROW_ADDRESSES) + COMPACT_ROWS_EXTRA;
    const end = slotKey(first);
    const removals: Removal[] = [];
    try {
      for (const table of [this.#slots, this.#signatures]) {
        for (const key of table.keys({ end })) removals.push({ table, key });
      }
      for (const { key, value } of this.#superseded.range({ end: slotKey(first + 1), limit })) {
        for (let offset = 0; offset < value.length; offset += ADDRESS_KEY_BYTES) {
          const address = value.subarray(offset, offset + ADDRESS_KEY_BYTES);
          removals.push(...this.#staleVersions(address, first));
        }
        removals.push({ table: this.#superseded, key });
      }
    } catch (error) {
      this.#failure ??= explainStoreError(error, this.#folder);
    }
    return removals;
  }

  #staleVersions(address: Uint8Array, firstSlot: number): Removal[] {
    const versions = this.#versions.range({
      start: versionKey(address, firstSlot),
      end: versionKey(address, -1),
      reverse: true,
    });
    return [...versions]
      .filter(({ value }, index) => index > 0 || isClosed(value))
      .map(({ key }) => ({ table: this.#versions, key }));
  }

  #checkFormat(): void {
    const held = this.#format.get(META_FORMAT);
    if (held === undefined) {
      this.#format.putSync(META_FORMAT, Buffer.from([FORMAT]));
      return;
    }
    if (held[0] === FORMAT) return;
    throw new StreamSyncError(
      'STORE_DAMAGED',
      { folder: this.#folder, format: held[0] ?? -1 },
      { message: `${this.#folder} was written by another version of this program.` },
    );
  }

  #checkGenesis(genesisHash: Blockhash): void {
    const held = this.#meta.get(META_GENESIS)?.toString('latin1');
    if (held === undefined) this.#meta.putSync(META_GENESIS, Buffer.from(genesisHash, 'latin1'));
    else if (held !== genesisHash) {
      throw new StreamSyncError(
        'STORE_FAILED',
        { folder: this.#folder, genesisHash, held },
        {
          message: `${this.#folder} holds another chain (genesis ${held}): choose another folder, or remove it.`,
        },
      );
    }
  }

  /** Reads all but the versions, which `versions` verifies: what is served was whole when it was opened. */
  #verify(): void {
    const tables = [
      this.#meta,
      this.#slots,
      this.#superseded,
      this.#signatures,
      this.#transactions,
    ];
    for (const table of tables) table.verify();
  }

  #removeStaged(): void {
    const cursor = this.cursor === null ? -1 : slotNumber(this.cursor);
    this.#root.transactionSync(() => {
      for (const { key } of this.#versions.range({})) {
        if (versionSlot(key) > cursor) this.#versions.remove(key);
      }
      for (const key of this.#superseded.keys({ start: slotKey(cursor + 1) })) {
        this.#superseded.remove(key);
      }
    });
  }
}
