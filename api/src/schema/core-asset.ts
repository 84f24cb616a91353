// Assets, collections and groups of Metaplex Core.
import { accountType, type KindFields } from './account-type.ts';
import { CoreExternalPluginRef, CorePluginRef } from './core-plugin.ts';
import { NftMetadataRef } from './nft-metadata.ts';

type WithPlugins = 'coreAsset' | 'coreCollection' | 'coreGroup';

/** The three have plugins in the same way. */
function pluginFields(is: KindFields<WithPlugins>) {
  return {
    plugins: is.objects(CorePluginRef, (entity) => entity.plugins, 'In the order of the registry.'),
    externalPlugins: is.objects(CoreExternalPluginRef, (entity) => entity.externalPlugins),
  };
}

accountType(
  'coreAsset',
  'An asset of Metaplex Core: the account is the asset.',
  (is) => ({
    assetOwner: is.value(
      'Address',
      (asset) => asset.owner,
      'Who holds it; `owner` is the program.',
    ),
    assetOwnerAccount: is.link((asset) => asset.owner),
    sequence: is.maybe('U64', (asset) => asset.sequence, 'Changes while it was compressed.'),
    ...pluginFields(is as unknown as KindFields<WithPlugins>),
  }),
  [NftMetadataRef],
);

accountType(
  'coreCollection',
  'A collection of Metaplex Core; its plugins hold for its assets too.',
  (is) => ({
    updateAuthority: is.value('Address', (collection) => collection.updateAuthority),
    updateAuthorityAccount: is.link((collection) => collection.updateAuthority),
    mintedCount: is.value('U64', (collection) => BigInt(collection.mintedCount)),
    currentSize: is.value('U64', (collection) => BigInt(collection.currentSize)),
    ...pluginFields(is as unknown as KindFields<WithPlugins>),
  }),
  [NftMetadataRef],
);

accountType(
  'coreGroup',
  'A group of Metaplex Core: collections, assets and other groups under one name.',
  (is) => ({
    updateAuthority: is.value('Address', (group) => group.updateAuthority),
    updateAuthorityAccount: is.link((group) => group.updateAuthority),
    collections: is.list('Address', (group) => group.collections),
    groups: is.list('Address', (group) => group.groups),
    parentGroups: is.list('Address', (group) => group.parentGroups),
    assets: is.list('Address', (group) => group.assets),
    ...pluginFields(is as unknown as KindFields<WithPlugins>),
  }),
  [NftMetadataRef],
);

accountType('coreHashedAsset', 'The hash of a compressed asset of Metaplex Core.', (is) => ({
  hash: is.bytes((asset) => asset.hash),
}));
