// The Metadata account of Metaplex Token Metadata.
import type { CollectionDetails } from '@streamsync/program-parser';
import { AccountRef, POINT_READ } from './account.ts';
import { readAccount } from './account-entity.ts';
import { accountType } from './account-type.ts';
import { builder } from './builder.ts';
import { jsonValue } from './json-value.ts';
import { editionAddress } from './metadata-address.ts';
import { NftMetadataRef } from './nft-metadata.ts';

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

interface Uses {
  readonly method: string;
  readonly remaining: bigint;
  readonly total: bigint;
}

const UsesRef = builder.objectRef<Uses>('MetadataUses').implement({
  description: 'How often an asset can be used.',
  fields: (t) => ({
    method: t.exposeString('method', {
      nullable: false,
      description: 'burn: gone after the last use; multiple; single.',
    }),
    remaining: t.expose('remaining', { type: 'U64', nullable: false }),
    total: t.expose('total', { type: 'U64', nullable: false }),
  }),
});

const CollectionDetailsRef = builder.objectRef<CollectionDetails>('CollectionDetails').implement({
  description: 'Says that the asset is a collection.',
  fields: (t) => ({
    version: t.exposeString('version', { nullable: false }),
    size: t.field({
      type: 'U64',
      description: 'Items that were verified into it; null where it is not counted (v2).',
      resolve: (details) => (details.version === 'v1' ? details.size : null),
    }),
  }),
});

accountType(
  'tokenMetadata',
  'What Metaplex Token Metadata says about a mint.',
  (is) => ({
    mint: is.value('Address', (metadata) => metadata.mint),
    mintAccount: is.link((metadata) => metadata.mint),
    updateAuthority: is.value('Address', (metadata) => metadata.updateAuthority),
    updateAuthorityAccount: is.link((metadata) => metadata.updateAuthority),
    symbol: is.value('String', (metadata) => metadata.symbol),
    sellerFeeBasisPoints: is.value('Int', (metadata) => metadata.sellerFeeBasisPoints),
    creators: is.objects(CreatorRef, (metadata) => metadata.creators ?? []),
    primarySaleHappened: is.value('Boolean', (metadata) => metadata.primarySaleHappened),
    isMutable: is.value('Boolean', (metadata) => metadata.isMutable),
    editionNonce: is.maybe('Int', (metadata) => metadata.editionNonce),
    tokenStandard: is.maybe('String', (metadata) => metadata.tokenStandard),
    collection: is.t.field({
      type: 'JSON',
      description: 'Key and whether the collection has verified it.',
      deprecationReason: 'Use collectionAddress, collectionVerified and collectionAccount.',
      resolve: (account) => jsonValue(account.as('tokenMetadata').collection),
    }),
    collectionDetails: is.maybeObject(
      CollectionDetailsRef,
      (metadata) => metadata.collectionDetails,
      'Null: the asset is no collection.',
    ),
    uses: is.maybeObject(UsesRef, (metadata) => metadata.uses),
    ruleSet: is.maybe(
      'Address',
      (metadata) => metadata.programmableConfig?.ruleSet ?? null,
      'Of a programmable asset: the rules that every transfer must pass.',
    ),
    ruleSetAccount: is.link((metadata) => metadata.programmableConfig?.ruleSet ?? null),
    hasCorruptTail: is.value(
      'Boolean',
      (metadata) => metadata.hasCorruptTail,
      'The bytes behind editionNonce are no fields; the program too reads them as absent.',
    ),
    editionAccount: is.t.field({
      type: AccountRef,
      description: 'The MasterEdition or Edition of the mint; null where there is none.',
      extensions: POINT_READ,
      resolve: (account) =>
        readAccount(account.reader, editionAddress(account.as('tokenMetadata').mint)),
    }),
  }),
  [NftMetadataRef],
);
