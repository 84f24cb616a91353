// archive: what happened. Transactions by signature from the journal, blocks and their transactions
// from the index beside it, lists of an address from memory and from Parquet segments. Arguments name
// their slots, so an answer is whole or HISTORY_NOT_COVERED, whatever else the node holds.
import { silentLog } from '@streamsync/runtime';
import { ArchiveStore } from '@streamsync/storage-core';
import type { SpecialisationDefinition } from '../specialisation.ts';
import { accountAt, accountHistory } from './accounts.ts';
import { balanceHistory } from './balances.ts';
import { blockGet, blocksRange } from './blocks.ts';
import { WINDOW_SLOTS } from './sizing.ts';
import {
  transactionGet,
  transactionsByAddress,
  transactionsBySlot,
  transactionsCount,
} from './transactions.ts';

export const archive: SpecialisationDefinition = {
  name: 'archive',
  openStore: ({ folder, genesisHash, coverage, log = silentLog }) => {
    const chain = ArchiveStore.open({
      folder,
      genesisHash,
      windowSlots: WINDOW_SLOTS,
      // Folders hold states of accounts, not the writes that lie between them.
      keepsAccountWrites: !coverage.isFed,
      absentIsKnown: (address) => coverage.absentIsKnown(address),
      log,
    });
    const { history } = chain;
    return {
      chain,
      keepsTransactions: true,
      operations: {
        'transaction.get': transactionGet(chain.transactions),
        'block.get': blockGet(history),
        'blocks.range': blocksRange(history),
        'transactions.bySlot': transactionsBySlot(history),
      },
      operationsLater: {
        'transactions.byAddress': transactionsByAddress(history),
        'transactions.count': transactionsCount(history),
        'account.at': accountAt(history),
        'accountHistory.byAddress': accountHistory(history),
        'balanceHistory.byAddress': balanceHistory(history),
      },
      historyRanges: () => chain.historyRanges(),
      historySlotFirst: () =>
        chain.transactions.coverage().completeFrom ?? chain.timeline.first?.slot ?? null,
    };
  },
};
