// speed: point reads from memory. Every account of the source's coverage in its canonical bytes, as
// of each slot of the window; an answer is the stored bytes themselves.
import { ChainStore, isMiss } from '@streamsync/storage-core';
import { decodeAddressArguments } from '@streamsync/wire';
import { MISS_CODES } from '../../handlers/read-miss.ts';
import type { AnswerItem, SpecialisationDefinition } from '../specialisation.ts';
import { WINDOW_SLOTS } from './sizing.ts';

export const speed: SpecialisationDefinition = {
  name: 'speed',
  openStore: ({ folder, genesisHash, coverage }) => {
    const chain = ChainStore.open({
      folder,
      genesisHash,
      windowSlots: WINDOW_SLOTS,
      keeps: { accounts: true, transactions: false },
      covers: (address) => coverage.absentIsKnown(address),
    });
    return {
      chain,
      keepsTransactions: false,
      operations: { 'account.get': accountGet(chain) },
      historyRanges: () => [],
      historySlotFirst: () => chain.timeline.first?.slot ?? null,
    };
  },
};

function accountGet({ accounts }: ChainStore): AnswerItem {
  return (item, slot) => {
    const found = accounts.item(decodeAddressArguments(item), slot);
    return isMiss(found) ? MISS_CODES[found] : found;
  };
}
