// A token: its mint and what is said about it, by the mint itself (Token-2022's own metadata) or by
// Metaplex Token Metadata.
import type { Mint } from '@streamsync/program-parser';
import { AccountRef, POINT_READ } from './account.ts';
import { type AccountEntity, readAccount } from './account-entity.ts';
import { builder } from './builder.ts';
import { metadataAddress } from './metadata-address.ts';
import { MintRef } from './mint.ts';
import { TokenExtensionRef } from './token-extensions.ts';

interface TokenDescription {
  readonly name: string;
  readonly symbol: string;
  readonly uri: string;
  readonly updateAuthority: string | null;
  /** Whose account says so. */
  readonly source: AccountEntity;
}

const TokenDescriptionRef = builder.objectRef<TokenDescription>('TokenDescription').implement({
  description: 'Name, symbol and link of a token. Anyone can write anything here.',
  fields: (t) => ({
    name: t.exposeString('name', { nullable: false }),
    symbol: t.exposeString('symbol', { nullable: false }),
    uri: t.exposeString('uri', { nullable: false }),
    updateAuthority: t.expose('updateAuthority', { type: 'Address' }),
    source: t.expose('source', {
      type: AccountRef,
      nullable: false,
      description: 'The account that says so: the mint itself, or a TokenMetadata.',
    }),
  }),
});

function ownDescription(account: AccountEntity, mint: Mint): TokenDescription | null {
  for (const extension of mint.extensions) {
    if (extension.type !== 'tokenMetadata') continue;
    const { name, symbol, uri, updateAuthority } = extension;
    return { name, symbol, uri, updateAuthority, source: account };
  }
  return null;
}

async function metaplexDescription(mint: AccountEntity): Promise<TokenDescription | null> {
  const account = await readAccount(mint.reader, metadataAddress(mint.address));
  if (account?.kind !== 'tokenMetadata') return null;
  const { name, symbol, uri, updateAuthority, mint: described } = account.as('tokenMetadata');
  return described === mint.address
    ? { name, symbol, uri, updateAuthority, source: account }
    : null;
}

const TokenRef = builder.objectRef<AccountEntity>('Token').implement({
  fields: (t) => ({
    address: t.expose('address', { type: 'Address', nullable: false }),
    slot: t.expose('slot', { type: 'Slot', nullable: false }),
    program: t.field({
      type: 'Address',
      nullable: false,
      description: 'SPL Token or Token-2022.',
      resolve: (account) => account.state.owner,
    }),
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
      resolve: (account) => [...account.as('mint').extensions],
    }),
    mint: t.field({ type: MintRef, nullable: false, resolve: (account) => account }),
    metadata: t.field({
      type: TokenDescriptionRef,
      description: 'Null where neither the mint nor Metaplex Token Metadata says anything.',
      extensions: POINT_READ,
      resolve: (account) =>
        ownDescription(account, account.as('mint')) ?? metaplexDescription(account),
    }),
  }),
});

builder.queryField('token', (t) =>
  t.field({
    type: TokenRef,
    description: 'The token of a mint; null where the address is no mint.',
    args: { mint: t.arg({ type: 'Address', required: true }), slot: t.arg({ type: 'Slot' }) },
    extensions: POINT_READ,
    resolve: async (_root, { mint, slot }, context) => {
      const account = await readAccount(context.at(slot ?? null), mint);
      return account?.kind === 'mint' ? account : null;
    },
  }),
);
