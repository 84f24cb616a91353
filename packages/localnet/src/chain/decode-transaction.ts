// From the bytes of the wire to what the chain needs of a transaction: its keys in the order of
// RPC's balances (static, loaded writable, loaded read-only), which of them it may write, and its
// message. Only versions 'legacy' and 0 exist here.
import {
  getCompiledTransactionMessageDecoder,
  getTransactionDecoder,
  type Transaction,
} from '@solana/kit';
import {
  type AccountState,
  type Address,
  addressFromBytes,
  type Blockhash,
  type Signature,
  signatureFromBytes,
} from '@streamsync/domain';
import { fromKit, LOOKUP_TABLE_PROGRAM } from './addresses.ts';
import type { LoadedAddresses, TransactionErrorJson } from './types.ts';

/** A Solana packet: IPv6's minimum MTU of 1,280 bytes less the headers. */
export const TRANSACTION_BYTES_MAX = 1_232;
const EMPTY_SIGNATURE = new Uint8Array(64);
/** Bytes of a lookup table account before its addresses. */
const LOOKUP_TABLE_HEADER_BYTES = 56;

export interface Instruction {
  readonly programIdIndex: number;
  readonly accounts: readonly number[];
  readonly data: Uint8Array;
}

export interface LookupEntry {
  readonly table: Address;
  readonly writableIndexes: readonly number[];
  readonly readonlyIndexes: readonly number[];
}

export interface DecodedTransaction {
  readonly wire: Uint8Array;
  readonly kit: Transaction;
  readonly version: 'legacy' | 0;
  readonly signatures: readonly Signature[];
  readonly header: {
    readonly requiredSignatures: number;
    readonly readonlySigned: number;
    readonly readonlyUnsigned: number;
  };
  readonly staticKeys: readonly Address[];
  readonly recentBlockhash: Blockhash;
  readonly instructions: readonly Instruction[];
  readonly lookups: readonly LookupEntry[];
}

/** The first signature is the transaction's name; all zeros where it was not signed. */
export function signatureOf(transaction: DecodedTransaction): Signature {
  return transaction.signatures[0] ?? signatureFromBytes(EMPTY_SIGNATURE);
}

/** @throws Error with a reason when the bytes are not one whole transaction of a known version */
export function decodeTransaction(wire: Uint8Array): DecodedTransaction {
  const [transaction, end] = getTransactionDecoder().read(wire, 0);
  if (end !== wire.length) throw new Error('bytes remain after the transaction');
  const message = getCompiledTransactionMessageDecoder().decode(transaction.messageBytes);
  return { ...decodeMessageFields(message), wire, kit: transaction, ...signaturesOf(transaction) };
}

type Message = ReturnType<ReturnType<typeof getCompiledTransactionMessageDecoder>['decode']>;

/** @throws Error when the bytes are not a message of a known version */
export function decodeMessage(
  bytes: Uint8Array,
): Omit<DecodedTransaction, 'wire' | 'kit' | 'signatures'> {
  return decodeMessageFields(getCompiledTransactionMessageDecoder().decode(bytes));
}

function decodeMessageFields(
  message: Message,
): Omit<DecodedTransaction, 'wire' | 'kit' | 'signatures'> {
  if (message.version !== 'legacy' && message.version !== 0) {
    throw new Error(`unsupported transaction version ${message.version}`);
  }
  return {
    version: message.version,
    header: {
      requiredSignatures: message.header.numSignerAccounts,
      readonlySigned: message.header.numReadonlySignerAccounts,
      readonlyUnsigned: message.header.numReadonlyNonSignerAccounts,
    },
    staticKeys: message.staticAccounts.map(fromKit),
    recentBlockhash: message.lifetimeToken as string as Blockhash,
    instructions: message.instructions.map((instruction) => ({
      programIdIndex: instruction.programAddressIndex,
      accounts: instruction.accountIndices ?? [],
      data: new Uint8Array(instruction.data ?? []),
    })),
    lookups:
      message.version === 0
        ? (message.addressTableLookups ?? []).map((lookup) => ({
            table: fromKit(lookup.lookupTableAddress),
            writableIndexes: lookup.writableIndexes,
            readonlyIndexes: lookup.readonlyIndexes,
          }))
        : [],
  };
}

function signaturesOf(transaction: Transaction): { signatures: Signature[] } {
  return {
    signatures: Object.values(transaction.signatures).map((bytes) =>
      signatureFromBytes(new Uint8Array(bytes ?? EMPTY_SIGNATURE)),
    ),
  };
}

export function isWritableStatic(transaction: DecodedTransaction, index: number): boolean {
  const { requiredSignatures, readonlySigned, readonlyUnsigned } = transaction.header;
  return index < requiredSignatures
    ? index < requiredSignatures - readonlySigned
    : index < transaction.staticKeys.length - readonlyUnsigned;
}

export interface ResolvedKeys {
  readonly keys: readonly Address[];
  readonly writable: readonly boolean[];
  readonly loaded: LoadedAddresses;
}

/** All keys of a transaction, with the addresses of its lookup tables as `read` has them. */
export function resolveKeys(
  transaction: DecodedTransaction,
  read: (address: Address) => AccountState | null,
): ResolvedKeys | { readonly error: TransactionErrorJson } {
  const writable: Address[] = [];
  const readonly: Address[] = [];
  for (const lookup of transaction.lookups) {
    const table = read(lookup.table);
    if (table === null) return { error: 'AddressLookupTableNotFound' };
    if (table.owner !== LOOKUP_TABLE_PROGRAM) return { error: 'InvalidAddressLookupTableOwner' };
    for (const [indexes, into] of [
      [lookup.writableIndexes, writable],
      [lookup.readonlyIndexes, readonly],
    ] as const) {
      for (const index of indexes) {
        const start = LOOKUP_TABLE_HEADER_BYTES + 32 * index;
        if (start + 32 > table.data.length) return { error: 'InvalidAddressLookupTableIndex' };
        into.push(addressFromBytes(table.data.subarray(start, start + 32)));
      }
    }
  }
  return {
    keys: [...transaction.staticKeys, ...writable, ...readonly],
    writable: [
      ...transaction.staticKeys.map((_, index) => isWritableStatic(transaction, index)),
      ...writable.map(() => true),
      ...readonly.map(() => false),
    ],
    loaded: { writable, readonly },
  };
}
