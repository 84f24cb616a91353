// Accounts by their addresses: now, at an earlier slot, and every version in between.
import {
  type AccountState,
  type Address,
  addressBytes,
  type HistoryRange,
  type Slot,
} from '@streamsync/domain';
import {
  decodeAccountAtSlot,
  decodeAccountItem,
  decodeVersionsPage,
  encodeAddressAtSlot,
  encodeHistoryArguments,
  encodeKeyArguments,
  type Page,
} from '@streamsync/wire';
import type { OperationCodec } from './codec.ts';
import type { HistoryListArguments } from './history.ts';

/** An account as an answer states it. */
export interface AccountAtSlot {
  /** Null: there is no such account. */
  readonly state: AccountState | null;
  /** The slot that wrote it last; null where the answer does not say, or it never existed. */
  readonly lastWriteSlot: Slot | null;
}

export interface AccountVersion {
  readonly slot: Slot;
  /** Null: the slot closed it. */
  readonly state: AccountState | null;
}

const accountGet: OperationCodec<{ readonly address: Address }, AccountAtSlot> = {
  encode: ({ address }) => encodeKeyArguments(addressBytes(address)),
  decode: (item) => ({ state: decodeAccountItem(item), lastWriteSlot: null }),
};

const accountAt: OperationCodec<{ readonly address: Address; readonly slot: Slot }, AccountAtSlot> =
  {
    encode: ({ address, slot }) => encodeAddressAtSlot({ address: addressBytes(address), slot }),
    decode: (item) => {
      const { slot, item: account } = decodeAccountAtSlot(item);
      return { state: decodeAccountItem(account), lastWriteSlot: slot };
    },
    slots: ({ slot }) => ({ slotFirst: slot, slotLast: slot }),
  };

const accountHistory: OperationCodec<HistoryListArguments, Page<AccountVersion>> = {
  encode: (list) =>
    encodeHistoryArguments({ ...list, address: addressBytes(list.address), mint: null }),
  decode: (item) => {
    const { entries, more } = decodeVersionsPage(item);
    return {
      entries: entries.map(({ slot, item: account }) => ({
        slot,
        state: decodeAccountItem(account),
      })),
      more,
    };
  },
  slots: ({ slotFirst, slotLast }): HistoryRange => ({ slotFirst, slotLast }),
};

export const ACCOUNT_OPERATIONS = {
  'account.get': accountGet,
  'account.at': accountAt,
  'accountHistory.byAddress': accountHistory,
} as const;
