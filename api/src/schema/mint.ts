// Mints of both token programs, and multisignature authorities.
import { AccountRef } from './account.ts';
import type { AccountEntity } from './account-entity.ts';
import { builder } from './builder.ts';
import { TokenExtensionRef } from './token-extensions.ts';

export const MintRef = builder.objectRef<AccountEntity>('Mint');

MintRef.implement({
  description: 'A mint of SPL Token or Token-2022.',
  interfaces: [AccountRef],
  fields: (t) => ({
    supply: t.field({
      type: 'U64',
      nullable: false,
      description: 'In base units: divide by 10^decimals.',
      resolve: (account) => account.as('mint').supply,
    }),
    decimals: t.int({ nullable: false, resolve: (account) => account.as('mint').decimals }),
    mintAuthority: t.field({
      type: 'Address',
      description: 'Null: the supply is fixed.',
      resolve: (account) => account.as('mint').mintAuthority,
    }),
    freezeAuthority: t.field({
      type: 'Address',
      resolve: (account) => account.as('mint').freezeAuthority,
    }),
    extensions: t.field({
      type: [TokenExtensionRef],
      nullable: { list: false, items: false },
      description: 'Of Token-2022, in the order of the data; empty for SPL Token.',
      resolve: (account) => [...account.as('mint').extensions],
    }),
  }),
});

builder.objectType(builder.objectRef<AccountEntity>('Multisig'), {
  description: 'A multisignature authority of SPL Token or Token-2022.',
  interfaces: [AccountRef],
  fields: (t) => ({
    signersRequired: t.int({
      nullable: false,
      resolve: (account) => account.as('multisig').signersRequired,
    }),
    signers: t.field({
      type: ['Address'],
      nullable: { list: false, items: false },
      resolve: (account) => [...account.as('multisig').signers],
    }),
  }),
});
