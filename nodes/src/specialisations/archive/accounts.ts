// Accounts as a past slot left them, and the states that slots wrote. Only sources that tell every
// write give such a history; before the first snapshot, and from blocks alone, it is not covered.
import type { ArchiveReader } from '@streamsync/storage-core';
import {
  decodeAddressAtSlot,
  decodeHistoryArguments,
  encodeAccountAtSlot,
  encodeVersionsPage,
} from '@streamsync/wire';
import type { AnswerItemLater } from '../specialisation.ts';
import { coveredOr } from './covered-or.ts';

export function accountAt(history: ArchiveReader): AnswerItemLater {
  return async (item, pinSlot) => {
    const { address, slot } = decodeAddressAtSlot(item);
    if (slot > pinSlot) return 'INVALID_ARGUMENT';
    return coveredOr(await history.accountAt(address, slot), encodeAccountAtSlot);
  };
}

export function accountHistory(history: ArchiveReader): AnswerItemLater {
  return async (item, pinSlot) => {
    const query = decodeHistoryArguments(item);
    if (query.slotLast > pinSlot || query.mint !== null) return 'INVALID_ARGUMENT';
    return coveredOr(await history.accountHistory(query), encodeVersionsPage);
  };
}
