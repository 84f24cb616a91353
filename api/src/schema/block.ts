// Blocks: one slot's, or those of a range. A slot that the chain skipped has none.
import type { BlockRecord, Slot, TransactionRecord } from '@streamsync/domain';
import type { ChainReader, ChainReadSpec } from '../pipeline/ports.ts';
import { builder } from './builder.ts';
import { PAGE_BOUND, type PageRequest, readConnection } from './connection.ts';
import { HISTORY_POSITION } from './cursor.ts';
import { defineHistoryConnection, historyArgs, readHistoryList } from './history-list.ts';
import { TransactionRef } from './transaction.ts';
import {
  type TransactionConnection,
  TransactionConnectionRef,
  transactionsOf,
} from './transaction-list.ts';

interface BlockEntity {
  readonly record: BlockRecord;
  readonly reader: ChainReader;
}

const BLOCK_READ: { readonly chainRead: ChainReadSpec } = { chainRead: { operation: 'block.get' } };

const BlockRef = builder.objectRef<BlockEntity>('Block');

async function readBlock(reader: ChainReader, slot: Slot): Promise<BlockEntity | null> {
  const record = await reader.read('block.get', { slot });
  return record === null ? null : { record, reader };
}

/** The transactions of a block in their order: few blocks fit a page. */
async function readBlockTransactions(
  { record, reader }: BlockEntity,
  request: PageRequest,
): Promise<TransactionConnection> {
  const { slot, transactionCount } = record;
  const { positionOf, nodeOf } = transactionsOf(reader);
  const connection = await readConnection(
    {
      name: { list: 'transactions.bySlot', args: [slot] },
      positions: HISTORY_POSITION,
      read: async ({ after, limit }) => {
        const afterIndex = after?.index ?? null;
        const page = await reader.read('transactions.bySlot', { slot, afterIndex, limit });
        const entries = page.entries.map((entry: TransactionRecord) => ({
          node: nodeOf(entry),
          position: positionOf(entry),
        }));
        return { entries, next: page.more ? (entries.at(-1)?.position ?? null) : null };
      },
    },
    request,
  );
  return {
    ...connection,
    range: { slotFirst: slot, slotLast: slot },
    totalCount: () => transactionCount,
  };
}

BlockRef.implement({
  description: 'The block of one slot. Null fields: no source states them.',
  fields: (t) => ({
    slot: t.field({ type: 'Slot', nullable: false, resolve: ({ record }) => record.slot }),
    parentSlot: t.field({
      type: 'Slot',
      description: 'The slots between it and this one were skipped.',
      resolve: ({ record }) => record.parentSlot,
    }),
    blockhash: t.string({ nullable: false, resolve: ({ record }) => record.blockhash }),
    previousBlockhash: t.string({ resolve: ({ record }) => record.previousBlockhash }),
    blockTime: t.field({
      type: 'I64',
      description: 'Unix seconds.',
      resolve: ({ record }) => record.blockTimeSeconds,
    }),
    blockHeight: t.field({ type: 'U64', resolve: ({ record }) => record.blockHeight }),
    transactionCount: t.int({
      nullable: false,
      resolve: ({ record }) => record.transactionCount,
    }),
    parent: t.field({
      type: BlockRef,
      extensions: BLOCK_READ,
      resolve: ({ record, reader }) =>
        record.parentSlot === null ? null : readBlock(reader, record.parentSlot),
    }),
    transactions: t.field({
      type: TransactionConnectionRef,
      description: 'In their order in the block.',
      args: { first: t.arg.int(), after: t.arg.string() },
      extensions: {
        chainRead: {
          operation: 'transactions.bySlot',
          entries: PAGE_BOUND,
        } satisfies ChainReadSpec,
      },
      resolve: readBlockTransactions,
    }),
  }),
});

builder.objectField(TransactionRef, 'block', (t) =>
  t.field({
    type: BlockRef,
    description: 'The block that it is in.',
    extensions: BLOCK_READ,
    resolve: ({ record, reader }) => readBlock(reader, record.slot),
  }),
);

const BlockConnectionRef = defineHistoryConnection('Block', BlockRef);

builder.queryFields((t) => ({
  block: t.field({
    type: BlockRef,
    description: 'The block of a slot; null where the slot was skipped.',
    args: { slot: t.arg({ type: 'Slot', description: 'Null: the slot of the query.' }) },
    extensions: BLOCK_READ,
    resolve: (_root, { slot }, context) => {
      const reader = context.at(null);
      return readBlock(reader, slot ?? reader.slot);
    },
  }),
  blocks: t.field({
    type: BlockConnectionRef,
    description: 'The blocks of a range of slots, without the slots that were skipped.',
    args: historyArgs,
    extensions: {
      chainRead: { operation: 'blocks.range', entries: PAGE_BOUND } satisfies ChainReadSpec,
    },
    resolve: (_root, args, context) => {
      const reader = context.at(null);
      return readHistoryList<BlockRecord, BlockEntity>(
        reader,
        {
          name: { list: 'blocks.range', args: [] },
          read: ({ after, ...part }) =>
            reader.read('blocks.range', { ...part, after: after?.slot ?? null }),
          positionOf: ({ slot }) => ({ slot, index: 0 }),
          nodeOf: (record) => ({ record, reader }),
        },
        args,
      );
    },
  }),
}));
