// Transactions by signature. A field is null where no source states it, never a default.
import type { Address, TokenBalance, TransactionRecord } from '@streamsync/domain';
import type { ChainReader } from '../pipeline/ports.ts';
import { AccountRef, POINT_READ } from './account.ts';
import { readAccount } from './account-entity.ts';
import { builder } from './builder.ts';

export interface TransactionEntity {
  readonly record: TransactionRecord;
  readonly reader: ChainReader;
}

interface BalanceChangeEntity {
  readonly address: Address;
  readonly preLamports: bigint;
  readonly postLamports: bigint;
  readonly reader: ChainReader;
}

interface TokenBalanceChange {
  readonly address: Address;
  readonly mint: Address;
  readonly tokenOwner: Address | null;
  readonly decimals: number;
  readonly preAmount: bigint | null;
  readonly postAmount: bigint | null;
}

const BalanceChangeRef = builder.objectRef<BalanceChangeEntity>('BalanceChange').implement({
  description: 'The lamports of one account before and after, whether or not they differ.',
  fields: (t) => ({
    address: t.expose('address', { type: 'Address', nullable: false }),
    preLamports: t.expose('preLamports', { type: 'U64', nullable: false }),
    postLamports: t.expose('postLamports', { type: 'U64', nullable: false }),
    account: t.field({
      type: AccountRef,
      description: 'The account at the slot of the query.',
      extensions: POINT_READ,
      resolve: (change) => readAccount(change.reader, change.address),
    }),
  }),
});

const TokenBalanceChangeRef = builder
  .objectRef<TokenBalanceChange>('TokenBalanceChange')
  .implement({
    description: 'The balance of one token account; null amounts: it did not exist on that side.',
    fields: (t) => ({
      address: t.expose('address', { type: 'Address', nullable: false }),
      mint: t.expose('mint', { type: 'Address', nullable: false }),
      tokenOwner: t.expose('tokenOwner', { type: 'Address' }),
      decimals: t.exposeInt('decimals', { nullable: false }),
      preAmount: t.expose('preAmount', { type: 'U64' }),
      postAmount: t.expose('postAmount', { type: 'U64' }),
    }),
  });

/** All keys with their balances, in the transaction's order; null where balances are not stated. */
function balanceChanges({ record, reader }: TransactionEntity): BalanceChangeEntity[] | null {
  const { preBalancesLamports: pre, postBalancesLamports: post } = record;
  if (pre === null || post === null) return null;
  return record.accountKeys.flatMap((address, index) => {
    const preLamports = pre[index];
    const postLamports = post[index];
    if (preLamports === undefined || postLamports === undefined) return [];
    return [{ address, preLamports, postLamports, reader }];
  });
}

function tokenBalanceChanges({ record }: TransactionEntity): TokenBalanceChange[] | null {
  const { preTokenBalances: pre, postTokenBalances: post } = record;
  if (pre === null || post === null) return null;
  const before = new Map(pre.map((balance) => [balance.accountIndex, balance]));
  const after = new Map(post.map((balance) => [balance.accountIndex, balance]));
  const indices = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b);
  return indices.flatMap((index) => {
    const known: TokenBalance | undefined = after.get(index) ?? before.get(index);
    const address = record.accountKeys[index];
    if (known === undefined || address === undefined) return [];
    return [
      {
        address,
        mint: known.mint,
        tokenOwner: known.owner,
        decimals: known.decimals,
        preAmount: before.get(index)?.amount ?? null,
        postAmount: after.get(index)?.amount ?? null,
      },
    ];
  });
}

export const TransactionRef = builder.objectRef<TransactionEntity>('Transaction').implement({
  description: 'An executed transaction. Null: no source states it.',
  fields: (t) => ({
    signature: t.field({
      type: 'Signature',
      nullable: false,
      resolve: ({ record }) => record.signature,
    }),
    slot: t.field({ type: 'Slot', nullable: false, resolve: ({ record }) => record.slot }),
    blockTime: t.field({
      type: 'I64',
      description: 'Unix seconds, as the block states them.',
      resolve: ({ record }) => record.blockTimeSeconds,
    }),
    blockIndex: t.int({ resolve: ({ record }) => record.blockIndex }),
    version: t.string({
      nullable: false,
      description: '"legacy" or a number.',
      resolve: ({ record }) => String(record.version),
    }),
    recentBlockhash: t.string({ resolve: ({ record }) => record.recentBlockhash }),
    feeLamports: t.field({ type: 'U64', resolve: ({ record }) => record.feeLamports }),
    succeeded: t.boolean({ resolve: ({ record }) => record.succeeded }),
    error: t.string({
      description: "The JSON text of RPC's TransactionError; null where it succeeded.",
      resolve: ({ record }) => record.error,
    }),
    computeUnits: t.field({
      type: 'U64',
      resolve: ({ record }) => record.computeUnitsConsumed,
    }),
    accountKeys: t.field({
      type: ['Address'],
      nullable: { list: false, items: false },
      description: 'Static keys, then those loaded from tables: the order of the balances.',
      resolve: ({ record }) => [...record.accountKeys],
    }),
    signatures: t.field({
      type: ['Signature'],
      nullable: { list: false, items: false },
      resolve: ({ record }) => [...record.signatures],
    }),
    balanceChanges: t.field({
      type: [BalanceChangeRef],
      nullable: { list: true, items: false },
      resolve: balanceChanges,
    }),
    tokenBalanceChanges: t.field({
      type: [TokenBalanceChangeRef],
      nullable: { list: true, items: false },
      resolve: tokenBalanceChanges,
    }),
    logs: t.stringList({
      nullable: { list: true, items: false },
      resolve: ({ record }) => (record.logs === null ? null : [...record.logs]),
    }),
  }),
});

builder.queryField('transaction', (t) =>
  t.field({
    type: TransactionRef,
    description: 'The transaction of a signature; null where the history covered has none.',
    args: { signature: t.arg({ type: 'Signature', required: true }) },
    extensions: { chainRead: { operation: 'transaction.get' } },
    resolve: async (_root, { signature }, context) => {
      const reader = context.at(null);
      const record = await reader.transaction(signature);
      return record === null ? null : { record, reader };
    },
  }),
);
