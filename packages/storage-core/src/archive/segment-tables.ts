// The Parquet tables of a segment, and the rows that a block gives them. Rows name addresses by their
// number in a dictionary, which DuckDB joins as it writes: an address stands in many rows, and its
// bytes would have to be handed over for each. Tables that are looked up begin with the address's first
// eight bytes as a number: row groups of sorted numbers are passed over by their bounds alone.
import {
  type Address,
  addressBytes,
  type BlockRecord,
  type CompiledInstruction,
  type TransactionRecord,
} from '@streamsync/domain';
import { lamportChangesOf, mentionsOf, tokenChangesOf } from './derive-rows.ts';
import type { DuckDBModule } from './duckdb.ts';
import type { SegmentTable } from './segment.ts';

type ColumnType = 'BIGINT' | 'UBIGINT' | 'UINTEGER' | 'BOOLEAN' | 'BLOB' | 'VARCHAR';
type Column = readonly [name: string, type: ColumnType];

export interface TableDefinition {
  /** Of the table in memory. */
  readonly columns: readonly Column[];
  /** What the table in memory becomes in Parquet. */
  readonly select: string;
  readonly order: string;
}

export const DICTIONARY = 'addresses';
const POSITION = [
  ['slot', 'BIGINT'],
  ['block_index', 'UINTEGER'],
] as const;
const KEYED = 'a.prefix AS address_prefix, a.bytes AS address, slot, block_index';
const JOIN_ADDRESS = `JOIN ${DICTIONARY} a ON a.id = address_id`;

export const TABLE_DEFINITIONS: Readonly<
  Record<SegmentTable | typeof DICTIONARY, TableDefinition>
> = {
  addresses: {
    columns: [
      ['id', 'UINTEGER'],
      ['prefix', 'UBIGINT'],
      ['bytes', 'BLOB'],
    ],
    select: `SELECT * FROM ${DICTIONARY}`,
    order: 'id',
  },
  blocks: {
    columns: [
      ['slot', 'BIGINT'],
      ['parent_slot', 'BIGINT'],
      ['blockhash', 'BLOB'],
      ['previous_blockhash', 'BLOB'],
      ['block_time', 'BIGINT'],
      ['block_height', 'UBIGINT'],
      ['transaction_count', 'UINTEGER'],
    ],
    select: 'SELECT * FROM blocks',
    order: 'slot',
  },
  transactions: {
    columns: [
      ...POSITION,
      ['signature', 'BLOB'],
      ['fee_payer_id', 'UINTEGER'],
      ['fee_lamports', 'UBIGINT'],
      ['succeeded', 'BOOLEAN'],
      ['error', 'VARCHAR'],
      ['compute_units', 'UBIGINT'],
      ['is_legacy', 'BOOLEAN'],
    ],
    select:
      'SELECT slot, block_index, signature, p.bytes AS fee_payer, fee_lamports, succeeded, error, ' +
      `compute_units, is_legacy FROM transactions LEFT JOIN ${DICTIONARY} p ON p.id = fee_payer_id`,
    order: 'slot, block_index',
  },
  instructions: {
    columns: [
      ['program_id', 'UINTEGER'],
      ...POSITION,
      ['outer_index', 'UINTEGER'],
      ['inner_index', 'UINTEGER'],
      ['stack_height', 'UINTEGER'],
      ['accounts', 'BLOB'],
      ['data', 'BLOB'],
    ],
    select:
      'SELECT p.prefix AS program_prefix, p.bytes AS program, slot, block_index, outer_index, ' +
      `inner_index, stack_height, accounts, data FROM instructions JOIN ${DICTIONARY} p ON p.id = program_id`,
    order: 'program_prefix, program, slot, block_index, outer_index, inner_index NULLS FIRST',
  },
  mentions: {
    columns: [['address_id', 'UINTEGER'], ...POSITION],
    select: `SELECT ${KEYED} FROM mentions ${JOIN_ADDRESS}`,
    order: 'address_prefix, address, slot, block_index',
  },
  lamports: {
    columns: [
      ['address_id', 'UINTEGER'],
      ...POSITION,
      ['pre_lamports', 'UBIGINT'],
      ['post_lamports', 'UBIGINT'],
    ],
    select: `SELECT ${KEYED}, pre_lamports, post_lamports FROM lamports ${JOIN_ADDRESS}`,
    order: 'address_prefix, address, slot, block_index',
  },
  tokens: {
    columns: [
      ['address_id', 'UINTEGER'],
      ...POSITION,
      ['mint_id', 'UINTEGER'],
      ['account_id', 'UINTEGER'],
      ['owner_id', 'UINTEGER'],
      ['decimals', 'UINTEGER'],
      ['pre_amount', 'UBIGINT'],
      ['post_amount', 'UBIGINT'],
    ],
    select:
      `SELECT ${KEYED}, m.bytes AS mint, t.bytes AS account, o.bytes AS owner, decimals, ` +
      `pre_amount, post_amount FROM tokens ${JOIN_ADDRESS} JOIN ${DICTIONARY} m ON m.id = mint_id ` +
      `JOIN ${DICTIONARY} t ON t.id = account_id LEFT JOIN ${DICTIONARY} o ON o.id = owner_id`,
    order: 'address_prefix, address, mint, slot, block_index, account',
  },
  versions: {
    columns: [
      ['address_prefix', 'UBIGINT'],
      ['address', 'BLOB'],
      ['slot', 'BIGINT'],
      ['item', 'BLOB'],
    ],
    select: 'SELECT * FROM versions',
    order: 'address_prefix, address, slot',
  },
};

