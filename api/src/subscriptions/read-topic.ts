// What happened in a topic after a cursor, up to a pin: verified, in the order of slots, a slot at a
// time and whole. Nothing is kept here; a caller that stops in between goes on from its cursor.
import {
  addressBytes,
  PAGE_ENTRIES_MAX,
  type Slot,
  StreamSyncError,
  type TransactionRecord,
} from '@streamsync/domain';
import {
  type AccountChangeItem,
  decodeAccountChanges,
  decodeAccountItem,
  decodeTransactionItem,
  decodeTransactionsPage,
  encodeChangesArguments,
  encodeHistoryArguments,
  type HistoryPosition,
} from '@streamsync/wire';
import type { ChainTracker } from './chain-tracker.ts';
import type { Pinned, TopicEvent, TopicName } from './ports.ts';
import type { TopicRace, TopicRacer } from './race-topics.ts';

/** One step of a topic: an event, or none where nothing happened, and how far the topic is told. */
export interface TopicStep {
  readonly event: TopicEvent | null;
  readonly toldTo: Slot;
  readonly race: TopicRace | null;
}

export interface TopicReader {
  /** The chain after `slotAfter` up to the pin. @throws StreamSyncError as races failed */
  read(topic: TopicName, slotAfter: Slot, pinned: Pinned): AsyncIterable<TopicStep>;
}

/** Transactions of one address in one slot that are told, at most: what a block can hold. */
const SLOT_TRANSACTIONS_MAX = 10_000;

export const eventOf = (
  topic: TopicName,
  slot: Slot,
  more: Partial<TopicEvent> = {},
): TopicEvent => ({
  topic,
  slot,
  blockhash: null,
  rolledBackTo: null,
  changes: [],
  transactions: [],
  ...more,
});

export function createTopicReader(racer: TopicRacer, slots: ChainTracker): TopicReader {
  return {
    read(topic, slotAfter, pinned) {
      switch (topic.kind) {
        case 'slots':
          return readSlots(topic, slotAfter, slots);
        case 'mentions':
          return readMentions(racer, topic, slotAfter, pinned);
        case 'account':
        case 'program':
          return readChanges(racer, topic, slotAfter, pinned);
      }
    },
  };
}

async function* readSlots(
  topic: TopicName,
  slotAfter: Slot,
  tracker: ChainTracker,
): AsyncGenerator<TopicStep> {
  const pins = tracker.since(slotAfter);
  if (pins === null) throw new StreamSyncError('HISTORY_NOT_COVERED', { slot: slotAfter + 1n });
  for (const { slot, blockhash } of pins) {
    yield { event: eventOf(topic, slot, { blockhash }), toldTo: slot, race: null };
  }
}

async function* readChanges(
  racer: TopicRacer,
  topic: TopicName,
  slotAfter: Slot,
  pinned: Pinned,
): AsyncGenerator<TopicStep> {
  const operation =
    topic.kind === 'account' ? 'accountChanges.byAddress' : 'accountChanges.byProgram';
  let toldTo = slotAfter;
  while (toldTo < pinned.pin.slot) {
    const argument = encodeChangesArguments({ key: keyOf(topic), slotAfter: toldTo });
    const { item, race } = await racer.race({ pinned, operation, argument, history: null });
    const { changes, slotLast } = decodeAccountChanges(item);
    if (slotLast <= toldTo) throw new StreamSyncError('MALFORMED_MESSAGE', { operation });
    for (const group of bySlot(changes)) {
      const decoded = group.items.map(({ address, item }) => ({
        address,
        state: decodeAccountItem(item),
      }));
      const event = eventOf(topic, group.slot, { changes: decoded });
      yield { event, toldTo: group.slot, race };
    }
    toldTo = slotLast;
    yield { event: null, toldTo, race };
  }
}

async function* readMentions(
  racer: TopicRacer,
  topic: TopicName,
  slotAfter: Slot,
  pinned: Pinned,
): AsyncGenerator<TopicStep> {
  const operation = 'transactions.byAddress';
  const { slot: slotLast } = pinned.pin;
  const history = { slotFirst: (slotAfter + 1n) as Slot, slotLast };
  let after: HistoryPosition | null = null;
  let pending: TransactionRecord[] = [];
  for (let more = true; more; ) {
    const argument = encodeHistoryArguments({
      address: keyOf(topic),
      mint: null,
      ...history,
      ascending: true,
      after,
      limit: PAGE_ENTRIES_MAX,
    });
    const { item, race } = await racer.race({ pinned, operation, argument, history });
    const page = decodeTransactionsPage(item);
    for (const entry of page.entries) {
      const record = decodeTransactionItem(entry);
      if (record === null) throw new StreamSyncError('MALFORMED_MESSAGE', { operation });
      const [first] = pending;
      if (first !== undefined && first.slot !== record.slot) {
        yield stepOf(topic, pending, race);
        pending = [];
      }
      pending.push(record);
      after = { slot: record.slot, index: record.blockIndex ?? 0 };
    }
    if (pending.length > SLOT_TRANSACTIONS_MAX || (page.more && page.entries.length === 0)) {
      throw new StreamSyncError('MALFORMED_MESSAGE', { operation });
    }
    more = page.more;
    if (more) continue;
    if (pending.length > 0) yield stepOf(topic, pending, race);
    yield { event: null, toldTo: slotLast, race };
  }
}

function stepOf(
  topic: TopicName,
  transactions: readonly TransactionRecord[],
  race: TopicRace,
): TopicStep {
  const slot = transactions[0]?.slot as Slot;
  return { event: eventOf(topic, slot, { transactions }), toldTo: slot, race };
}

function* bySlot(
  changes: readonly AccountChangeItem[],
): Generator<{ readonly slot: Slot; readonly items: readonly AccountChangeItem[] }> {
  let first = 0;
  for (let at = 1; at <= changes.length; at += 1) {
    const slot = changes[first]?.slot;
    if (slot === undefined || changes[at]?.slot === slot) continue;
    yield { slot, items: changes.slice(first, at) };
    first = at;
  }
}

function keyOf({ key }: TopicName): Uint8Array {
  if (key === null) throw new StreamSyncError('INVALID_ARGUMENT');
  return addressBytes(key);
}
