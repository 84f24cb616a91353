// Chain data as the system holds it: what a source delivers, a store keeps and a node answers from.
import type { Address, Blockhash, Signature, Slot } from './units.ts';

/** An account's state. An account that does not exist is null, never a zero state. */
export interface AccountState {
  readonly lamports: bigint;
  readonly owner: Address;
  readonly executable: boolean;
  readonly data: Uint8Array;
}

/** One account's state as a slot left it; null: the slot closed it. */
export interface AccountWrite {
  readonly address: Address;
  readonly state: AccountState | null;
}

export interface BalanceChange {
  readonly address: Address;
  readonly preLamports: bigint;
  readonly postLamports: bigint;
}

export interface TokenBalance {
  /** Index into the transaction's `accountKeys`. */
  readonly accountIndex: number;
  readonly mint: Address;
  /** Null in blocks older than the field. */
  readonly owner: Address | null;
  readonly amount: bigint;
  readonly decimals: number;
}

/** The stack height of what a transaction's message names itself. */
export const OUTER_STACK_HEIGHT = 1;

export interface CompiledInstruction {
  /** Indices into the transaction's `accountKeys`. */
  readonly programIdIndex: number;
  readonly accountIndices: readonly number[];
  readonly data: Uint8Array;
  /** 1 for an outer instruction, 2 for what it invokes, …; null where the source does not state it. */
  readonly stackHeight: number | null;
}

export interface InnerInstructions {
  /** Index of the outer instruction. */
  readonly index: number;
  readonly instructions: readonly CompiledInstruction[];
}

/**
 * One executed transaction with its metadata, from any source and encoding.
 * A field is null where its source does not state it, never a default.
 */
export interface TransactionRecord {
  readonly signature: Signature;
  readonly slot: Slot;
  /** Unix seconds; null where the block has none. */
  readonly blockTimeSeconds: bigint | null;
  /** Position in the block; null where the source shows only the transaction. */
  readonly blockIndex: number | null;
  /** 'legacy', 0, … */
  readonly version: 'legacy' | number;
  readonly signatures: readonly Signature[];
  /** Static keys, then loaded writable, then loaded read-only: the order of the balances. */
  readonly accountKeys: readonly Address[];
  /** The message header; null in sources that show only parsed instructions. */
  readonly header: {
    readonly requiredSignatures: number;
    readonly readonlySigned: number;
    readonly readonlyUnsigned: number;
  } | null;
  readonly recentBlockhash: Blockhash | null;
  /** Null where the source shows only parsed instructions. */
  readonly instructions: readonly CompiledInstruction[] | null;
  readonly innerInstructions: readonly InnerInstructions[] | null;
  readonly feeLamports: bigint | null;
  readonly succeeded: boolean | null;
  /** The JSON text of RPC's `TransactionError`, keys in their order; null when it succeeded or is not stated. */
  readonly error: string | null;
  readonly preBalancesLamports: readonly bigint[] | null;
  readonly postBalancesLamports: readonly bigint[] | null;
  readonly preTokenBalances: readonly TokenBalance[] | null;
  readonly postTokenBalances: readonly TokenBalance[] | null;
  readonly logs: readonly string[] | null;
  readonly computeUnitsConsumed: bigint | null;
  /** What the last program that returned data returned; null: nothing, or not stated. */
  readonly returnData: { readonly programId: Address; readonly data: Uint8Array } | null;
}

/** How a source knows a slot. POLLED answers are verified by agreement but are never slashable. */
export type SlotProvenance = 'STREAMED' | 'POLLED' | 'FED';

/** Everything a source knows of one slot; delivered once, in the order of slots. */
export interface SlotUpdate {
  readonly slot: Slot;
  readonly parentSlot: Slot | null;
  readonly blockhash: Blockhash;
  /** Null where the source does not state it. */
  readonly previousBlockhash: Blockhash | null;
  readonly blockTimeSeconds: bigint | null;
  /** Null where the source does not state it. */
  readonly blockHeight: bigint | null;
  readonly provenance: SlotProvenance;
  readonly accounts: readonly AccountWrite[];
  readonly transactions: readonly TransactionRecord[];
  /**
   * Whether these are all transactions of the slot; left out: they are. False for excerpts of a block
   * and for transactions fed singly: they are served by their signatures, and no stretch of history
   * is claimed by them.
   */
  readonly transactionsComplete?: boolean;
}

/** A block as history keeps it. A slot without a block is skipped, and has none of these. */
export interface BlockRecord {
  readonly slot: Slot;
  readonly parentSlot: Slot | null;
  readonly blockhash: Blockhash;
  readonly previousBlockhash: Blockhash | null;
  readonly blockTimeSeconds: bigint | null;
  readonly blockHeight: bigint | null;
  readonly transactionCount: number;
}

/** A stretch of slots whose blocks are all known, skipped ones included; both ends belong to it. */
export interface HistoryRange {
  readonly slotFirst: Slot;
  readonly slotLast: Slot;
}

/** One change of an account's balance by one transaction, in lamports or in base units of a mint. */
export interface BalanceEntry {
  readonly slot: Slot;
  readonly blockIndex: number;
  readonly signature: Signature;
  /** The account whose balance it is: for tokens the token account. */
  readonly address: Address;
  /** Null: the account did not exist on that side. */
  readonly preAmount: bigint | null;
  readonly postAmount: bigint | null;
}
