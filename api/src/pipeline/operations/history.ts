// The chain's history: blocks, transactions and balances, in ranges of slots that the arguments name.
import {
  type Address,
  addressBytes,
  type BalanceEntry,
  type BlockRecord,
  type HistoryRange,
  type Signature,
  type Slot,
  signatureBytes,
  type TransactionRecord,
} from '@streamsync/domain';
import {
  type BlocksArguments,
  decodeBalancesPage,
  decodeBlockItem,
  decodeBlocksPage,
  decodeCount,
  decodeTransactionItem,
  decodeTransactionsPage,
  encodeBlocksArguments,
  encodeCountArguments,
  encodeHistoryArguments,
  encodeKeyArguments,
  encodeSlotArguments,
  encodeSlotTransactionsArguments,
  type HistoryPosition,
  type Page,
  type SlotTransactionsArguments,
} from '@streamsync/wire';
import { type OperationCodec, present } from './codec.ts';

/** One page of what happened to an address in a range of slots. */
export interface HistoryListArguments extends HistoryRange {
  readonly address: Address;
  readonly ascending: boolean;
  /** The entry before the page, in the list's order. */
  readonly after: HistoryPosition | null;
  readonly limit: number;
}

export interface BalanceListArguments extends HistoryListArguments {
  /** Null: lamports. */
  readonly mint: Address | null;
}

const rangeOf = ({ slotFirst, slotLast }: HistoryRange): HistoryRange => ({ slotFirst, slotLast });
const oneSlot = (slot: Slot): HistoryRange => ({ slotFirst: slot, slotLast: slot });

const transactionGet: OperationCodec<{ readonly signature: Signature }, TransactionRecord | null> =
  {
    encode: ({ signature }) => encodeKeyArguments(signatureBytes(signature)),
    decode: decodeTransactionItem,
  };

const blockGet: OperationCodec<{ readonly slot: Slot }, BlockRecord | null> = {
  encode: ({ slot }) => encodeSlotArguments(slot),
  decode: decodeBlockItem,
  slots: ({ slot }) => oneSlot(slot),
};

const blocksInRange: OperationCodec<BlocksArguments, Page<BlockRecord>> = {
  encode: encodeBlocksArguments,
  decode: decodeBlocksPage,
  slots: rangeOf,
};

function decodeTransactions(item: Uint8Array): Page<TransactionRecord> {
  const { entries, more } = decodeTransactionsPage(item);
  return { entries: entries.map((entry) => present(decodeTransactionItem(entry))), more };
}

const transactionsOfSlot: OperationCodec<SlotTransactionsArguments, Page<TransactionRecord>> = {
  encode: encodeSlotTransactionsArguments,
  decode: decodeTransactions,
  slots: ({ slot }) => oneSlot(slot),
};

const transactionsOfAddress: OperationCodec<HistoryListArguments, Page<TransactionRecord>> = {
  encode: (list) =>
    encodeHistoryArguments({ ...list, address: addressBytes(list.address), mint: null }),
  decode: decodeTransactions,
  slots: rangeOf,
};

const transactionCount: OperationCodec<HistoryRange & { readonly address: Address }, number> = {
  encode: (counted) => encodeCountArguments({ ...counted, address: addressBytes(counted.address) }),
  decode: decodeCount,
  slots: rangeOf,
};

const balanceHistory: OperationCodec<BalanceListArguments, Page<BalanceEntry>> = {
  encode: (list) =>
    encodeHistoryArguments({
      ...list,
      address: addressBytes(list.address),
      mint: list.mint === null ? null : addressBytes(list.mint),
    }),
  decode: decodeBalancesPage,
  slots: rangeOf,
};

export const HISTORY_OPERATIONS = {
  'transaction.get': transactionGet,
  'block.get': blockGet,
  'blocks.range': blocksInRange,
  'transactions.bySlot': transactionsOfSlot,
  'transactions.byAddress': transactionsOfAddress,
  'transactions.count': transactionCount,
  'balanceHistory.byAddress': balanceHistory,
} as const;
