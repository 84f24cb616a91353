// cache: lists of accounts, materialised as slots are applied and readable as of each slot of the
// window. A page is put together from stored bytes; an empty one is a claim that a node makes only
// where its source follows every account that could be on it.
import { addressBytes, invariant, type Slot } from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM, TOKEN_2022_PROGRAM } from '@streamsync/program-parser';
import { ChainStore, isMiss, type VersionedIndex } from '@streamsync/storage-core';
import { decodePageArguments } from '@streamsync/wire';
import { MISS_CODES } from '../../handlers/read-miss.ts';
import type { AnswerItem, SpecialisationDefinition } from '../specialisation.ts';
import { AccountLists, type ListName } from './account-lists.ts';
import { buildPage, type PageEntry } from './build-page.ts';
import { WINDOW_SLOTS } from './sizing.ts';

const TOKEN_PROGRAMS = [addressBytes(SPL_TOKEN_PROGRAM), addressBytes(TOKEN_2022_PROGRAM)];

export const cache: SpecialisationDefinition = {
  name: 'cache',
  openStore: ({ folder, genesisHash, coverage }) => {
    const lists = new AccountLists();
    const chain = ChainStore.open({
      folder,
      genesisHash,
      windowSlots: WINDOW_SLOTS,
      keeps: { accounts: true, transactions: false },
      covers: (address) => coverage.absentIsKnown(address),
      onChange: (change) => lists.change(change),
      onRollback: (slot) => lists.rollback(slot),
      onAdvance: (slot, slotFirst) => lists.advance(slot, slotFirst),
    });
    const lister = (name: ListName, isFollowed: (key: Uint8Array) => boolean): AnswerItem => {
      const list = lists.get(name);
      // Of a folder feed a list is what was fed: receipts say FED, and an empty list is no claim.
      const isKnown = (key: Uint8Array, slot: Slot): boolean =>
        isFollowed(key) || (coverage.isFed && hasMembers(list, key, slot));
      return answerPage({ chain, list, isKnown });
    };
    const tokensFollowed = (): boolean =>
      TOKEN_PROGRAMS.every((program) => coverage.followsProgram(program));
    return {
      chain,
      keepsTransactions: false,
      operations: {
        'tokenAccounts.byOwner': lister('tokenOwner', tokensFollowed),
        'tokenAccounts.byMint': lister('mint', tokensFollowed),
        'programAccounts.byProgram': lister('program', (key) => coverage.followsProgram(key)),
      },
      historyRanges: () => [],
      historySlotFirst: () => chain.timeline.first?.slot ?? null,
    };
  },
};

interface PageOptions {
  readonly chain: ChainStore;
  readonly list: VersionedIndex;
  /** Whether the node knows the key's whole list, so that it may state it, also when it is empty. */
  readonly isKnown: (key: Uint8Array, slot: Slot) => boolean;
}

function answerPage({ chain, list, isKnown }: PageOptions): AnswerItem {
  return (item, slot) => {
    const { key, after, limit } = decodePageArguments(item);
    const page = list.page(key, slot, after, limit);
    if (isMiss(page)) return MISS_CODES[page];
    if (!isKnown(key, slot)) return 'NOT_COVERED';
    const entries = page.addresses.map((address) => entryOf(chain, address, slot));
    return buildPage(entries, page.more);
  };
}

function entryOf({ accounts }: ChainStore, address: Uint8Array, slot: Slot): PageEntry {
  const item = accounts.item(address, slot);
  invariant(!isMiss(item), 'a listed account is in the store at the same slot');
  return { address, item };
}

function hasMembers(list: VersionedIndex, key: Uint8Array, slot: Slot): boolean {
  const page = list.page(key, slot, null, 1);
  return !isMiss(page) && page.addresses.length > 0;
}
