// Token accounts of both token programs, and the lists of them by owner and by mint.
import { StreamSyncError } from '@streamsync/domain';
import type { ChainReadSpec } from '../pipeline/ports.ts';
import { AccountRef, POINT_READ } from './account.ts';
import { type AccountEntity, readAccount } from './account-entity.ts';
import { type AccountConnection, readAccountList } from './account-list.ts';
import { builder } from './builder.ts';
import { type Edge, PAGE_BOUND, PageInfoRef } from './connection.ts';
import { COUNT_READ } from './program-accounts.ts';
import { TokenExtensionRef } from './token-extensions.ts';

const TokenAccountState = builder.enumType('TokenAccountState', {
  values: ['INITIALIZED', 'FROZEN'] as const,
});

const TokenAccountRef = builder.objectRef<AccountEntity>('TokenAccount');

TokenAccountRef.implement({
  description: 'A balance of one mint, of SPL Token or Token-2022.',
  interfaces: [AccountRef],
  fields: (t) => ({
    mint: t.field({
      type: 'Address',
      nullable: false,
      resolve: (account) => account.as('tokenAccount').mint,
    }),
    mintAccount: t.field({
      type: AccountRef,
      extensions: POINT_READ,
      resolve: (account) => readAccount(account.reader, account.as('tokenAccount').mint),
    }),
    tokenOwner: t.field({
      type: 'Address',
      nullable: false,
      description: 'Who may spend the balance; `owner` is the token program.',
      resolve: (account) => account.as('tokenAccount').owner,
    }),
    tokenOwnerAccount: t.field({
      type: AccountRef,
      extensions: POINT_READ,
      resolve: (account) => readAccount(account.reader, account.as('tokenAccount').owner),
    }),
    amount: t.field({
      type: 'U64',
      nullable: false,
      description: 'In base units of the mint.',
      resolve: (account) => account.as('tokenAccount').amount,
    }),
    state: t.field({
      type: TokenAccountState,
      nullable: false,
      resolve: (account) =>
        account.as('tokenAccount').state === 'frozen' ? 'FROZEN' : 'INITIALIZED',
    }),
    delegate: t.field({
      type: 'Address',
      resolve: (account) => account.as('tokenAccount').delegate,
    }),
    delegatedAmount: t.field({
      type: 'U64',
      nullable: false,
      resolve: (account) => account.as('tokenAccount').delegatedAmount,
    }),
    nativeReserveLamports: t.field({
      type: 'U64',
      description: 'Wrapped SOL: the lamports that are rent and not balance.',
      resolve: (account) => account.as('tokenAccount').nativeReserveLamports,
    }),
    closeAuthority: t.field({
      type: 'Address',
      resolve: (account) => account.as('tokenAccount').closeAuthority,
    }),
    extensions: t.field({
      type: [TokenExtensionRef],
      nullable: { list: false, items: false },
      description: 'Of Token-2022, in the order of the data; empty for SPL Token.',
      resolve: (account) => [...account.as('tokenAccount').extensions],
    }),
  }),
});

function tokenAccountOrNull(account: AccountEntity): AccountEntity | null {
  return account.kind === 'tokenAccount' ? account : null;
}

const TokenAccountEdgeRef = builder.objectRef<Edge<AccountEntity>>('TokenAccountEdge').implement({
  fields: (t) => ({
    node: t.field({
      type: TokenAccountRef,
      description: 'Null where the bytes do not parse as a token account: see `account`.',
      resolve: (edge) => tokenAccountOrNull(edge.node),
    }),
    account: t.expose('node', {
      type: AccountRef,
      nullable: false,
      description: 'The same account, whatever its bytes are.',
    }),
    cursor: t.exposeString('cursor', { nullable: false }),
  }),
});

const TokenAccountConnectionRef = builder
  .objectRef<AccountConnection>('TokenAccountConnection')
  .implement({
    fields: (t) => ({
      edges: t.field({
        type: [TokenAccountEdgeRef],
        nullable: { list: false, items: false },
        resolve: (connection) => [...connection.edges],
      }),
      nodes: t.field({
        type: [TokenAccountRef],
        nullable: { list: false, items: true },
        resolve: (connection) => connection.edges.map((edge) => tokenAccountOrNull(edge.node)),
      }),
      pageInfo: t.expose('pageInfo', { type: PageInfoRef, nullable: false }),
      totalCount: t.int({
        nullable: false,
        description: 'How many there are at the slot of the query.',
        extensions: COUNT_READ,
        resolve: async (connection) => (await connection.totalCount()) ?? 0,
      }),
    }),
  });

const LIST_READ: ChainReadSpec = {
  operation: { owner: 'tokenAccounts.byOwner', mint: 'tokenAccounts.byMint' },
  entries: PAGE_BOUND,
};

builder.queryField('tokenAccounts', (t) =>
  t.field({
    type: TokenAccountConnectionRef,
    description: 'Token accounts of an owner or of a mint, in bytewise order of their addresses.',
    args: {
      owner: t.arg({ type: 'Address' }),
      mint: t.arg({ type: 'Address' }),
      first: t.arg.int(),
      after: t.arg.string(),
    },
    extensions: { chainRead: LIST_READ },
    resolve: (_root, { owner, mint, first, after }, context) => {
      const page = { first, after };
      const reader = context.at(null);
      if (owner && !mint) {
        return readAccountList(reader, { list: 'tokenAccounts.byOwner', key: owner }, page);
      }
      if (mint && !owner) {
        return readAccountList(reader, { list: 'tokenAccounts.byMint', key: mint }, page);
      }
      throw new StreamSyncError(
        'INVALID_ARGUMENT',
        {},
        { message: 'Pass either "owner" or "mint", and not both.' },
      );
    },
  }),
);
