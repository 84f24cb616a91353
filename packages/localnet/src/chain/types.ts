// The shapes that the chain hands to RPC, PubSub and storage. Everything here is plain data that
// node:v8 can serialise, because closed blocks are kept and saved in that form.
import type { AccountState, Address, Blockhash, Signature } from '@streamsync/domain';

/** RPC's `TransactionError` in its JSON form: 'BlockhashNotFound', { InstructionError: [0, …] }, … */
export type TransactionErrorJson = string | { readonly [name: string]: unknown };

export interface TokenBalanceEntry {
  /** Index into the transaction's account keys. */
  readonly accountIndex: number;
  readonly mint: Address;
  readonly owner: Address;
  readonly programId: Address;
  readonly amount: bigint;
  readonly decimals: number;
}

export interface InnerInstruction {
  readonly programIdIndex: number;
  readonly accounts: readonly number[];
  readonly data: Uint8Array;
  readonly stackHeight: number;
}

export interface ReturnData {
  readonly programId: Address;
  readonly data: Uint8Array;
}

export interface LoadedAddresses {
  readonly writable: readonly Address[];
  readonly readonly: readonly Address[];
}

/** A transaction that is part of a block: it ran and its fee was charged. */
export interface ExecutedTransaction {
  readonly signature: Signature;
  /** The transaction as it came over the wire. */
  readonly wire: Uint8Array;
  readonly version: 'legacy' | 0;
  /** Static keys, then loaded writable, then loaded read-only. */
  readonly accountKeys: readonly Address[];
  readonly loadedAddresses: LoadedAddresses;
  readonly error: TransactionErrorJson | null;
  readonly feeLamports: bigint;
  readonly preBalancesLamports: readonly bigint[];
  readonly postBalancesLamports: readonly bigint[];
  readonly preTokenBalances: readonly TokenBalanceEntry[];
  readonly postTokenBalances: readonly TokenBalanceEntry[];
  readonly innerInstructions: readonly {
    readonly index: number;
    readonly instructions: readonly InnerInstruction[];
  }[];
  readonly logs: readonly string[];
  readonly computeUnitsConsumed: bigint;
  readonly returnData: ReturnData | null;
  /** In the form of getSignaturesForAddress: '[length] text; …'. */
  readonly memo: string | null;
}

export interface Block {
  readonly slot: number;
  readonly parentSlot: number;
  readonly blockhash: Blockhash;
  readonly previousBlockhash: Blockhash;
  readonly blockTimeSeconds: number;
  readonly transactions: readonly ExecutedTransaction[];
}

/** One account's states before and after a slot; null where it does not exist. */
export interface SlotWrite {
  readonly address: Address;
  readonly before: AccountState | null;
  readonly after: AccountState | null;
}

/** A slot that closed: nothing in it changes any more. */
export interface ClosedSlot {
  readonly block: Block;
  readonly writes: readonly SlotWrite[];
}

export const COMMITMENTS = ['processed', 'confirmed', 'finalized'] as const;
export type Commitment = (typeof COMMITMENTS)[number];
