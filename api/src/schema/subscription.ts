// What can be followed. A field names its topic; the topic is raced and verified once for each new
// pin, and each event is executed once for all who sent the same document with the same variables.
import type { Address, Blockhash, Slot } from '@streamsync/domain';
import type { ChainReader } from '../pipeline/ports.ts';
import type { TopicEvent, TopicRequest } from '../subscriptions/ports.ts';
import { AccountRef } from './account.ts';
import { AccountEntity, readAccount } from './account-entity.ts';
import { builder } from './builder.ts';
import { type TransactionEntity, TransactionRef } from './transaction.ts';

/** Entries of one event that a plan counts with; the cost of a larger one is bounded as it runs. */
const EVENT_ENTRIES = { argument: 'first', fallback: 100, max: 100 } as const;

/** The root of an event: what happened, and how its fields read more at its slot. */
export interface EventRoot {
  readonly event: TopicEvent;
  readonly reader: ChainReader;
}

interface ChangedAccount {
  readonly address: Address;
  readonly account: AccountEntity | null;
}

/** What graphql-js passes through unread: the spine takes the request out of it. */
class TopicSource implements TopicRequest {
  readonly topic: TopicRequest['topic'];
  readonly fromSlot: Slot | null;

  constructor({ topic, fromSlot }: TopicRequest) {
    this.topic = topic;
    this.fromSlot = fromSlot;
  }

  [Symbol.asyncIterator](): AsyncIterator<EventRoot> {
    throw new Error('topics are read by the spine, not by graphql-js');
  }
}

const ask = (
  kind: TopicRequest['topic']['kind'],
  key: Address | null,
  fromSlot: Slot | null | undefined,
): TopicSource => new TopicSource({ topic: { kind, key }, fromSlot: fromSlot ?? null });

const FROM_SLOT =
  'The first slot whose changes are told, to go on after a break; without it those after the newest slot.';
const ROLLED_BACK =
  'Set where a fork undid slots: forget what was told of slots after this one; what the chain has instead follows.';

builder.subscriptionType({
  description:
    'What happens, slot by slot, each slot once and whole. Over server-sent events or WebSocket.',
});

const AccountChangeRef = builder.objectRef<EventRoot>('AccountChange').implement({
  description: 'One account as a slot left it.',
  fields: (t) => ({
    slot: t.field({ type: 'Slot', nullable: false, resolve: ({ event }) => event.slot }),
    account: t.field({
      type: AccountRef,
      description: 'Null where the slot closed it. After a fork: as of the slot that still stands.',
      resolve: ({ event, reader }) => {
        const { key } = event.topic;
        if (event.rolledBackTo !== null) return key === null ? null : readAccount(reader, key);
        const [change] = event.changes;
        return change === undefined ? null : entityOf(change, reader);
      },
    }),
    rolledBackTo: t.field({
      type: 'Slot',
      description: ROLLED_BACK,
      resolve: ({ event }) => event.rolledBackTo,
    }),
  }),
});

const ChangedAccountRef = builder.objectRef<ChangedAccount>('ChangedAccount').implement({
  fields: (t) => ({
    address: t.expose('address', { type: 'Address', nullable: false }),
    account: t.field({
      type: AccountRef,
      description: 'Null where the slot closed it, or gave it to another program.',
      resolve: ({ account }) => account,
    }),
  }),
});

const ProgramAccountsChangeRef = builder.objectRef<EventRoot>('ProgramAccountsChange').implement({
  description: "What a slot changed among a program's accounts.",
  fields: (t) => ({
    slot: t.field({ type: 'Slot', nullable: false, resolve: ({ event }) => event.slot }),
    accounts: t.field({
      type: [ChangedAccountRef],
      nullable: { list: false, items: false },
      description: 'In bytewise order of their addresses; none after a fork.',
      resolve: ({ event, reader }) =>
        event.changes.map((change) => ({
          address: change.address,
          account: entityOf(change, reader),
        })),
    }),
    rolledBackTo: t.field({
      type: 'Slot',
      description: ROLLED_BACK,
      resolve: ({ event }) => event.rolledBackTo,
    }),
  }),
});

const SlotTransactionsRef = builder.objectRef<EventRoot>('SlotTransactions').implement({
  description: 'The transactions of a slot that mention an address.',
  fields: (t) => ({
    slot: t.field({ type: 'Slot', nullable: false, resolve: ({ event }) => event.slot }),
    transactions: t.field({
      type: [TransactionRef],
      nullable: { list: false, items: false },
      description: 'In the order of the block; none after a fork.',
      resolve: ({ event, reader }): TransactionEntity[] =>
        event.transactions.map((record) => ({ record, reader })),
    }),
    rolledBackTo: t.field({
      type: 'Slot',
      description: ROLLED_BACK,
      resolve: ({ event }) => event.rolledBackTo,
    }),
  }),
});

const SlotAdvanceRef = builder.objectRef<EventRoot>('SlotAdvance').implement({
  description: 'A slot at which queries are answered now.',
  fields: (t) => ({
    slot: t.field({ type: 'Slot', nullable: false, resolve: ({ event }) => event.slot }),
    blockhash: t.string({ resolve: ({ event }): Blockhash | null => event.blockhash }),
    rolledBackTo: t.field({
      type: 'Slot',
      description: ROLLED_BACK,
      resolve: ({ event }) => event.rolledBackTo,
    }),
  }),
});

builder.subscriptionFields((t) => ({
  accountChanged: t.field({
    type: AccountChangeRef,
    nullable: false,
    description: 'Every slot that changes the account.',
    args: {
      address: t.arg({ type: 'Address', required: true }),
      fromSlot: t.arg({ type: 'Slot', description: FROM_SLOT }),
    },
    extensions: { chainRead: { operation: 'accountChanges.byAddress' } },
    subscribe: (_root, { address, fromSlot }) => ask('account', address, fromSlot),
    resolve: (root) => root,
  }),
  programAccountsChanged: t.field({
    type: ProgramAccountsChangeRef,
    nullable: false,
    description: "Every slot that changes any of a program's accounts.",
    args: {
      program: t.arg({ type: 'Address', required: true }),
      fromSlot: t.arg({ type: 'Slot', description: FROM_SLOT }),
    },
    extensions: { chainRead: { operation: 'accountChanges.byProgram', entries: EVENT_ENTRIES } },
    subscribe: (_root, { program, fromSlot }) => ask('program', program, fromSlot),
    resolve: (root) => root,
  }),
  transactions: t.field({
    type: SlotTransactionsRef,
    nullable: false,
    description: 'Every slot with transactions that mention the address.',
    args: {
      mentions: t.arg({ type: 'Address', required: true }),
      fromSlot: t.arg({ type: 'Slot', description: FROM_SLOT }),
    },
    extensions: { chainRead: { operation: 'transactions.byAddress', entries: EVENT_ENTRIES } },
    subscribe: (_root, { mentions, fromSlot }) => ask('mentions', mentions, fromSlot),
    resolve: (root) => root,
  }),
  slotAdvanced: t.field({
    type: SlotAdvanceRef,
    nullable: false,
    description: 'Every slot that enough nodes have applied, in order.',
    args: { fromSlot: t.arg({ type: 'Slot', description: FROM_SLOT }) },
    subscribe: (_root, { fromSlot }) => ask('slots', null, fromSlot),
    resolve: (root) => root,
  }),
}));

function entityOf(
  { address, state }: TopicEvent['changes'][number],
  reader: ChainReader,
): AccountEntity | null {
  return state === null ? null : new AccountEntity(address, state, reader);
}
