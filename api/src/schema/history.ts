// What happened to an address: its transactions, the versions of its account, its balances. Each is a
// field of the query and of the account itself.
import type { Address, BalanceEntry, Slot } from '@streamsync/domain';
import type { AccountVersion, ChainReader, ChainReadSpec } from '../pipeline/ports.ts';
import { AccountRef } from './account.ts';
import { AccountEntity } from './account-entity.ts';
import { builder } from './builder.ts';
import { PAGE_BOUND } from './connection.ts';
import {
  defineHistoryConnection,
  type HistoryRequest,
  historyArgs,
  readHistoryList,
} from './history-list.ts';
import { TransactionRef } from './transaction.ts';
import {
  readTransactions,
  TRANSACTIONS_READ,
  TransactionConnectionRef,
} from './transaction-list.ts';

interface VersionEntity {
  readonly slot: Slot;
  /** Null: the slot closed it. */
  readonly account: AccountEntity | null;
}

interface BalanceEntity {
  readonly entry: BalanceEntry;
  readonly reader: ChainReader;
}

const AccountVersionRef = builder.objectRef<VersionEntity>('AccountVersion').implement({
  description: 'An account as one slot left it.',
  fields: (t) => ({
    slot: t.expose('slot', {
      type: 'Slot',
      nullable: false,
      description: 'The slot that wrote it.',
    }),
    account: t.expose('account', {
      type: AccountRef,
      description: 'Null: the slot closed it. What it links to is read as of the same slot.',
    }),
  }),
});

const BalanceEntryRef = builder.objectRef<BalanceEntity>('BalanceEntry').implement({
  description: 'One change of a balance by one transaction.',
  fields: (t) => ({
    slot: t.field({ type: 'Slot', nullable: false, resolve: ({ entry }) => entry.slot }),
    blockIndex: t.int({
      nullable: false,
      description: 'The place of the transaction in its block.',
      resolve: ({ entry }) => entry.blockIndex,
    }),
    signature: t.field({
      type: 'Signature',
      nullable: false,
      resolve: ({ entry }) => entry.signature,
    }),
    address: t.field({
      type: 'Address',
      nullable: false,
      description: 'The account whose balance it is: for tokens the token account.',
      resolve: ({ entry }) => entry.address,
    }),
    preAmount: t.field({
      type: 'U64',
      description: 'In lamports, or in base units of the mint; null: it did not exist before.',
      resolve: ({ entry }) => entry.preAmount,
    }),
    postAmount: t.field({
      type: 'U64',
      description: 'Null: it does not exist after.',
      resolve: ({ entry }) => entry.postAmount,
    }),
    transaction: t.field({
      type: TransactionRef,
      extensions: { chainRead: { operation: 'transaction.get' } satisfies ChainReadSpec },
      resolve: async ({ entry, reader }) => {
        const record = await reader.transaction(entry.signature);
        return record === null ? null : { record, reader };
      },
    }),
  }),
});

const AccountHistoryConnectionRef = defineHistoryConnection('AccountVersion', AccountVersionRef);
const BalanceConnectionRef = defineHistoryConnection('BalanceEntry', BalanceEntryRef);

/** Whatever is selected of a version is read as of its slot. */
const VERSIONS_READ: { readonly chainRead: ChainReadSpec } = {
  chainRead: { operation: 'accountHistory.byAddress', entries: PAGE_BOUND, past: true },
};

const BALANCES_READ: { readonly chainRead: ChainReadSpec } = {
  chainRead: { operation: 'balanceHistory.byAddress', entries: PAGE_BOUND },
};

function readVersions(reader: ChainReader, address: Address, request: HistoryRequest) {
  return readHistoryList<AccountVersion, VersionEntity>(
    reader,
    {
      name: { list: 'accountHistory.byAddress', args: [address] },
      ofWrites: true,
      read: (part) => reader.read('accountHistory.byAddress', { address, ...part }),
      positionOf: ({ slot }) => ({ slot, index: 0 }),
      nodeOf: ({ slot, state }) => ({
        slot,
        account: state === null ? null : new AccountEntity(address, state, reader.asOf(slot), slot),
      }),
    },
    request,
  );
}

interface BalanceRequest extends HistoryRequest {
  readonly mint?: Address | null | undefined;
}

function readBalances(reader: ChainReader, address: Address, request: BalanceRequest) {
  const { mint = null } = request;
  return readHistoryList<BalanceEntry, BalanceEntity>(
    reader,
    {
      name: { list: 'balanceHistory.byAddress', args: [address, mint] },
      read: (part) => reader.read('balanceHistory.byAddress', { address, mint, ...part }),
      positionOf: ({ slot, blockIndex }) => ({ slot, index: blockIndex }),
      nodeOf: (entry) => ({ entry, reader }),
    },
    request,
  );
}

const TRANSACTIONS = 'The transactions that name an address, whether or not they succeeded.';
const VERSIONS = 'The versions of an account, one for each slot that wrote it.';
const BALANCES = 'The changes of a balance: of lamports, or of the tokens of a mint.';

const balanceArgs = builder.args((t) => ({
  mint: t.field({ type: 'Address', description: 'Null: lamports.' }),
}));

const addressArgs = builder.args((t) => ({
  address: t.field({ type: 'Address', required: true }),
}));

builder.queryFields((t) => ({
  transactions: t.field({
    type: TransactionConnectionRef,
    description: TRANSACTIONS,
    args: { ...addressArgs, ...historyArgs },
    extensions: TRANSACTIONS_READ,
    resolve: (_root, { address, ...list }, context) =>
      readTransactions(context.at(null), address, list),
  }),
  accountHistory: t.field({
    type: AccountHistoryConnectionRef,
    description: VERSIONS,
    args: { ...addressArgs, ...historyArgs },
    extensions: VERSIONS_READ,
    resolve: (_root, { address, ...list }, context) =>
      readVersions(context.at(null), address, list),
  }),
  balanceHistory: t.field({
    type: BalanceConnectionRef,
    description: BALANCES,
    args: { ...addressArgs, ...balanceArgs, ...historyArgs },
    extensions: BALANCES_READ,
    resolve: (_root, { address, ...list }, context) =>
      readBalances(context.at(null), address, list),
  }),
}));

builder.interfaceFields(AccountRef, (t) => ({
  transactions: t.field({
    type: TransactionConnectionRef,
    description: 'The transactions that name it, up to the slot of the account.',
    args: historyArgs,
    extensions: TRANSACTIONS_READ,
    resolve: ({ reader, address }, list) => readTransactions(reader, address, list),
  }),
  history: t.field({
    type: AccountHistoryConnectionRef,
    description: 'Its versions, up to the slot of the account.',
    args: historyArgs,
    extensions: VERSIONS_READ,
    resolve: ({ reader, address }, list) => readVersions(reader, address, list),
  }),
  balanceHistory: t.field({
    type: BalanceConnectionRef,
    description: 'The changes of its balance, up to the slot of the account.',
    args: { ...balanceArgs, ...historyArgs },
    extensions: BALANCES_READ,
    resolve: ({ reader, address }, list) => readBalances(reader, address, list),
  }),
}));
