// What transactions changed of an address's lamports, or of a mint's amounts in its token accounts.
import type { ArchiveReader } from '@streamsync/storage-core';
import { decodeHistoryArguments, encodeBalancesPage } from '@streamsync/wire';
import type { AnswerItemLater } from '../specialisation.ts';
import { coveredOr } from './covered-or.ts';

export function balanceHistory(history: ArchiveReader): AnswerItemLater {
  return async (item, pinSlot) => {
    const query = decodeHistoryArguments(item);
    if (query.slotLast > pinSlot) return 'INVALID_ARGUMENT';
    const found =
      query.mint === null
        ? await history.lamportHistory(query)
        : await history.tokenHistory(query, query.mint);
    return coveredOr(found, encodeBalancesPage);
  };
}
