// One compiled instruction to its typed form, by its program's table. Bytes that are not what the table
// says, and programs without a table, give a raw instruction with the reason: never a throw.
import type { Address, CompiledInstruction } from '@streamsync/domain';
import { ByteReader } from '../bytes/byte-reader.ts';
import { MALFORMED_REASONS, MalformedBytes } from '../bytes/malformed-bytes.ts';
import { assignRoles, type RoleAccounts } from './assign-roles.ts';
import { findRow, type InstructionRow } from './instruction-index.ts';
import type { KnownInstruction } from './instruction-tables.ts';

/** Why an instruction is left as bytes. Codes are part of the contract and never renamed. */
export const RAW_INSTRUCTION_REASONS = {
  ...MALFORMED_REASONS,
  UNKNOWN_PROGRAM: 'No table knows the program.',
  UNKNOWN_INSTRUCTION: 'The data starts with no tag that the table of the program knows.',
  MISSING_ACCOUNTS: 'The instruction has fewer accounts than its roles.',
  NO_SUCH_KEY: 'The instruction names a key that its transaction does not have.',
} as const;

export type RawInstructionReason = keyof typeof RAW_INSTRUCTION_REASONS;

interface InstructionCommon {
  /** Position from 0: among the transaction's instructions, or among those that its parent invoked. */
  readonly index: number;
  /** 1 for an outer instruction; null where the source does not state it. */
  readonly stackHeight: number | null;
  /** Into the transaction's `accountKeys`. */
  readonly accountIndices: readonly number[];
  readonly data: Uint8Array;
  /** What it invoked, in their order. A batch has the instructions that it holds first. */
  readonly inner: readonly TransactionInstruction[];
}

interface ParsedCommon extends InstructionCommon {
  readonly kind: 'parsed';
  readonly programId: Address;
  /** The role of each account in their order; null: beyond the roles of the instruction. */
  readonly roles: readonly (string | null)[];
  /** Bytes behind the fields: programs ignore them. */
  readonly unreadBytes: number;
}

/** An instruction as its program's table reads it. */
export type ParsedInstruction = ParsedCommon & KnownInstruction;

/** An instruction as its bytes. */
export interface RawInstruction extends InstructionCommon {
  readonly kind: 'raw';
  /** Null: the transaction has no such key. */
  readonly programId: Address | null;
  /** Null: the transaction has no such key. */
  readonly accounts: readonly (Address | null)[];
  readonly reason: RawInstructionReason;
  /** Where in the data it stops making sense. */
  readonly offset: number;
}

export type TransactionInstruction = ParsedInstruction | RawInstruction;

export interface InstructionPlace {
  readonly index: number;
  readonly inner: readonly TransactionInstruction[];
}

/** Never throws. */
export function parseInstruction(
  compiled: CompiledInstruction,
  keys: readonly Address[],
  { index, inner }: InstructionPlace,
): TransactionInstruction {
  const { data, accountIndices, programIdIndex } = compiled;
  const common = {
    index,
    stackHeight: compiled.stackHeight ?? null,
    accountIndices,
    data,
    inner,
  };
  const programId = keys[programIdIndex] ?? null;
  const raw = (reason: RawInstructionReason, offset = 0): RawInstruction => ({
    kind: 'raw',
    ...common,
    programId,
    accounts: accountIndices.map((each) => keys[each] ?? null),
    reason,
    offset,
  });
  if (programId === null) return raw('NO_SUCH_KEY');
  const row = findRow(programId, data);
  if (typeof row === 'string') return raw(row);
  try {
    const reader = new ByteReader(data, Math.min(row.tag.length, data.length));
    const args = readArguments(reader, row);
    const roleAccounts = assignRoles(row, args, accountIndices, keys);
    if (typeof roleAccounts === 'string') return raw(roleAccounts);
    return parsed(row, args, roleAccounts, {
      ...common,
      programId,
      inner:
        row.name === 'batch'
          ? [...openBatch(args, accountIndices, compiled, keys), ...inner]
          : inner,
      unreadBytes: reader.remaining,
    });
  } catch (error) {
    if (!(error instanceof MalformedBytes)) throw error;
    return raw(error.why, error.offset);
  }
}

function readArguments(reader: ByteReader, row: InstructionRow): Record<string, unknown> {
  const args: Record<string, unknown> = {};
  for (const [name, codec] of row.fields) args[name] = codec.read(reader);
  return args;
}

function parsed(
  row: InstructionRow,
  args: Record<string, unknown>,
  { accounts, roles }: RoleAccounts,
  common: Omit<ParsedCommon, 'kind' | 'roles'>,
): ParsedInstruction {
  // The table gives each name its accounts and arguments, by KnownInstruction's definition.
  return {
    kind: 'parsed',
    ...common,
    program: row.program,
    name: row.name,
    accounts,
    arguments: args,
    roles,
  } as unknown as ParsedInstruction;
}

/** The instructions that a batch of the token programs holds. A batch in a batch stays as it is. */
function openBatch(
  args: Record<string, unknown>,
  accountIndices: readonly number[],
  batch: CompiledInstruction,
  keys: readonly Address[],
): readonly TransactionInstruction[] {
  const entries = args.batched as readonly { accountCount: number; bytes: Uint8Array }[];
  let next = 0;
  return entries.map(({ accountCount, bytes }, index) => {
    const indices = accountIndices.slice(next, next + accountCount);
    next += accountCount;
    const compiled: CompiledInstruction = { ...batch, accountIndices: indices, data: bytes };
    return bytes[0] === batch.data[0]
      ? rawInBatch(compiled, keys, index)
      : parseInstruction(compiled, keys, { index, inner: [] });
  });
}

function rawInBatch(
  compiled: CompiledInstruction,
  keys: readonly Address[],
  index: number,
): RawInstruction {
  return {
    kind: 'raw',
    index,
    stackHeight: compiled.stackHeight ?? null,
    accountIndices: compiled.accountIndices,
    data: compiled.data,
    inner: [],
    programId: keys[compiled.programIdIndex] ?? null,
    accounts: compiled.accountIndices.map((each) => keys[each] ?? null),
    reason: 'UNKNOWN_INSTRUCTION',
    offset: 0,
  };
}
