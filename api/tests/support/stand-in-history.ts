// History in a map of blocks, and what a node would answer about it: each list computed anew from the
// blocks by the plainest reading, so that what the gateway makes of it can be compared.
import {
  type AccountState,
  type Address,
  addressFromBytes,
  type BalanceEntry,
  type BlockRecord,
  type Slot,
  type TransactionRecord,
} from '@streamsync/domain';
import {
  decodeAddressAtSlot,
  decodeBlocksArguments,
  decodeCountArguments,
  decodeHistoryArguments,
  decodeSlotArguments,
  decodeSlotTransactionsArguments,
  encodeAccountAtSlot,
  encodeAccountItem,
  encodeBalancesPage,
  encodeBlockItem,
  encodeBlocksPage,
  encodeCount,
  encodeTransactionItem,
  encodeTransactionsPage,
  encodeVersionsPage,
  type HistoryArguments,
  type HistoryPosition,
} from '@streamsync/wire';
import type { Batch } from '../../src/pipeline/ports.ts';

export interface StandInBlock {
  readonly record: BlockRecord;
  readonly transactions: readonly TransactionRecord[];
}

export interface StandInHistory {
  /** By slot; a slot without one is skipped. */
  readonly blocks: Map<Slot, StandInBlock>;
  /** Ascending. */
  readonly versions: Map<Address, readonly { slot: Slot; state: AccountState | null }[]>;
}

interface Placed<Entry> {
  readonly at: HistoryPosition;
  readonly entry: Entry;
}

const compare = (left: HistoryPosition, right: HistoryPosition): number =>
  left.slot === right.slot ? left.index - right.index : left.slot < right.slot ? -1 : 1;

/** The page that the arguments ask for, of entries in any order. */
function pageOf<Entry>(
  all: readonly Placed<Entry>[],
  asked: Pick<HistoryArguments, 'slotFirst' | 'slotLast' | 'ascending' | 'after' | 'limit'>,
): { entries: Entry[]; more: boolean } {
  const sign = asked.ascending ? 1 : -1;
  const list = all
    .filter(({ at }) => at.slot >= asked.slotFirst && at.slot <= asked.slotLast)
    .filter(({ at }) => asked.after === null || sign * compare(at, asked.after) > 0)
    .sort((left, right) => sign * compare(left.at, right.at));
  return {
    entries: list.slice(0, asked.limit).map(({ entry }) => entry),
    more: list.length > asked.limit,
  };
}

function transactionsOf(history: StandInHistory): Placed<TransactionRecord>[] {
  return [...history.blocks.values()].flatMap(({ record, transactions }) =>
    transactions.map((entry, index) => ({ at: { slot: record.slot, index }, entry })),
  );
}

function naming(history: StandInHistory, address: Uint8Array): Placed<TransactionRecord>[] {
  const text = addressFromBytes(address);
  return transactionsOf(history).filter(({ entry }) => entry.accountKeys.includes(text));
}

function balancesOf(history: StandInHistory, asked: HistoryArguments): Placed<BalanceEntry>[] {
  const text = addressFromBytes(asked.address);
  const mint = asked.mint === null ? null : addressFromBytes(asked.mint);
  return naming(history, asked.address).flatMap(({ at, entry }) => {
    const position = entry.accountKeys.indexOf(text);
    const amount = (side: 'pre' | 'post'): bigint | null => {
      if (mint === null) return entry[`${side}BalancesLamports`]?.[position] ?? null;
      const held = entry[`${side}TokenBalances`]?.find(
        (balance) => balance.accountIndex === position && balance.mint === mint,
      );
      return held?.amount ?? null;
    };
    const [preAmount, postAmount] = [amount('pre'), amount('post')];
    if (preAmount === postAmount) return [];
    const { slot, index: blockIndex } = at;
    const { signature } = entry;
    return [{ at, entry: { slot, blockIndex, signature, address: text, preAmount, postAmount } }];
  });
}

/** What a node answers; null: the operation is none of history. */
export function answerFromHistory(
  history: StandInHistory,
  operation: Batch['operation'],
  item: Uint8Array,
): Uint8Array | null {
  switch (operation) {
    case 'block.get':
      return encodeBlockItem(history.blocks.get(decodeSlotArguments(item))?.record ?? null);
    case 'blocks.range': {
      const { after, ...asked } = decodeBlocksArguments(item);
      const all = [...history.blocks.values()].map(({ record }) => ({
        at: { slot: record.slot, index: 0 },
        entry: record,
      }));
      const position = after === null ? null : { slot: after, index: 0 };
      return encodeBlocksPage(pageOf(all, { ...asked, after: position }));
    }
    case 'transactions.bySlot': {
      const { slot, afterIndex, limit } = decodeSlotTransactionsArguments(item);
      const after = afterIndex === null ? null : { slot, index: afterIndex };
      const asked = { slotFirst: slot, slotLast: slot, ascending: true, after, limit };
      return transactionsPage(pageOf(transactionsOf(history), asked));
    }
    case 'transactions.byAddress': {
      const asked = decodeHistoryArguments(item);
      return transactionsPage(pageOf(naming(history, asked.address), asked));
    }
    case 'transactions.count': {
      const { address, ...range } = decodeCountArguments(item);
      const asked = { ...range, ascending: true, after: null, limit: Number.MAX_SAFE_INTEGER };
      return encodeCount(pageOf(naming(history, address), asked).entries.length);
    }
    case 'balanceHistory.byAddress': {
      const asked = decodeHistoryArguments(item);
      return encodeBalancesPage(pageOf(balancesOf(history, asked), asked));
    }
    case 'account.at': {
      const { address, slot } = decodeAddressAtSlot(item);
      const versions = history.versions.get(addressFromBytes(address)) ?? [];
      const last = versions.findLast((version) => version.slot <= slot);
      return encodeAccountAtSlot({
        slot: last?.slot ?? null,
        item: encodeAccountItem(last?.state ?? null),
      });
    }
    case 'accountHistory.byAddress': {
      const asked = decodeHistoryArguments(item);
      const versions = history.versions.get(addressFromBytes(asked.address)) ?? [];
      const all = versions.map(({ slot, state }) => ({
        at: { slot, index: 0 },
        entry: { slot, item: encodeAccountItem(state) },
      }));
      return encodeVersionsPage(pageOf(all, asked));
    }
    default:
      return null;
  }
}

function transactionsPage(page: { entries: TransactionRecord[]; more: boolean }): Uint8Array {
  return encodeTransactionsPage({ ...page, entries: page.entries.map(encodeTransactionItem) });
}
