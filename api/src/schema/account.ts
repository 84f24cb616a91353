// Account, the interface that every kind implements, with the point reads. What the bytes mean
// decides the type; which bytes they are was agreed on by the racers.
import { type Address, StreamSyncError } from '@streamsync/domain';
import type { ChainReadSpec } from '../pipeline/ports.ts';
import { type AccountEntity, readAccount } from './account-entity.ts';
import { TYPE_NAMES } from './account-type-names.ts';
import { builder } from './builder.ts';
import { type DataEncoding, encodeData } from './encode-data.ts';

/** One request of the operation holds as many. */
const ACCOUNTS_MAX = 100;

export const POINT_READ: { readonly chainRead: ChainReadSpec } = {
  chainRead: { operation: 'account.get' },
};

/** The same where an argument names the slot: one that has left the window is read from history. */
export const POINT_READ_AT_SLOT: { readonly chainRead: ChainReadSpec } = {
  chainRead: { operation: 'account.get', slotFrom: 'slot' },
};

export const AccountRef = builder.interfaceRef<AccountEntity>('Account');

export const DataEncodingRef = builder.enumType('DataEncoding', {
  values: ['BASE64', 'BASE58', 'HEX'] as const,
});

AccountRef.implement({
  description: 'An account at the slot of the query. Its type says what its bytes are.',
  resolveType: (account) => TYPE_NAMES[account.kind],
  fields: (t) => ({
    address: t.expose('address', { type: 'Address', nullable: false }),
    owner: t.field({
      type: 'Address',
      nullable: false,
      description: 'The program that owns the account.',
      resolve: (account) => account.state.owner,
    }),
    lamports: t.field({
      type: 'U64',
      nullable: false,
      resolve: (account) => account.state.lamports,
    }),
    slot: t.field({
      type: 'Slot',
      nullable: false,
      description: 'The slot as of which the state holds.',
      resolve: (account) => account.slot,
    }),
    lastWriteSlot: t.field({
      type: 'Slot',
      description:
        'The slot that wrote it last; null where the answer does not say: point reads inside of the window do not, history does.',
      resolve: (account) => account.lastWriteSlot,
    }),
    executable: t.boolean({
      nullable: false,
      resolve: (account) => account.state.executable,
    }),
    space: t.field({
      type: 'U64',
      nullable: false,
      description: 'The size of the data in bytes.',
      resolve: (account) => BigInt(account.state.data.length),
    }),
    data: t.field({
      type: 'Bytes',
      nullable: false,
      args: {
        encoding: t.arg({ type: DataEncodingRef, required: true, defaultValue: 'BASE64' }),
      },
      resolve: (account, args) => encodeData(account.state.data, args.encoding as DataEncoding),
    }),
    ownerAccount: t.field({
      type: AccountRef,
      description: 'The account of the owning program.',
      extensions: POINT_READ,
      resolve: (account) => readAccount(account.reader, account.state.owner),
    }),
  }),
});

builder.queryFields((t) => ({
  account: t.field({
    type: AccountRef,
    description: 'The account at an address; null where the chain has none.',
    args: {
      address: t.arg({ type: 'Address', required: true }),
      slot: t.arg({ type: 'Slot' }),
    },
    extensions: POINT_READ_AT_SLOT,
    resolve: (_root, args, context) => readAccount(context.at(args.slot ?? null), args.address),
  }),
  accounts: t.field({
    type: [AccountRef],
    nullable: { list: true, items: true },
    description: 'The accounts at up to 100 addresses, in their order.',
    args: {
      addresses: t.arg({ type: ['Address'], required: true }),
      slot: t.arg({ type: 'Slot' }),
    },
    extensions: {
      chainRead: { operation: 'account.get', itemsFrom: 'addresses', slotFrom: 'slot' },
    },
    resolve: (_root, args, context) => {
      requireAtMost(args.addresses, ACCOUNTS_MAX);
      const reader = context.at(args.slot ?? null);
      return Promise.all(args.addresses.map((address) => readAccount(reader, address)));
    },
  }),
}));

function requireAtMost(addresses: readonly Address[], max: number): void {
  if (addresses.length <= max) return;
  throw new StreamSyncError(
    'INVALID_ARGUMENT',
    { addresses: addresses.length },
    { message: `At most ${max} addresses can be asked for at once.` },
  );
}
