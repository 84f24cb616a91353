// Executed transactions in RPC's forms: the wire bytes or the message as JSON, and the metadata.
import { base58 } from '@scure/base';
import type { Address } from '@streamsync/domain';
import {
  type DecodedTransaction,
  decodeTransaction,
  isWritableStatic,
} from '../chain/decode-transaction.ts';
import type {
  ExecutedTransaction,
  TokenBalanceEntry,
  TransactionErrorJson,
} from '../chain/types.ts';
import { RpcError } from './errors.ts';

export const TRANSACTION_ENCODINGS = ['json', 'jsonParsed', 'base58', 'base64', 'binary'] as const;
export type TransactionEncoding = (typeof TRANSACTION_ENCODINGS)[number];

/** @throws RpcError -32015 when the client did not say that it understands the version */
export function encodeTransactionWithMeta(
  transaction: ExecutedTransaction,
  encoding: TransactionEncoding,
  versionMax: number | undefined,
) {
  if (transaction.version === 0 && versionMax === undefined) {
    throw new RpcError(
      'unsupportedTransactionVersion',
      'Transaction version (0) is not supported by the requesting client. Please try the request again with the following configuration parameter: "maxSupportedTransactionVersion": 0',
    );
  }
  return {
    transaction: encodeTransaction(transaction, encoding),
    meta: encodeMeta(transaction, encoding === 'jsonParsed'),
    // RPC states the version only to clients that asked about versions.
    ...(versionMax === undefined ? {} : { version: transaction.version }),
  };
}

function encodeTransaction(transaction: ExecutedTransaction, encoding: TransactionEncoding) {
  switch (encoding) {
    case 'base64':
      return [Buffer.from(transaction.wire).toString('base64'), 'base64'];
    case 'base58':
      return [base58.encode(transaction.wire), 'base58'];
    case 'binary':
      return base58.encode(transaction.wire);
    case 'json':
    case 'jsonParsed': {
      const decoded = decodeTransaction(transaction.wire);
      const message =
        encoding === 'json'
          ? jsonMessage(decoded)
          : partlyDecodedMessage(decoded, transaction.accountKeys, transaction);
      return { signatures: decoded.signatures, message };
    }
  }
}

function lookupsOf(decoded: DecodedTransaction) {
  return decoded.version === 0
    ? {
        addressTableLookups: decoded.lookups.map((lookup) => ({
          accountKey: lookup.table,
          writableIndexes: lookup.writableIndexes,
          readonlyIndexes: lookup.readonlyIndexes,
        })),
      }
    : {};
}

function jsonMessage(decoded: DecodedTransaction) {
  return {
    accountKeys: decoded.staticKeys,
    header: {
      numRequiredSignatures: decoded.header.requiredSignatures,
      numReadonlySignedAccounts: decoded.header.readonlySigned,
      numReadonlyUnsignedAccounts: decoded.header.readonlyUnsigned,
    },
    recentBlockhash: decoded.recentBlockhash,
    instructions: decoded.instructions.map((instruction) => ({
      programIdIndex: instruction.programIdIndex,
      accounts: instruction.accounts,
      data: base58.encode(instruction.data),
      stackHeight: 1,
    })),
    ...lookupsOf(decoded),
  };
}

/** jsonParsed as RPC sends it for programs without a parser: addresses in the place of indices. */
function partlyDecodedMessage(
  decoded: DecodedTransaction,
  keys: readonly Address[],
  { loadedAddresses }: ExecutedTransaction,
) {
  const firstReadonly = decoded.staticKeys.length + loadedAddresses.writable.length;
  return {
    accountKeys: keys.map((pubkey, index) => ({
      pubkey,
      signer: index < decoded.header.requiredSignatures,
      source: index < decoded.staticKeys.length ? 'transaction' : 'lookupTable',
      writable:
        index < decoded.staticKeys.length
          ? isWritableStatic(decoded, index)
          : index < firstReadonly,
    })),
    recentBlockhash: decoded.recentBlockhash,
    instructions: decoded.instructions.map((instruction) => partlyDecoded(instruction, keys, 1)),
    ...lookupsOf(decoded),
  };
}

function partlyDecoded(
  instruction: { programIdIndex: number; accounts: readonly number[]; data: Uint8Array },
  keys: readonly Address[],
  stackHeight: number,
) {
  return {
    programId: keys[instruction.programIdIndex],
    accounts: instruction.accounts.map((index) => keys[index]),
    data: base58.encode(instruction.data),
    stackHeight,
  };
}

/** RPC's old form of a result, beside `err`. */
export function statusOfError(error: TransactionErrorJson | null) {
  return error === null ? { Ok: null } : { Err: error };
}

export function encodeMeta(transaction: ExecutedTransaction, withAddresses = false) {
  const { error, returnData } = transaction;
  return {
    err: error,
    status: statusOfError(error),
    fee: transaction.feeLamports,
    preBalances: transaction.preBalancesLamports,
    postBalances: transaction.postBalancesLamports,
    preTokenBalances: transaction.preTokenBalances.map(encodeTokenBalance),
    postTokenBalances: transaction.postTokenBalances.map(encodeTokenBalance),
    innerInstructions: encodeInner(transaction, withAddresses),
    logMessages: transaction.logs,
    rewards: [],
    computeUnitsConsumed: transaction.computeUnitsConsumed,
    // With jsonParsed the loaded addresses stand among the message's keys.
    ...(withAddresses ? {} : { loadedAddresses: transaction.loadedAddresses }),
    ...(returnData === null ? {} : { returnData: encodeReturnData(returnData) }),
  };
}

export function encodeInner(
  transaction: Pick<ExecutedTransaction, 'innerInstructions' | 'accountKeys'>,
  withAddresses: boolean,
) {
  return transaction.innerInstructions.map(({ index, instructions }) => ({
    index,
    instructions: instructions.map((inner) =>
      withAddresses
        ? partlyDecoded(inner, transaction.accountKeys, inner.stackHeight)
        : { ...inner, data: base58.encode(inner.data) },
    ),
  }));
}

export function encodeReturnData(returned: { programId: Address; data: Uint8Array }) {
  return {
    programId: returned.programId,
    data: [Buffer.from(returned.data).toString('base64'), 'base64'],
  };
}

function encodeTokenBalance(balance: TokenBalanceEntry) {
  const { accountIndex, mint, owner, programId, amount, decimals } = balance;
  return { accountIndex, mint, owner, programId, uiTokenAmount: uiTokenAmount(amount, decimals) };
}

/** RPC's amount of a token: base units as text, and the same with the decimal point set. */
export function uiTokenAmount(amount: bigint, decimals: number) {
  const digits = amount.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  const uiAmountString = fraction === '' ? whole : `${whole}.${fraction}`;
  return { amount: amount.toString(), decimals, uiAmount: Number(uiAmountString), uiAmountString };
}
