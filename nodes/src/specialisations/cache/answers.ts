// How the cache's lists become answers: a page, a count, what changed. Each says NOT_COVERED where the
// node does not know the whole list, and SLOT_NOT_AVAILABLE where it cannot tell as of that slot.
import { invariant, type Slot, StreamSyncError } from '@streamsync/domain';
import { buildAccountChanges, type ChainStore, isMiss } from '@streamsync/storage-core';
import {
  type CountedList,
  decodeAccountsCountArguments,
  decodeChangesArguments,
  encodeCount,
} from '@streamsync/wire';
import { MISS_CODES } from '../../handlers/read-miss.ts';
import type { AnswerItem } from '../specialisation.ts';
import type { AccountLists } from './account-lists.ts';
import { buildPage, type PageEntry } from './build-page.ts';
import type { ListName } from './list-keys.ts';
import type { ProgramChanges } from './program-changes.ts';

/** A page of one of the lists, as an operation's arguments name it. */
export interface Asked {
  readonly name: ListName;
  readonly key: Uint8Array;
  readonly after: Uint8Array | null;
  readonly limit: number;
  /** Whether the source follows every account that could be on the list. */
  readonly isFollowed: boolean;
}

export interface AnswerOptions {
  readonly chain: ChainStore;
  readonly lists: AccountLists;
  readonly isFed: boolean;
}

export function answerPage(options: AnswerOptions, ask: (item: Uint8Array) => Asked): AnswerItem {
  const { chain, lists } = options;
  return (item, slot) => {
    const asked = ask(item);
    const page = lists.get(asked.name).page(asked.key, slot, asked.after, asked.limit);
    if (isMiss(page)) return MISS_CODES[page];
    if (!isKnown(options, asked, slot)) return 'NOT_COVERED';
    const entries = page.addresses.map((address) => entryOf(chain, address, slot));
    return buildPage(entries, page.more);
  };
}

/** @throws StreamSyncError MALFORMED_MESSAGE for arguments that are not a first page's of one entry */
export function answerCount(
  options: AnswerOptions,
  asks: Readonly<Record<CountedList, (item: Uint8Array) => Asked>>,
): AnswerItem {
  return (item, slot) => {
    const count = decodeAccountsCountArguments(item);
    const asked = asks[count.list](count.arguments);
    if (asked.after !== null || asked.limit !== 1) {
      throw new StreamSyncError('MALFORMED_MESSAGE', { list: count.list });
    }
    const members = options.lists.get(asked.name).count(asked.key, slot);
    if (typeof members === 'string') return MISS_CODES[members];
    return isKnown(options, asked, slot) ? encodeCount(members) : 'NOT_COVERED';
  };
}

export function answerProgramChanges(
  { timeline }: ChainStore,
  changes: ProgramChanges,
  follows: (program: Uint8Array) => boolean,
): AnswerItem {
  return (item, slot) => {
    const { key, slotAfter } = decodeChangesArguments(item);
    if (!follows(key)) return 'NOT_COVERED';
    const slotFirst = timeline.first?.slot;
    if (slotFirst === undefined || slotAfter < slotFirst) return 'SLOT_NOT_AVAILABLE';
    if (!timeline.isWhole(slotAfter, slot)) return 'SLOT_NOT_AVAILABLE';
    return buildAccountChanges(changes.changes(key, slotAfter, slot), slot);
  };
}

/** Of a folder feed a list is what was fed: receipts say FED, and an empty list is no claim. */
function isKnown({ lists, isFed }: AnswerOptions, asked: Asked, slot: Slot): boolean {
  return asked.isFollowed || (isFed && lists.hasMembers(asked.name, asked.key, slot));
}

function entryOf({ accounts }: ChainStore, address: Uint8Array, slot: Slot): PageEntry {
  const item = accounts.item(address, slot);
  invariant(!isMiss(item), 'a listed account is in the store at the same slot');
  return { address, item };
}
