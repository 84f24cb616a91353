// An archive in a folder of its own, with its lists read whole, page by page.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Address, addressBytes, type BalanceEntry, type Slot } from '@streamsync/domain';
import type { Log } from '@streamsync/runtime';
import { decodeTransactionItem, type Page } from '@streamsync/wire';
import { ArchiveStore, type HistoryQuery, type ReadOutcome } from '../../src/index.ts';
import { GENESIS } from './history-model.ts';

export interface Span {
  readonly slotFirst: Slot;
  readonly slotLast: Slot;
}

export interface ListOptions extends Span {
  readonly ascending: boolean;
  readonly limit: number;
}

export class ArchiveUnderTest {
  readonly folder: string;
  readonly logged: string[] = [];
  readonly #absentIsKnown: boolean;
  store: ArchiveStore;

  constructor(options: { readonly absentIsKnown?: boolean; readonly folder?: string } = {}) {
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), 'streamsync-archive-'));
    this.#absentIsKnown = options.absentIsKnown ?? true;
    this.store = this.#open();
  }

  async reopen(): Promise<void> {
    await this.store.close();
    this.store = this.#open();
    await this.store.ready();
  }

  async end(): Promise<void> {
    await this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Canonical items in hex. */
  async transactions(address: Address, options: ListOptions): Promise<string[]> {
    const items = await pages(
      queryOf(address, options),
      (query) => this.store.history.transactionsOf(query),
      (item) => {
        const record = decodeTransactionItem(item);
        return { slot: record?.slot as Slot, index: record?.blockIndex as number };
      },
    );
    return items.map(hexOf);
  }

  /** Signatures of the first pages, up to `count`. */
  async mentionsUpTo(address: Address, options: ListOptions, count: number): Promise<string[]> {
    const signatures: string[] = [];
    let query = queryOf(address, options);
    while (signatures.length < count) {
      const page = await this.store.history.transactionsOf(query);
      if (page === 'notCovered') throw new Error('not covered');
      const records = page.entries.map(decodeTransactionItem);
      for (const record of records) if (record !== null) signatures.push(record.signature);
      const last = records.at(-1);
      if (!page.more || !last) break;
      query = { ...query, after: { slot: last.slot, index: last.blockIndex ?? 0 } };
    }
    return signatures.slice(0, count);
  }

  lamports(address: Address, options: ListOptions): Promise<BalanceEntry[]> {
    return pages(
      queryOf(address, options),
      (query) => this.store.history.lamportHistory(query),
      positionOf,
    );
  }

  tokens(address: Address, mint: Address, options: ListOptions): Promise<BalanceEntry[]> {
    return pages(
      queryOf(address, options),
      (query) => this.store.history.tokenHistory(query, addressBytes(mint)),
      positionOf,
    );
  }

  #open(): ArchiveStore {
    const note = (fields: object, message: string) => {
      this.logged.push(`${message} ${JSON.stringify(fields)}`);
    };
    const log: Log = { debug: () => {}, info: () => {}, warn: note, error: note, child: () => log };
    return ArchiveStore.open({
      folder: this.folder,
      genesisHash: GENESIS,
      keepsAccountWrites: true,
      absentIsKnown: () => this.#absentIsKnown,
      log,
    });
  }
}

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const positionOf = ({ slot, blockIndex }: BalanceEntry) => ({ slot, index: blockIndex });

export function queryOf(address: Address, options: ListOptions): HistoryQuery {
  const { slotFirst, slotLast, ascending, limit } = options;
  return { address: addressBytes(address), slotFirst, slotLast, ascending, limit, after: null };
}

/** A whole list, by the pages of its limit. Throws where one is not covered. */
export async function pages<Entry>(
  query: HistoryQuery,
  read: (query: HistoryQuery) => Promise<ReadOutcome<Page<Entry>>>,
  placeOf: (entry: Entry) => NonNullable<HistoryQuery['after']>,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  let after: HistoryQuery['after'] = null;
  for (;;) {
    const page: ReadOutcome<Page<Entry>> = await read({ ...query, after });
    if (page === 'notCovered') throw new Error('not covered');
    if (page.more && page.entries.length === 0) throw new Error('an empty page that goes on');
    entries.push(...page.entries);
    const last = page.entries.at(-1);
    if (!page.more || last === undefined) return entries;
    after = placeOf(last);
  }
}

/** A list newest first: entries of one transaction keep their order. */
export function newestFirst<
  Entry extends { readonly slot: bigint; readonly blockIndex: number | null },
>(entries: readonly Entry[]): Entry[] {
  return [...entries].sort((left, right) =>
    left.slot === right.slot
      ? (right.blockIndex ?? 0) - (left.blockIndex ?? 0)
      : left.slot < right.slot
        ? 1
        : -1,
  );
}
