// The lists of transactions: of an address, of a block.
import type { Address, TransactionRecord } from '@streamsync/domain';
import type { ChainReader, ChainReadSpec } from '../pipeline/ports.ts';
import { builder } from './builder.ts';
import { PAGE_BOUND } from './connection.ts';
import {
  defineHistoryConnection,
  type HistoryConnection,
  type HistoryRequest,
  placeOf,
  readHistoryList,
} from './history-list.ts';
import { type TransactionEntity, TransactionRef } from './transaction.ts';

export interface TransactionConnection extends HistoryConnection<TransactionEntity> {
  totalCount(): number | Promise<number>;
}

export const TransactionConnectionRef = defineHistoryConnection<
  TransactionEntity,
  TransactionConnection
>('Transaction', TransactionRef);

builder.objectField(TransactionConnectionRef, 'totalCount', (t) =>
  t.int({
    nullable: false,
    description: 'How many there are in the slots that the list covers.',
    extensions: {
      chainRead: { operation: 'transactions.count', ofPage: true } satisfies ChainReadSpec,
    },
    resolve: (connection) => connection.totalCount(),
  }),
);

export const TRANSACTIONS_READ: { readonly chainRead: ChainReadSpec } = {
  chainRead: { operation: 'transactions.byAddress', entries: PAGE_BOUND },
};

/** What a list makes of an entry, and where it stands. */
export const transactionsOf = (reader: ChainReader) => ({
  positionOf: ({ slot, blockIndex }: TransactionRecord) => placeOf(slot, blockIndex),
  nodeOf: (record: TransactionRecord): TransactionEntity => ({ record, reader }),
});

export async function readTransactions(
  reader: ChainReader,
  address: Address,
  request: HistoryRequest,
): Promise<TransactionConnection> {
  const connection = await readHistoryList(
    reader,
    {
      name: { list: 'transactions.byAddress', args: [address] },
      read: (part) => reader.read('transactions.byAddress', { address, ...part }),
      ...transactionsOf(reader),
    },
    request,
  );
  const { range } = connection;
  return {
    ...connection,
    totalCount: () => reader.read('transactions.count', { address, ...range }),
  };
}
