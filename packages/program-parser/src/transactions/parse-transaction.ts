// A transaction record to what it means: who signed, what was asked, what was invoked, what changed, and
// what the programs logged. Pure; never throws; null where the source does not state a part.
import type { Address, TransactionRecord } from '@streamsync/domain';
import {
  type LamportsChange,
  lamportsChanges,
  type TokenBalanceChange,
  tokenBalanceChanges,
} from './balance-changes.ts';
import type { TransactionInstruction } from './parse-instruction.ts';
import { parseInstructions } from './parse-instructions.ts';
import { type ParsedLogs, parseLogs } from './parse-logs.ts';

export interface ParsedTransaction {
  /** The first signer. */
  readonly feePayer: Address | null;
  /** Null where the source does not state the message's header. */
  readonly signers: readonly Address[] | null;
  readonly instructions: readonly TransactionInstruction[] | null;
  readonly lamportsChanges: readonly LamportsChange[] | null;
  readonly tokenBalanceChanges: readonly TokenBalanceChange[] | null;
  readonly logs: ParsedLogs | null;
}

export function parseTransaction(record: TransactionRecord): ParsedTransaction {
  return {
    feePayer: record.accountKeys[0] ?? null,
    signers: signersOf(record),
    instructions: parseInstructions(record),
    lamportsChanges: lamportsChanges(record),
    tokenBalanceChanges: tokenBalanceChanges(record),
    logs: record.logs === null ? null : parseLogs(record.logs),
  };
}

type Keys = Pick<TransactionRecord, 'accountKeys' | 'header' | 'version'>;

/** The keys that signed, the fee payer first; null where the header is not stated. */
export function signersOf({ accountKeys, header }: Keys): readonly Address[] | null {
  return header === null ? null : accountKeys.slice(0, header.requiredSignatures);
}

export interface KeyFlags {
  /** Null: not stated. */
  readonly isSigner: boolean | null;
  /** What the message asks for; the runtime may grant less. Null: not stated. */
  readonly isWritable: boolean | null;
}

const UNKNOWN_FLAGS: KeyFlags = Object.freeze({ isSigner: null, isWritable: null });

/**
 * What the message's header says of the key at `index`. Of a versioned message a record does not say
 * how many keys lookup tables loaded, so that only signers' write locks are known.
 */
export function keyFlags({ accountKeys, header, version }: Keys, index: number): KeyFlags {
  if (header === null || index >= accountKeys.length) return UNKNOWN_FLAGS;
  const { requiredSignatures, readonlySigned, readonlyUnsigned } = header;
  if (index < requiredSignatures) {
    return { isSigner: true, isWritable: index < requiredSignatures - readonlySigned };
  }
  const isWritable = version === 'legacy' ? index < accountKeys.length - readonlyUnsigned : null;
  return { isSigner: false, isWritable };
}
