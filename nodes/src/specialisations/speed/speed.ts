// speed: point reads from memory. Every account of the source's coverage in its canonical bytes, as
// of each slot of the window; an answer is the stored bytes themselves. And what changed of an account.
import { buildAccountChanges, ChainStore, isMiss } from '@streamsync/storage-core';
import { decodeAddressArguments, decodeChangesArguments } from '@streamsync/wire';
import { MISS_CODES } from '../../handlers/read-miss.ts';
import type { AnswerItem, SpecialisationDefinition } from '../specialisation.ts';
import { WINDOW_SLOTS } from './sizing.ts';

export const speed: SpecialisationDefinition = {
  name: 'speed',
  openStore: ({ folder, genesisHash, coverage, log }) => {
    const covers = (address: Uint8Array) => coverage.absentIsKnown(address);
    const chain = ChainStore.open({
      folder,
      genesisHash,
      windowSlots: WINDOW_SLOTS,
      onSetAside: (notice) =>
        log?.warn({ ...notice }, 'the store could not be used and is rebuilt from the source'),
      keeps: { accounts: true, transactions: false },
      covers,
    });
    return {
      chain,
      keepsTransactions: false,
      operations: {
        'account.get': accountGet(chain),
        'accountChanges.byAddress': accountChanges(chain, covers),
      },
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

function accountChanges(
  { accounts, timeline }: ChainStore,
  covers: (address: Uint8Array) => boolean,
): AnswerItem {
  return (item, slot) => {
    const { key, slotAfter } = decodeChangesArguments(item);
    const slotFirst = timeline.first?.slot;
    if (slotFirst === undefined || slotAfter < slotFirst) return 'SLOT_NOT_AVAILABLE';
    if (!timeline.isWhole(slotAfter, slot)) return 'SLOT_NOT_AVAILABLE';
    if (accounts.entryOf(key) === -1 && !covers(key)) return 'NOT_COVERED';
    const versions = accounts.versionsOf(key, slotAfter, slot);
    return buildAccountChanges(
      versions.map((version) => ({ slot: version.slot, versions: [version] })),
      slot,
    );
  };
}
