// The chain's accounts, transactions and blocks as Yellowstone's messages, in protobufjs's names.
import type { AccountState, Address, Signature } from '@streamsync/domain';
import { addressBytes, signatureBytes, U64_MAX } from '@streamsync/domain';
import { SYSTEM_PROGRAM } from '../chain/addresses.ts';
import { decodeTransaction } from '../chain/decode-transaction.ts';
import type { Block, ExecutedTransaction, TokenBalanceEntry } from '../chain/types.ts';
import { uiTokenAmount } from '../rpc/encode-transaction.ts';
import { u64 } from './service.ts';
import { encodeTransactionError } from './transaction-error.ts';

/** One write of an account, by a transaction or, for sysvars, by the slot itself. */
export interface AccountMessage {
  readonly address: Address;
  /** Null: the account is closed, which is told as no lamports, no data and the system program. */
  readonly state: AccountState | null;
  readonly writeVersion: number;
  readonly signature: Signature | null;
}

export interface DataSlice {
  readonly offset: number;
  readonly length: number;
}

export function accountInfo(message: AccountMessage, slices: readonly DataSlice[]): object {
  const { state, signature } = message;
  const data = state?.data ?? new Uint8Array();
  return {
    pubkey: addressBytes(message.address),
    lamports: u64(state?.lamports ?? 0n),
    owner: addressBytes(state?.owner ?? SYSTEM_PROGRAM),
    executable: state?.executable ?? false,
    // Every account is rent-exempt, which Agave states as the largest epoch.
    rentEpoch: u64(U64_MAX),
    data: slices.length === 0 ? data : Buffer.concat(slices.map((one) => sliceOf(data, one))),
    writeVersion: message.writeVersion,
    ...(signature === null ? {} : { txnSignature: signatureBytes(signature) }),
  };
}

/** A slice that does not lie within the data as a whole is left out. */
function sliceOf(data: Uint8Array, { offset, length }: DataSlice): Uint8Array {
  return offset + length <= data.length ? data.subarray(offset, offset + length) : new Uint8Array();
}

export function transactionInfo(transaction: ExecutedTransaction, index: number): object {
  const decoded = decodeTransaction(transaction.wire);
  const { header } = decoded;
  return {
    signature: signatureBytes(transaction.signature),
    isVote: false,
    index,
    transaction: {
      signatures: decoded.signatures.map(signatureBytes),
      message: {
        header: {
          numRequiredSignatures: header.requiredSignatures,
          numReadonlySignedAccounts: header.readonlySigned,
          numReadonlyUnsignedAccounts: header.readonlyUnsigned,
        },
        accountKeys: decoded.staticKeys.map(addressBytes),
        recentBlockhash: addressBytes(decoded.recentBlockhash),
        instructions: decoded.instructions.map(({ programIdIndex, accounts, data }) => ({
          programIdIndex,
          accounts: Uint8Array.from(accounts),
          data,
        })),
        versioned: decoded.version !== 'legacy',
        addressTableLookups: decoded.lookups.map((lookup) => ({
          accountKey: addressBytes(lookup.table),
          writableIndexes: Uint8Array.from(lookup.writableIndexes),
          readonlyIndexes: Uint8Array.from(lookup.readonlyIndexes),
        })),
      },
    },
    meta: metaOf(transaction),
  };
}

function metaOf(transaction: ExecutedTransaction): object {
  const { loadedAddresses, returnData } = transaction;
  return {
    ...errorOf(transaction),
    fee: u64(transaction.feeLamports),
    preBalances: transaction.preBalancesLamports.map(u64),
    postBalances: transaction.postBalancesLamports.map(u64),
    innerInstructions: transaction.innerInstructions.map(({ index, instructions }) => ({
      index,
      instructions: instructions.map((inner) => ({
        programIdIndex: inner.programIdIndex,
        accounts: Uint8Array.from(inner.accounts),
        data: inner.data,
        stackHeight: inner.stackHeight,
      })),
    })),
    logMessages: transaction.logs,
    preTokenBalances: transaction.preTokenBalances.map(tokenBalance),
    postTokenBalances: transaction.postTokenBalances.map(tokenBalance),
    loadedWritableAddresses: loadedAddresses.writable.map(addressBytes),
    loadedReadonlyAddresses: loadedAddresses.readonly.map(addressBytes),
    ...(returnData === null
      ? { returnDataNone: true }
      : { returnData: { programId: addressBytes(returnData.programId), data: returnData.data } }),
    computeUnitsConsumed: u64(transaction.computeUnitsConsumed),
  };
}

/** The `err` field; absent where the transaction succeeded. */
export function errorOf({ error }: ExecutedTransaction): object {
  return error === null ? {} : { err: { err: encodeTransactionError(error) } };
}

function tokenBalance(balance: TokenBalanceEntry): object {
  const { accountIndex, mint, owner, programId } = balance;
  return {
    accountIndex,
    mint,
    owner,
    programId,
    uiTokenAmount: uiTokenAmount(balance.amount, balance.decimals),
  };
}

/** The fields that block and blockMeta share. Every slot has a block, so heights are slots. */
export function blockFields(block: Block): object {
  return {
    slot: block.slot,
    blockhash: block.blockhash,
    rewards: {},
    blockTime: { timestamp: block.blockTimeSeconds },
    blockHeight: { blockHeight: block.slot },
    parentSlot: block.parentSlot,
    parentBlockhash: block.previousBlockhash,
    executedTransactionCount: block.transactions.length,
    entriesCount: 0,
  };
}
