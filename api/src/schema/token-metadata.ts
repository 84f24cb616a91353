// The Metadata account of Metaplex Token Metadata.
import { AccountRef, POINT_READ } from './account.ts';
import { type AccountEntity, readAccount } from './account-entity.ts';
import { builder } from './builder.ts';
import { jsonValue } from './json-value.ts';

interface Creator {
  readonly address: string;
  readonly verified: boolean;
  readonly sharePercent: number;
}

const CreatorRef = builder.objectRef<Creator>('Creator').implement({
  fields: (t) => ({
    address: t.expose('address', { type: 'Address', nullable: false }),
    verified: t.exposeBoolean('verified', { nullable: false }),
    sharePercent: t.exposeInt('sharePercent', { nullable: false }),
  }),
});

builder.objectType(builder.objectRef<AccountEntity>('TokenMetadata'), {
  description: 'What Metaplex Token Metadata says about a mint.',
  interfaces: [AccountRef],
  fields: (t) => ({
    mint: t.field({
      type: 'Address',
      nullable: false,
      resolve: (account) => account.as('tokenMetadata').mint,
    }),
    mintAccount: t.field({
      type: AccountRef,
      extensions: POINT_READ,
      resolve: (account) => readAccount(account.reader, account.as('tokenMetadata').mint),
    }),
    updateAuthority: t.field({
      type: 'Address',
      nullable: false,
      resolve: (account) => account.as('tokenMetadata').updateAuthority,
    }),
    name: t.string({ nullable: false, resolve: (account) => account.as('tokenMetadata').name }),
    symbol: t.string({ nullable: false, resolve: (account) => account.as('tokenMetadata').symbol }),
    uri: t.string({ nullable: false, resolve: (account) => account.as('tokenMetadata').uri }),
    sellerFeeBasisPoints: t.int({
      nullable: false,
      resolve: (account) => account.as('tokenMetadata').sellerFeeBasisPoints,
    }),
    creators: t.field({
      type: [CreatorRef],
      nullable: { list: false, items: false },
      resolve: (account) => [...(account.as('tokenMetadata').creators ?? [])],
    }),
    primarySaleHappened: t.boolean({
      nullable: false,
      resolve: (account) => account.as('tokenMetadata').primarySaleHappened,
    }),
    isMutable: t.boolean({
      nullable: false,
      resolve: (account) => account.as('tokenMetadata').isMutable,
    }),
    tokenStandard: t.string({ resolve: (account) => account.as('tokenMetadata').tokenStandard }),
    collection: t.field({
      type: 'JSON',
      description: 'Key and whether the collection has verified it.',
      resolve: (account) => jsonValue(account.as('tokenMetadata').collection),
    }),
  }),
});
