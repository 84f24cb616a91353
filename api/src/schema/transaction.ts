// Transactions by signature. A field is null where no source states it, never a default.
import type { Address } from '@streamsync/domain';
import {
  type LamportsChange,
  lamportsChanges,
  signersOf,
  type TokenBalanceChange,
  tokenBalanceChanges,
} from '@streamsync/program-parser';
import type { ChainReader } from '../pipeline/ports.ts';
import { AccountRef, DataEncodingRef, POINT_READ } from './account.ts';
import { readAccount } from './account-entity.ts';
import { builder } from './builder.ts';
import { type DataEncoding, encodeData } from './encode-data.ts';
import { InstructionRef } from './instruction.ts';
import {
  instructionsOf,
  TRANSACTION_ACCOUNTS_MAX,
  type TransactionEntity,
} from './instruction-entity.ts';
import { flattened, InvocationRef, logsOf } from './log.ts';

export type { TransactionEntity } from './instruction-entity.ts';

interface BalanceChangeEntity extends LamportsChange {
  readonly reader: ChainReader;
}

/** The planner counts the links of each entry: a transaction has no more distinct accounts. */
const ONE_A_KEY = { entriesMax: TRANSACTION_ACCOUNTS_MAX };

const BalanceChangeRef = builder.objectRef<BalanceChangeEntity>('BalanceChange').implement({
  description: 'The lamports of one account before and after, whether or not they differ.',
  fields: (t) => ({
    address: t.expose('address', { type: 'Address', nullable: false }),
    preLamports: t.expose('preLamports', { type: 'U64', nullable: false }),
    postLamports: t.expose('postLamports', { type: 'U64', nullable: false }),
    changeLamports: t.expose('changeLamports', { type: 'I64', nullable: false }),
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
      tokenOwner: t.field({
        type: 'Address',
        description: 'Who may spend; null in blocks older than the field.',
        resolve: ({ owner }): Address | null => owner,
      }),
      decimals: t.exposeInt('decimals', { nullable: false }),
      preAmount: t.expose('preAmount', { type: 'U64' }),
      postAmount: t.expose('postAmount', { type: 'U64' }),
      change: t.string({
        nullable: false,
        description:
          'Post minus pre in base units, as decimal text: it may pass 64 bits with its sign.',
        resolve: ({ change }) => change.toString(),
      }),
    }),
  });

interface ReturnData {
  readonly programId: Address;
  readonly data: Uint8Array;
}

const ReturnDataRef = builder.objectRef<ReturnData>('ReturnData').implement({
  description: 'What the last program that returned something returned.',
  fields: (t) => ({
    programId: t.expose('programId', { type: 'Address', nullable: false }),
    data: t.field({
      type: 'Bytes',
      nullable: false,
      args: {
        encoding: t.arg({ type: DataEncodingRef, required: true, defaultValue: 'BASE64' }),
      },
      resolve: ({ data }, { encoding }) => encodeData(data, encoding as DataEncoding),
    }),
  }),
});

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
    feePayer: t.field({
      type: 'Address',
      resolve: ({ record }): Address | null => record.accountKeys[0] ?? null,
    }),
    signers: t.field({
      type: ['Address'],
      nullable: { list: true, items: false },
      description: 'The fee payer first; null where the header of the message is not stated.',
      resolve: ({ record }): Address[] | null => signersOf(record)?.slice() ?? null,
    }),
    instructions: t.field({
      type: [InstructionRef],
      nullable: { list: true, items: false },
      description:
        'Those of the message, or with includeInner each before those that it invoked: the order of execution. Null where no source states them as bytes.',
      args: { includeInner: t.arg.boolean({ required: true, defaultValue: false }) },
      extensions: ONE_A_KEY,
      resolve: (transaction, args) => instructionsOf(transaction, args),
    }),
    balanceChanges: t.field({
      type: [BalanceChangeRef],
      nullable: { list: true, items: false },
      description: 'Of all keys, in their order; null where balances are not stated.',
      extensions: ONE_A_KEY,
      resolve: ({ record, reader }): BalanceChangeEntity[] | null =>
        lamportsChanges(record)?.map((change) => ({ ...change, reader })) ?? null,
    }),
    tokenBalanceChanges: t.field({
      type: [TokenBalanceChangeRef],
      nullable: { list: true, items: false },
      resolve: ({ record }): TokenBalanceChange[] | null => {
        const changes = tokenBalanceChanges(record);
        return changes === null ? null : [...changes];
      },
    }),
    returnData: t.field({
      type: ReturnDataRef,
      description: 'Null: nothing was returned, or it is not stated.',
      resolve: ({ record }) => record.returnData,
    }),
    invocations: t.field({
      type: [InvocationRef],
      nullable: { list: true, items: false },
      description:
        'The calls that the log tells of: those of the message, or with includeInner each before those that it made. Null where logs are not stated.',
      args: { includeInner: t.arg.boolean({ required: true, defaultValue: false }) },
      resolve: ({ record }, { includeInner }) => {
        const logs = logsOf(record);
        if (logs === null) return null;
        return includeInner ? flattened(logs.invocations) : [...logs.invocations];
      },
    }),
    logsTruncated: t.boolean({
      description:
        'Whether the runtime cut the log at its size limit; null where logs are not stated.',
      resolve: ({ record }) => logsOf(record)?.isTruncated ?? null,
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
