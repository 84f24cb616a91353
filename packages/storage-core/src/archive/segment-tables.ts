// The columns and the order of each Parquet table of a segment, and the rows that a block gives them.
// Tables that are looked up begin with the address's first eight bytes as a number: row groups of
// sorted numbers are passed over by their bounds alone, which bytes are not.
import {
  type Address,
  addressBytes,
  type BlockRecord,
  signatureBytes,
  type TransactionRecord,
} from '@streamsync/domain';
import { lamportChangesOf, mentionsOf, tokenChangesOf } from './derive-rows.ts';
import type { DuckDBModule } from './duckdb.ts';
import type { SegmentTable } from './segment.ts';

type ColumnType = 'BIGINT' | 'UBIGINT' | 'UINTEGER' | 'BOOLEAN' | 'BLOB' | 'VARCHAR';

export interface TableDefinition {
  readonly columns: readonly (readonly [name: string, type: ColumnType])[];
  readonly order: string;
}

const POSITION = [
  ['slot', 'BIGINT'],
  ['block_index', 'UINTEGER'],
] as const;
const KEY = [
  ['address_prefix', 'UBIGINT'],
  ['address', 'BLOB'],
] as const;

export const TABLE_DEFINITIONS: Readonly<Record<SegmentTable, TableDefinition>> = {
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
    order: 'slot',
  },
  transactions: {
    columns: [
      ...POSITION,
      ['signature', 'BLOB'],
      ['fee_payer', 'BLOB'],
      ['fee_lamports', 'UBIGINT'],
      ['succeeded', 'BOOLEAN'],
      ['error', 'VARCHAR'],
      ['compute_units', 'UBIGINT'],
      ['is_legacy', 'BOOLEAN'],
    ],
    order: 'slot, block_index',
  },
  instructions: {
    columns: [
      ['program_prefix', 'UBIGINT'],
      ['program', 'BLOB'],
      ...POSITION,
      ['outer_index', 'UINTEGER'],
      ['inner_index', 'UINTEGER'],
      ['stack_height', 'UINTEGER'],
      ['accounts', 'BLOB'],
      ['data', 'BLOB'],
    ],
    order: 'program_prefix, program, slot, block_index, outer_index, inner_index NULLS FIRST',
  },
  mentions: {
    columns: [...KEY, ...POSITION],
    order: 'address_prefix, address, slot, block_index',
  },
  lamports: {
    columns: [...KEY, ...POSITION, ['pre_lamports', 'UBIGINT'], ['post_lamports', 'UBIGINT']],
    order: 'address_prefix, address, slot, block_index',
  },
  tokens: {
    columns: [
      ...KEY,
      ['mint', 'BLOB'],
      ...POSITION,
      ['account', 'BLOB'],
      ['owner', 'BLOB'],
      ['decimals', 'UINTEGER'],
      ['pre_amount', 'UBIGINT'],
      ['post_amount', 'UBIGINT'],
    ],
    order: 'address_prefix, address, mint, slot, block_index, account',
  },
  versions: {
    columns: [...KEY, ['slot', 'BIGINT'], ['item', 'BLOB']],
    order: 'address_prefix, address, slot',
  },
};

export type Cell = bigint | number | boolean | string | Uint8Array | null;
/** One array for each column. */
export type Columns = Cell[][];

export type RowBatch = Record<SegmentTable, Columns>;

export function emptyColumns(table: SegmentTable): Columns {
  return TABLE_DEFINITIONS[table].columns.map(() => []);
}

export function columnTypes(module: DuckDBModule, table: SegmentTable) {
  const { BIGINT, UBIGINT, UINTEGER, BOOLEAN, BLOB, VARCHAR } = module;
  const types = { BIGINT, UBIGINT, UINTEGER, BOOLEAN, BLOB, VARCHAR };
  return TABLE_DEFINITIONS[table].columns.map(([, type]) => types[type]);
}

