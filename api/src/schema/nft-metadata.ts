// What there is to say about a digital asset, whichever program says it: Metaplex Token Metadata of a
// mint, or Metaplex Core of an asset, a collection or a group.
import { type Address, invariant } from '@streamsync/domain';
import { AccountRef, POINT_READ } from './account.ts';
import { type AccountEntity, readAccount } from './account-entity.ts';
import { builder } from './builder.ts';

interface Facts {
  readonly name: string;
  readonly uri: string;
  readonly updateAuthority: Address | null;
  readonly collection: Address | null;
  /** Null: in no collection. */
  readonly verified: boolean | null;
}

function factsOf(account: AccountEntity): Facts {
  switch (account.kind) {
    case 'tokenMetadata': {
      const { name, uri, updateAuthority, collection } = account.as('tokenMetadata');
      const verified = collection?.verified ?? null;
      return { name, uri, updateAuthority, collection: collection?.key ?? null, verified };
    }
    case 'coreAsset': {
      const { name, uri, updateAuthority: by } = account.as('coreAsset');
      const updateAuthority = by.kind === 'address' ? by.address : null;
      const collection = by.kind === 'collection' ? by.address : null;
      // The program lets an asset name a collection only with its authority's signature.
      return {
        name,
        uri,
        updateAuthority,
        collection,
        verified: collection === null ? null : true,
      };
    }
    case 'coreCollection':
    case 'coreGroup': {
      const { name, uri, updateAuthority } = account.as(account.kind);
      return { name, uri, updateAuthority, collection: null, verified: null };
    }
    default:
      invariant(false, 'only kinds with metadata implement NftMetadata');
  }
}

export const NftMetadataRef = builder.interfaceRef<AccountEntity>('NftMetadata');

NftMetadataRef.implement({
  description:
    'What a program says about a digital asset: Metaplex Token Metadata or Metaplex Core. Anyone can write anything here.',
  interfaces: [AccountRef],
  fields: (t) => ({
    name: t.string({ nullable: false, resolve: (account) => factsOf(account).name }),
    uri: t.string({ nullable: false, resolve: (account) => factsOf(account).uri }),
    updateAuthority: t.field({
      type: 'Address',
      description: 'Null: nobody, or whoever may change the collection.',
      resolve: (account) => factsOf(account).updateAuthority,
    }),
    collectionAddress: t.field({
      type: 'Address',
      description: 'The mint of the collection (Token Metadata), or the collection (Core).',
      resolve: (account) => factsOf(account).collection,
    }),
    collectionVerified: t.boolean({
      description: 'Whether the collection agrees; null where none is named.',
      resolve: (account) => factsOf(account).verified,
    }),
    collectionAccount: t.field({
      type: AccountRef,
      extensions: POINT_READ,
      resolve: (account) => {
        const { collection } = factsOf(account);
        return collection === null ? null : readAccount(account.reader, collection);
      },
    }),
  }),
});