export type MemoryTable = keyof typeof TABLE_DEFINITIONS;
export const MEMORY_TABLES = Object.keys(TABLE_DEFINITIONS) as MemoryTable[];

export type Cell = bigint | number | boolean | string | Uint8Array | null;
/** One array for each column. */
export type Columns = Cell[][];
export type RowBatch = Record<MemoryTable, Columns>;

export function emptyColumns(table: MemoryTable): Columns {
  return TABLE_DEFINITIONS[table].columns.map(() => []);
}

export function columnTypes(module: DuckDBModule, table: MemoryTable) {
  const { BIGINT, UBIGINT, UINTEGER, BOOLEAN, BLOB, VARCHAR } = module;
  const types = { BIGINT, UBIGINT, UINTEGER, BOOLEAN, BLOB, VARCHAR };
  return TABLE_DEFINITIONS[table].columns.map(([, type]) => types[type]);
}

/** The first eight bytes of an address as a number, in the order of the bytes. */
export function prefixOf(address: Uint8Array): bigint {
  return Buffer.from(address.buffer, address.byteOffset, 8).readBigUInt64BE(0);
}

/** Collects the rows of blocks, and numbers their addresses. */
export class BlockRows {
  readonly batch: RowBatch;
  readonly #numbers = new Map<Address, number>();
  readonly #bytes: Uint8Array[] = [];

  constructor() {
    this.batch = Object.fromEntries(
      MEMORY_TABLES.map((table) => [table, emptyColumns(table)]),
    ) as RowBatch;
  }

  /** Adds a block; `signatures` are its transactions', in their order. */
  add(
    block: BlockRecord,
    records: readonly TransactionRecord[],
    signatures: readonly Uint8Array[],
  ): void {
    push(this.batch.blocks, [
      block.slot,
      block.parentSlot,
      addressBytes(block.blockhash),
      block.previousBlockhash === null ? null : addressBytes(block.previousBlockhash),
      block.blockTimeSeconds,
      block.blockHeight,
      records.length,
    ]);
    for (let index = 0; index < records.length; index += 1) {
      const record = records[index] as TransactionRecord;
      this.#addTransaction(block.slot, index, record, signatures[index] as Uint8Array);
    }
  }

  #addTransaction(
    slot: bigint,
    index: number,
    record: TransactionRecord,
    signature: Uint8Array,
  ): void {
    const { transactions, mentions, lamports, tokens } = this.batch;
    const payer = record.accountKeys[0];
    push(transactions, [
      slot,
      index,
      signature,
      payer === undefined ? null : this.#number(payer),
      record.feeLamports,
      record.succeeded,
      record.error,
      record.computeUnitsConsumed,
      record.version === 'legacy',
    ]);
    for (const address of mentionsOf(record)) push(mentions, [this.#number(address), slot, index]);
    for (const { address, pre, post } of lamportChangesOf(record)) {
      push(lamports, [this.#number(address), slot, index, pre, post]);
    }
    for (const { keys, mint, account, owner, decimals, pre, post } of tokenChangesOf(record)) {
      for (const key of keys) {
        push(tokens, [
          this.#number(key),
          slot,
          index,
          this.#number(mint),
          this.#number(account),
          owner === null ? null : this.#number(owner),
          decimals,
          pre,
          post,
        ]);
      }
    }
    record.instructions?.forEach((instruction, outer) => {
      this.#addInstruction(slot, index, record, instruction, outer, null);
    });
    for (const group of record.innerInstructions ?? []) {
      group.instructions.forEach((instruction, inner) => {
        this.#addInstruction(slot, index, record, instruction, group.index, inner);
      });
    }
  }

  #addInstruction(
    slot: bigint,
    index: number,
    record: TransactionRecord,
    instruction: CompiledInstruction,
    outer: number,
    inner: number | null,
  ): void {
    const { accountKeys } = record;
    const { programIdIndex, accountIndices, stackHeight, data } = instruction;
    const program = accountKeys[programIdIndex];
    if (program === undefined) return;
    const accounts = Buffer.allocUnsafe(accountIndices.length * ADDRESS_BYTES);
    accountIndices.forEach((at, place) => {
      const key = accountKeys[at];
      // An index beyond the keys is not executed; its place stays recognisable.
      if (key === undefined) accounts.fill(0, place * ADDRESS_BYTES, (place + 1) * ADDRESS_BYTES);
      else accounts.set(this.#bytes[this.#number(key)] as Uint8Array, place * ADDRESS_BYTES);
    });
    push(this.batch.instructions, [
      this.#number(program),
      slot,
      index,
      outer,
      inner,
      stackHeight,
      accounts,
      data,
    ]);
  }

  #number(address: Address): number {
    const held = this.#numbers.get(address);
    if (held !== undefined) return held;
    const number = this.#bytes.length;
    const bytes = addressBytes(address);
    this.#numbers.set(address, number);
    this.#bytes.push(bytes);
    push(this.batch.addresses, [number, prefixOf(bytes), bytes]);
    return number;
  }
}

const ADDRESS_BYTES = 32;

function push(columns: Columns, row: readonly Cell[]): void {
  for (let at = 0; at < row.length; at += 1) (columns[at] as Cell[]).push(row[at] as Cell);
}