/** The first eight bytes of an address as a number, in the order of the bytes. */
export function prefixOf(address: Uint8Array): bigint {
  return Buffer.from(address.buffer, address.byteOffset, 8).readBigUInt64BE(0);
}

/** Adds the rows of a block to the batch. */
export function addBlockRows(
  batch: RowBatch,
  block: BlockRecord,
  records: readonly TransactionRecord[],
): void {
  const bytesOf = addressReader();
  push(batch.blocks, [
    block.slot,
    block.parentSlot,
    addressBytes(block.blockhash),
    block.previousBlockhash === null ? null : addressBytes(block.previousBlockhash),
    block.blockTimeSeconds,
    block.blockHeight,
    records.length,
  ]);
  for (let index = 0; index < records.length; index += 1) {
    addTransactionRows(batch, bytesOf, block.slot, index, records[index] as TransactionRecord);
  }
}

type AddressReader = (address: Address) => { readonly bytes: Uint8Array; readonly prefix: bigint };

function addTransactionRows(
  batch: RowBatch,
  read: AddressReader,
  slot: bigint,
  index: number,
  record: TransactionRecord,
): void {
  const payer = record.accountKeys[0];
  push(batch.transactions, [
    slot,
    index,
    signatureBytes(record.signature),
    payer === undefined ? null : read(payer).bytes,
    record.feeLamports,
    record.succeeded,
    record.error,
    record.computeUnitsConsumed,
    record.version === 'legacy',
  ]);
  for (const address of mentionsOf(record)) {
    const { bytes, prefix } = read(address);
    push(batch.mentions, [prefix, bytes, slot, index]);
  }
  for (const { address, pre, post } of lamportChangesOf(record)) {
    const { bytes, prefix } = read(address);
    push(batch.lamports, [prefix, bytes, slot, index, pre, post]);
  }
  for (const change of tokenChangesOf(record)) {
    for (const key of change.keys) {
      const { bytes, prefix } = read(key);
      push(batch.tokens, [
        prefix,
        bytes,
        read(change.mint).bytes,
        slot,
        index,
        read(change.account).bytes,
        change.owner === null ? null : read(change.owner).bytes,
        change.decimals,
        change.pre,
        change.post,
      ]);
    }
  }
  addInstructionRows(batch.instructions, read, slot, index, record);
}

function addInstructionRows(
  columns: Columns,
  read: AddressReader,
  slot: bigint,
  index: number,
  record: TransactionRecord,
): void {
  const add = (
    instruction: NonNullable<TransactionRecord['instructions']>[number],
    outer: number,
    inner: number | null,
  ) => {
    const { accountKeys } = record;
    const program = accountKeys[instruction.programIdIndex];
    if (program === undefined) return;
    const accounts = instruction.accountIndices.flatMap((at) => {
      const key = accountKeys[at];
      return key === undefined ? [] : [read(key).bytes];
    });
    const { bytes, prefix } = read(program);
    const { stackHeight, data } = instruction;
    const all = accounts.length === 0 ? EMPTY : Buffer.concat(accounts);
    push(columns, [prefix, bytes, slot, index, outer, inner, stackHeight, all, data]);
  };
  record.instructions?.forEach((instruction, outer) => {
    add(instruction, outer, null);
  });
  for (const group of record.innerInstructions ?? []) {
    group.instructions.forEach((instruction, inner) => {
      add(instruction, group.index, inner);
    });
  }
}

const EMPTY = new Uint8Array(0);

function push(columns: Columns, row: readonly Cell[]): void {
  for (let at = 0; at < row.length; at += 1) (columns[at] as Cell[]).push(row[at] as Cell);
}

/** Reads each address of a block once: most of them stand in many of its transactions. */
function addressReader(): AddressReader {
  const read = new Map<Address, { bytes: Uint8Array; prefix: bigint }>();
  return (address) => {
    let held = read.get(address);
    if (held === undefined) {
      const bytes = addressBytes(address);
      held = { bytes, prefix: prefixOf(bytes) };
      read.set(address, held);
    }
    return held;
  };
}
