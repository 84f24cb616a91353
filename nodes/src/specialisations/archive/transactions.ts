// Transactions by signature, by block and by what they mention. Pages carry the very bytes that a
// look-up by signature answers.
import type { ArchiveReader, TransactionStore } from '@streamsync/storage-core';
import {
  decodeCountArguments,
  decodeHistoryArguments,
  decodeSignatureArguments,
  decodeSlotTransactionsArguments,
  encodeCount,
  encodeTransactionsPage,
} from '@streamsync/wire';
import type { AnswerItem, AnswerItemLater } from '../specialisation.ts';
import { coveredOr } from './covered-or.ts';

/** A transaction above the pin is not there yet; an unknown one is null only from genesis on. */
export function transactionGet(transactions: Pick<TransactionStore, 'item'>): AnswerItem {
  return (item, pinSlot) =>
    coveredOr(transactions.item(decodeSignatureArguments(item), pinSlot), (found) => found);
}

export function transactionsBySlot(history: ArchiveReader): AnswerItem {
  return (item, pinSlot) => {
    const { slot, afterIndex, limit } = decodeSlotTransactionsArguments(item);
    if (slot > pinSlot) return 'INVALID_ARGUMENT';
    return coveredOr(history.transactionsOfSlot(slot, afterIndex, limit), encodeTransactionsPage);
  };
}

export function transactionsByAddress(history: ArchiveReader): AnswerItemLater {
  return async (item, pinSlot) => {
    const query = decodeHistoryArguments(item);
    if (query.slotLast > pinSlot || query.mint !== null) return 'INVALID_ARGUMENT';
    return coveredOr(await history.transactionsOf(query), encodeTransactionsPage);
  };
}

export function transactionsCount(history: ArchiveReader): AnswerItemLater {
  return async (item, pinSlot) => {
    const { address, slotFirst, slotLast } = decodeCountArguments(item);
    if (slotLast > pinSlot) return 'INVALID_ARGUMENT';
    return coveredOr(await history.transactionCount(address, slotFirst, slotLast), encodeCount);
  };
}
