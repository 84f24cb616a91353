// Instructions as the resolvers see them: parsed once a transaction, and only where a field asks.
import type { Address, TransactionRecord } from '@streamsync/domain';
import {
  eachInstruction,
  type KeyFlags,
  keyFlags,
  parseInstructions,
  type TransactionInstruction,
} from '@streamsync/program-parser';
import type { ChainReader } from '../pipeline/ports.ts';

/** A transaction as its source states it, and the chain that its links are read from. */
export interface TransactionEntity {
  readonly record: TransactionRecord;
  readonly reader: ChainReader;
}

/**
 * Locks that the runtime grants one transaction: no more accounts, hence no more links to distinct
 * ones, stand below one. Equal keys are read once.
 */
export const TRANSACTION_ACCOUNTS_MAX = 128;

export interface InstructionEntity {
  readonly instruction: TransactionInstruction;
  readonly transaction: TransactionEntity;
}

export interface InstructionAccount extends KeyFlags {
  readonly address: Address;
  readonly role: string | null;
  readonly reader: ChainReader;
}

type Parsed = readonly TransactionInstruction[] | null;
const PARSED = new WeakMap<TransactionRecord, { readonly instructions: Parsed }>();

/** Null where no source states instructions as bytes. */
export function instructionsOf(
  transaction: TransactionEntity,
  { includeInner }: { readonly includeInner: boolean },
): InstructionEntity[] | null {
  const { record } = transaction;
  let parsed = PARSED.get(record);
  if (parsed === undefined) {
    parsed = { instructions: parseInstructions(record) };
    PARSED.set(record, parsed);
  }
  if (parsed.instructions === null) return null;
  const all = includeInner ? [...eachInstruction(parsed.instructions)] : parsed.instructions;
  return all.map((instruction) => ({ instruction, transaction }));
}

/** The accounts in their order; keys that the transaction does not have are left out. */
export function accountsOf({ instruction, transaction }: InstructionEntity): InstructionAccount[] {
  const { record, reader } = transaction;
  return instruction.accountIndices.flatMap((keyIndex, index) => {
    const address = record.accountKeys[keyIndex];
    if (address === undefined) return [];
    const role = instruction.kind === 'parsed' ? (instruction.roles[index] ?? null) : null;
    return [{ address, role, reader, ...keyFlags(record, keyIndex) }];
  });
}
