// Yellowstone's messages as the domain has them. A record read here equals the one that RPC's JSON of
// the same transaction gives, field by field: nodes of different sources must answer the same bytes.
import {
  type AccountState,
  type AccountWrite,
  type Address,
  type Blockhash,
  OUTER_STACK_HEIGHT,
  parseSlot,
  type Slot,
  signatureFromBytes,
  type TokenBalance,
  type TransactionRecord,
} from '@streamsync/domain';
import type { SubscribeUpdate } from '@triton-one/yellowstone-grpc';
import { addressAt, blockhashAt } from '../parse/base58.ts';
import { addressOf, blockhashOf, malformed, u64Of } from '../parse/guards.ts';

type Of<Kind extends keyof SubscribeUpdate> = NonNullable<SubscribeUpdate[Kind]>;
export type TransactionInfo = NonNullable<Of<'transaction'>['transaction']>;
type Meta = NonNullable<TransactionInfo['meta']>;

export interface VersionedWrite extends AccountWrite {
  readonly slot: Slot;
  /** Grows with every write: of a slot's writes of an account, the greatest is what it left. */
  readonly writeVersion: bigint;
}

export interface BlockMeta {
  readonly slot: Slot;
  readonly parentSlot: Slot;
  readonly blockhash: Blockhash;
  readonly previousBlockhash: Blockhash | null;
  readonly blockTimeSeconds: bigint | null;
  readonly blockHeight: bigint | null;
  readonly transactionCount: number;
}

/** The bincode of Agave's TransactionError to RPC's JSON text. */
export type DecodeError = (bytes: Uint8Array) => string;

/** @throws StreamSyncError SOURCE_FAILED */
export function readAccountUpdate({ account, slot }: Of<'account'>): VersionedWrite {
  if (account === undefined) throw malformed('account', 'stated');
  const lamports = u64Of(account.lamports, 'lamports');
  const state: AccountState | null =
    lamports === 0n
      ? null
      : {
          lamports,
          owner: key(account.owner, 'owner'),
          executable: account.executable,
          // A copy: the message's buffer holds more than the data.
          data: new Uint8Array(account.data),
        };
  return {
    slot: parseSlot(slot),
    writeVersion: u64Of(account.writeVersion, 'write_version'),
    address: key(account.pubkey, 'pubkey'),
    state,
  };
}

/** @throws StreamSyncError SOURCE_FAILED */
export function readBlockMeta(meta: Of<'blockMeta'>): BlockMeta {
  return {
    slot: parseSlot(meta.slot),
    parentSlot: parseSlot(meta.parentSlot),
    blockhash: blockhashOf(meta.blockhash, 'blockhash'),
    previousBlockhash:
      meta.parentBlockhash === '' ? null : blockhashOf(meta.parentBlockhash, 'parent_blockhash'),
    blockTimeSeconds: meta.blockTime === undefined ? null : BigInt(meta.blockTime.timestamp),
    blockHeight:
      meta.blockHeight === undefined ? null : u64Of(meta.blockHeight.blockHeight, 'block_height'),
    transactionCount: Number(u64Of(meta.executedTransactionCount, 'executed_transaction_count')),
  };
}

/** @throws StreamSyncError SOURCE_FAILED */
export function readTransactionInfo(
  info: TransactionInfo,
  place: { readonly slot: Slot; readonly blockTimeSeconds: bigint | null },
  decodeError: DecodeError,
): TransactionRecord {
  const { transaction, meta } = info;
  const message = transaction?.message;
  if (message === undefined || meta === undefined) throw malformed('transaction', 'whole');
  const { header } = message;
  const accountKeys = [
    ...message.accountKeys,
    ...meta.loadedWritableAddresses,
    ...meta.loadedReadonlyAddresses,
  ].map((bytes) => key(bytes, 'account_keys'));
  return {
    ...place,
    signature: signatureFromBytes(info.signature),
    blockIndex: Number(u64Of(info.index, 'index')),
    version: message.versioned ? 0 : 'legacy',
    signatures: (transaction?.signatures ?? []).map(signatureFromBytes),
    accountKeys,
    header:
      header === undefined
        ? null
        : {
            requiredSignatures: header.numRequiredSignatures,
            readonlySigned: header.numReadonlySignedAccounts,
            readonlyUnsigned: header.numReadonlyUnsignedAccounts,
          },
    recentBlockhash: blockhashAt(keyBytes(message.recentBlockhash, 'recent_blockhash'), 0),
    instructions: message.instructions.map(({ programIdIndex, accounts, data }) => ({
      programIdIndex,
      accountIndices: [...accounts],
      data: new Uint8Array(data),
      stackHeight: OUTER_STACK_HEIGHT,
    })),
    ...readMeta(meta, decodeError),
  };
}

function readMeta(meta: Meta, decodeError: DecodeError) {
  const { returnData } = meta;
  return {
    innerInstructions: meta.innerInstructionsNone
      ? null
      : meta.innerInstructions.map(({ index, instructions }) => ({
          index,
          instructions: instructions.map((inner) => ({
            programIdIndex: inner.programIdIndex,
            accountIndices: [...inner.accounts],
            data: new Uint8Array(inner.data),
            stackHeight: inner.stackHeight ?? null,
          })),
        })),
    feeLamports: u64Of(meta.fee, 'fee'),
    succeeded: meta.err === undefined,
    error: meta.err === undefined ? null : decodeError(meta.err.err),
    preBalancesLamports: meta.preBalances.map((each) => u64Of(each, 'pre_balances')),
    postBalancesLamports: meta.postBalances.map((each) => u64Of(each, 'post_balances')),
    preTokenBalances: meta.preTokenBalances.map(readTokenBalance),
    postTokenBalances: meta.postTokenBalances.map(readTokenBalance),
    logs: meta.logMessagesNone ? null : meta.logMessages,
    computeUnitsConsumed:
      meta.computeUnitsConsumed === undefined
        ? null
        : u64Of(meta.computeUnitsConsumed, 'compute_units_consumed'),
    returnData:
      meta.returnDataNone || returnData === undefined
        ? null
        : {
            programId: key(returnData.programId, 'return_data'),
            data: new Uint8Array(returnData.data),
          },
  };
}

function readTokenBalance(balance: Meta['preTokenBalances'][number]): TokenBalance {
  const amount = balance.uiTokenAmount;
  if (amount === undefined) throw malformed('token balance', 'with its amount');
  return {
    accountIndex: balance.accountIndex,
    mint: addressOf(balance.mint, 'mint'),
    owner: balance.owner === '' ? null : addressOf(balance.owner, 'owner'),
    amount: u64Of(amount.amount, 'amount'),
    decimals: amount.decimals,
  };
}

function key(bytes: Uint8Array, field: string): Address {
  return addressAt(keyBytes(bytes, field), 0);
}

function keyBytes(bytes: Uint8Array, field: string): Buffer {
  if (bytes.length !== 32) throw malformed(field, '32 bytes');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
