// Blocks in RPC's forms, shared by getBlock and blockSubscribe.
import { decodeTransaction, isWritableStatic } from '../chain/decode-transaction.ts';
import type { Block, ExecutedTransaction } from '../chain/types.ts';
import {
  encodeMeta,
  encodeTransactionWithMeta,
  TRANSACTION_ENCODINGS,
  type TransactionEncoding,
} from './encode-transaction.ts';
import { boolean, type Fields, oneOf, optional, whole } from './params.ts';

const DETAILS = ['full', 'accounts', 'signatures', 'none'] as const;

export interface BlockEncoding {
  readonly details: (typeof DETAILS)[number];
  readonly encoding: TransactionEncoding;
  readonly rewards: boolean;
  readonly versionMax: number | undefined;
}

export function blockEncoding(config: Fields): BlockEncoding {
  return {
    details:
      optional(config.transactionDetails, 'transactionDetails', (value, name) =>
        oneOf(value, name, DETAILS),
      ) ?? 'full',
    encoding:
      optional(config.encoding, 'encoding', (value, name) =>
        oneOf(value, name, TRANSACTION_ENCODINGS),
      ) ?? 'json',
    rewards: optional(config.rewards, 'rewards', boolean) ?? true,
    versionMax: optional(
      config.maxSupportedTransactionVersion,
      'maxSupportedTransactionVersion',
      whole,
    ),
  };
}

/** @throws RpcError -32015 when a transaction's version is beyond the client's */
export function encodeBlock(
  block: Block,
  { details, encoding, rewards, versionMax }: BlockEncoding,
) {
  return {
    blockhash: block.blockhash,
    previousBlockhash: block.previousBlockhash,
    parentSlot: block.parentSlot,
    blockTime: block.blockTimeSeconds,
    blockHeight: block.slot,
    ...(rewards ? { rewards: [] } : {}),
    ...(details === 'signatures'
      ? { signatures: block.transactions.map(({ signature }) => signature) }
      : {}),
    ...(details === 'full'
      ? {
          transactions: block.transactions.map((transaction) =>
            encodeTransactionWithMeta(transaction, encoding, versionMax),
          ),
        }
      : {}),
    ...(details === 'accounts'
      ? { transactions: block.transactions.map((one) => accountsOnly(one, versionMax)) }
      : {}),
  };
}

/** transactionDetails 'accounts': the keys, and the balances of the metadata. */
function accountsOnly(transaction: ExecutedTransaction, versionMax: number | undefined) {
  // The version rule holds here too; the wire form itself is not sent.
  encodeTransactionWithMeta(transaction, 'base64', versionMax);
  const decoded = decodeTransaction(transaction.wire);
  const firstReadonly = decoded.staticKeys.length + transaction.loadedAddresses.writable.length;
  const meta = encodeMeta(transaction);
  return {
    transaction: {
      signatures: decoded.signatures,
      accountKeys: transaction.accountKeys.map((pubkey, index) => ({
        pubkey,
        signer: index < decoded.header.requiredSignatures,
        source: index < decoded.staticKeys.length ? 'transaction' : 'lookupTable',
        writable:
          index < decoded.staticKeys.length
            ? isWritableStatic(decoded, index)
            : index < firstReadonly,
      })),
    },
    meta: {
      err: meta.err,
      status: meta.status,
      fee: meta.fee,
      preBalances: meta.preBalances,
      postBalances: meta.postBalances,
      preTokenBalances: meta.preTokenBalances,
      postTokenBalances: meta.postTokenBalances,
    },
    ...(versionMax === undefined ? {} : { version: transaction.version }),
  };
}
