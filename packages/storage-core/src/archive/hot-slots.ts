// The blocks that are in no Parquet segment yet, in memory and looked up by address: what makes
// answers current at the pin. What they hold is derived from the journal, so that a restart rebuilds
// it. Each block has its own tables, so that a rollback or a seal drops it whole.
import { type Address, addressBytes, type TransactionRecord } from '@streamsync/domain';
import { lamportChangesOf, mentionsOf, type TokenChange, tokenChangesOf } from './derive-rows.ts';
import {
  isWithin,
  type LamportEntry,
  type Position,
  type Stretch,
  type TokenEntry,
} from './history-types.ts';

export interface HotBlock {
  readonly slot: number;
  readonly parentSlot: number | null;
  readonly transactionCount: number;
  /** By their place in the block. */
  readonly signatures: readonly Uint8Array[];
  /** Null where they were let go of to bound the memory; the journal has them. */
  records: readonly TransactionRecord[] | null;
}

interface HotTables extends HotBlock {
  readonly mentions: Map<Address, number[]>;
  readonly lamports: Map<Address, LamportEntry[]>;
  readonly tokens: Map<Address, (TokenEntry & { readonly mint: Address })[]>;
}

export interface HotSlotsOptions {
  /** Parsed transactions that are kept for the next segment; more are read from the journal again. */
  readonly recordsMax: number;
}

export class HotSlots {
  readonly #options: HotSlotsOptions;
  readonly #blocks = new Map<number, HotTables>();
  /** Slots, ascending. */
  #order: number[] = [];
  #transactions = 0;
  #records = 0;

  constructor(options: HotSlotsOptions) {
    this.#options = options;
  }

  get transactions(): number {
    return this.#transactions;
  }

  has(slot: number): boolean {
    return this.#blocks.has(slot);
  }

  block(slot: number): HotBlock | null {
    return this.#blocks.get(slot) ?? null;
  }

  /** Ascending by slot. */
  *blocks(): Generator<HotBlock> {
    for (const slot of this.#order) yield this.#at(slot);
  }

  /** Takes a block; one that is held is replaced. */
  add(
    slot: number,
    parentSlot: number | null,
    records: readonly TransactionRecord[],
    signatures: readonly Uint8Array[],
  ): void {
    this.remove(slot);
    const keeps = this.#records + records.length <= this.#options.recordsMax;
    const tables: HotTables = {
      slot,
      parentSlot,
      transactionCount: records.length,
      signatures,
      records: keeps ? records : null,
      mentions: new Map(),
      lamports: new Map(),
      tokens: new Map(),
    };
    for (let index = 0; index < records.length; index += 1) {
      this.#addTransaction(tables, index, records[index] as TransactionRecord);
    }
    this.#blocks.set(slot, tables);
    const at = this.#lowerBound(slot);
    this.#order.splice(at, 0, slot);
    this.#transactions += records.length;
    if (keeps) this.#records += records.length;
  }

  remove(slot: number): void {
    const held = this.#blocks.get(slot);
    if (held === undefined) return;
    this.#blocks.delete(slot);
    this.#order.splice(this.#lowerBound(slot), 1);
    this.#transactions -= held.transactionCount;
    if (held.records !== null) this.#records -= held.transactionCount;
  }

  /** Positions of the transactions that mention the address, in the stretch's order. */
  mentions(address: Address, stretch: Stretch): Position[] {
    return this.#collect(stretch, ({ slot, mentions }) =>
      mentions.get(address)?.map((index) => ({ slot, index })),
    );
  }

  mentionCount(address: Address, slotFirst: number, slotLast: number): number {
    let count = 0;
    for (const slot of this.#order) {
      if (slot < slotFirst || slot > slotLast) continue;
      count += this.#at(slot).mentions.get(address)?.length ?? 0;
    }
    return count;
  }

  lamports(address: Address, stretch: Stretch): LamportEntry[] {
    return this.#collect(stretch, ({ lamports }) => lamports.get(address));
  }

  /** Entries of one transaction stand together, by the bytes of their token accounts. */
  tokens(address: Address, mint: Address, stretch: Stretch): TokenEntry[] {
    return this.#collect(stretch, ({ tokens }) =>
      tokens.get(address)?.filter((entry) => entry.mint === mint),
    );
  }

  /** Walks the slots in order until there are `limit` entries; a transaction's entries stay whole. */
  #collect<Entry extends Position>(
    stretch: Stretch,
    entriesOf: (tables: HotTables) => readonly Entry[] | undefined,
  ): Entry[] {
    const found: Entry[] = [];
    const { ascending, limit } = stretch;
    const first = this.#lowerBound(stretch.slotFirst);
    const end = this.#lowerBound(stretch.slotLast + 1);
    for (let step = 0; step < end - first && found.length < limit; step += 1) {
      const slot = this.#order[ascending ? first + step : end - 1 - step] as number;
      const entries = entriesOf(this.#at(slot));
      if (entries === undefined) continue;
      const within = entries.filter((entry) => isWithin(entry, stretch));
      found.push(...(ascending ? within : newestFirst(within)));
    }
    return found;
  }

  #addTransaction(tables: HotTables, index: number, record: TransactionRecord): void {
    const { slot } = tables;
    for (const address of mentionsOf(record)) append(tables.mentions, address, index);
    for (const { address, pre, post } of lamportChangesOf(record)) {
      append(tables.lamports, address, { slot, index, pre, post });
    }
    for (const change of byAccount(tokenChangesOf(record))) {
      const { account, mint, pre, post, keys } = change;
      for (const key of keys) append(tables.tokens, key, { slot, index, account, mint, pre, post });
    }
  }

  #at(slot: number): HotTables {
    return this.#blocks.get(slot) as HotTables;
  }

  /** The place of the first slot that is not below `slot`. */
  #lowerBound(slot: number): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#order[middle] as number) < slot) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function byAccount(changes: readonly TokenChange[]) {
  return changes
    .map((change) => ({ ...change, account: addressBytes(change.account) }))
    .sort((left, right) => Buffer.compare(left.account, right.account));
}

function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** Reverses the transactions, and leaves the entries of each one in their order. */
function newestFirst<Entry extends Position>(entries: readonly Entry[]): Entry[] {
  const reversed: Entry[] = [];
  for (let end = entries.length; end > 0; ) {
    let start = end - 1;
    const { index } = entries[start] as Entry;
    while (start > 0 && entries[start - 1]?.index === index) start -= 1;
    reversed.push(...entries.slice(start, end));
    end = start;
  }
  return reversed;
}
