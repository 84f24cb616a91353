// archive: transactions by signature, from the journal on disk. A transaction of a slot above the
// pin is not there yet; an unknown one is null only where the history begins with the chain.
import { ChainStore } from '@streamsync/storage-core';
import { decodeSignatureArguments } from '@streamsync/wire';
import type { AnswerItem, SpecialisationDefinition } from '../specialisation.ts';
import { WINDOW_SLOTS } from './sizing.ts';

export const archive: SpecialisationDefinition = {
  name: 'archive',
  openStore: ({ folder, genesisHash }) => {
    const chain = ChainStore.open({
      folder,
      genesisHash,
      windowSlots: WINDOW_SLOTS,
      keeps: { accounts: false, transactions: true },
    });
    return {
      chain,
      keepsTransactions: true,
      operations: { 'transaction.get': transactionGet(chain) },
      historyRanges: () => chain.transactions.ranges(),
      historySlotFirst: () =>
        chain.transactions.coverage().completeFrom ?? chain.timeline.first?.slot ?? null,
    };
  },
};

function transactionGet({ transactions }: ChainStore): AnswerItem {
  return (item, slot) => {
    const found = transactions.item(decodeSignatureArguments(item), slot);
    return found === 'notCovered' ? 'HISTORY_NOT_COVERED' : found;
  };
}
