// What is said about a token, by the mint itself (Token-2022's own metadata) or by Metaplex Token
// Metadata.
import type { Mint } from '@streamsync/program-parser';
import { AccountRef } from './account.ts';
import { type AccountEntity, readAccount } from './account-entity.ts';
import { builder } from './builder.ts';
import { metadataAddress } from './metadata-address.ts';

export interface TokenDescription {
  readonly name: string;
  readonly symbol: string;
  readonly uri: string;
  readonly updateAuthority: string | null;
  /** Whose account says so. */
  readonly source: AccountEntity;
}

export const TokenDescriptionRef = builder
  .objectRef<TokenDescription>('TokenDescription')
  .implement({
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

/** Null where neither the mint nor Metaplex Token Metadata says anything; only the latter is read. */
export function describeToken(
  mint: AccountEntity,
): TokenDescription | null | Promise<TokenDescription | null> {
  return ownDescription(mint, mint.as('mint')) ?? metaplexDescription(mint);
}

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
