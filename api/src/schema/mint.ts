// Mints of both token programs, multisignature authorities, and the fields that a mint has under
// whichever name it is asked for.
import { AccountRef, POINT_READ } from './account.ts';
import type { AccountEntity } from './account-entity.ts';
import { type AccountFieldBuilder, accountType } from './account-type.ts';
import { builder } from './builder.ts';
import { describeToken, TokenDescriptionRef } from './token-description.ts';
import { TokenExtensionRef } from './token-extensions.ts';

/** What `Mint` and `Token` both say. */
export function mintFields(t: AccountFieldBuilder) {
  return {
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
    metadata: t.field({
      type: TokenDescriptionRef,
      description: 'Null where neither the mint nor Metaplex Token Metadata says anything.',
      extensions: POINT_READ,
      resolve: describeToken,
    }),
  };
}

export const MintRef = builder.objectRef<AccountEntity>('Mint');

MintRef.implement({
  description: 'A mint of SPL Token or Token-2022.',
  interfaces: [AccountRef],
  fields: mintFields,
});

accountType('multisig', 'A multisignature authority of SPL Token or Token-2022.', (is) => ({
  signersRequired: is.value('Int', (multisig) => multisig.signersRequired),
  signers: is.list('Address', (multisig) => multisig.signers),
}));
