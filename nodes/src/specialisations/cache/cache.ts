// cache: lists of accounts, materialised as slots are applied and readable as of each slot of the
// window; their counts, scans beyond them, and what changed. A page is put together from stored bytes;
// an empty one is a claim that a node makes only where its source follows every account that could be
// on it.
import { type Address, addressBytes, PROGRAM_INDEXES, type Slot } from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM, TOKEN_2022_PROGRAM } from '@streamsync/program-parser';
import { ChainStore } from '@streamsync/storage-core';
import { decodeIndexArguments, decodePageArguments } from '@streamsync/wire';
import type { SpecialisationDefinition } from '../specialisation.ts';
import { AccountLists } from './account-lists.ts';
import { type Asked, answerCount, answerPage, answerProgramChanges } from './answers.ts';
import type { ListName } from './list-keys.ts';
import { ProgramChanges } from './program-changes.ts';
import { scanAccounts } from './scan-accounts.ts';
import { WINDOW_SLOTS } from './sizing.ts';
import { SliceRunner } from './slice-runner.ts';

const TOKEN_PROGRAMS = [addressBytes(SPL_TOKEN_PROGRAM), addressBytes(TOKEN_2022_PROGRAM)];

export const cache: SpecialisationDefinition = {
  name: 'cache',
  openStore: ({ folder, genesisHash, coverage, log }) => {
    const lists = new AccountLists();
    let changes: ProgramChanges | null = null;
    const chain = ChainStore.open({
      folder,
      genesisHash,
      windowSlots: WINDOW_SLOTS,
      onSetAside: (notice) =>
        log?.warn({ ...notice }, 'the store could not be used and is rebuilt from the source'),
      keeps: { accounts: true, transactions: false },
      covers: (address) => coverage.absentIsKnown(address),
      onChange: (change) => lists.change(change),
      onRollback: (slot) => {
        lists.rollback(slot);
        changes?.rollback(slot);
      },
      onAdvance: (slot, slotFirst) => {
        lists.advance(slot, slotFirst);
        changes?.advance(slot, slotFirst);
      },
    });
    changes = new ProgramChanges(chain.accounts);
    const slotFirst = chain.timeline.first?.slot;
    for (const { slot } of chain.timeline.applied()) changes.advance(slot, slotFirst ?? slot);

    const follows = (program: Uint8Array): boolean => coverage.followsProgram(program);
    const tokensFollowed = (): boolean => TOKEN_PROGRAMS.every(follows);
    /** What an operation asks for: its list, and whether its source follows all that could be on it. */
    const asks = {
      'tokenAccounts.byOwner': keyed('tokenOwner', tokensFollowed),
      'tokenAccounts.byMint': keyed('mint', tokensFollowed),
      'programAccounts.byProgram': keyed('program', follows),
      'programAccounts.byIndex': (item: Uint8Array): Asked => {
        const { index, ...page } = decodeIndexArguments(item);
        const { program } = PROGRAM_INDEXES[index];
        return { ...page, name: index, isFollowed: follows(bytesOf(program)) };
      },
    };
    const options = { chain, lists, isFed: coverage.isFed };
    return {
      chain,
      keepsTransactions: false,
      operations: {
        'tokenAccounts.byOwner': answerPage(options, asks['tokenAccounts.byOwner']),
        'tokenAccounts.byMint': answerPage(options, asks['tokenAccounts.byMint']),
        'programAccounts.byProgram': answerPage(options, asks['programAccounts.byProgram']),
        'programAccounts.byIndex': answerPage(options, asks['programAccounts.byIndex']),
        'accounts.count': answerCount(options, asks),
        'accountChanges.byProgram': answerProgramChanges(chain, changes, follows),
      },
      operationsLater: {
        'programAccounts.scan': scanAccounts({
          chain,
          list: lists.get('program'),
          isKnown: (program: Uint8Array, slot: Slot) =>
            follows(program) || (coverage.isFed && lists.hasMembers('program', program, slot)),
          runner: new SliceRunner(),
        }),
      },
      historyRanges: () => [],
      historySlotFirst: () => chain.timeline.first?.slot ?? null,
    };
  },
};

function keyed(name: ListName, isFollowed: (key: Uint8Array) => boolean) {
  return (item: Uint8Array): Asked => {
    const page = decodePageArguments(item);
    return { ...page, name, isFollowed: isFollowed(page.key) };
  };
}

const programs = new Map<Address, Uint8Array>(
  Object.values(PROGRAM_INDEXES).map(({ program }) => [program, addressBytes(program)]),
);

function bytesOf(program: Address): Uint8Array {
  return programs.get(program) ?? addressBytes(program);
}
