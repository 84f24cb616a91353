// What the parser makes of Metaplex's accounts against Metaplex's own clients, for accounts built here
// and for those of the corpus.
import { createRequire } from 'node:module';
import { publicKey, type RpcAccount, sol } from '@metaplex-foundation/umi';
import { describe, expect, it } from 'vitest';
import { type ParsedAccount, parseAccount } from '../src/index.ts';
import { ADDRESS, METADATA, state, TOKEN_METADATA } from './golden-accounts.ts';
import * as golden from './golden-programs.ts';
import { corpusAccounts, hasCorpus } from './support/corpus-accounts.ts';
import { leaves, withoutHeader } from './support/leaves.ts';

// The clients' ES modules name their own files without endings, which Node refuses.
const require = createRequire(import.meta.url);
const tokenMetadata: typeof import('@metaplex-foundation/mpl-token-metadata') = require('@metaplex-foundation/mpl-token-metadata');
const core: typeof import('@metaplex-foundation/mpl-core') = require('@metaplex-foundation/mpl-core');

function parsed(owner: typeof ADDRESS, data: Uint8Array): ParsedAccount {
  const result = parseAccount(ADDRESS, state(owner, data));
  if (result.kind === 'malformed') return expect.fail(`${result.why} at ${result.offset}`);
  return result.account;
}

interface Reader {
  deserialize(bytes: Uint8Array, offset?: number): [unknown, number];
}

/** The client's fields behind the key. */
function theirs(reader: Reader, data: Uint8Array): object {
  const [{ key: _key, ...fields }] = reader.deserialize(data) as [{ key: unknown }, number];
  return fields;
}

const RECORDS: readonly (readonly [name: string, data: Uint8Array, reader: Reader])[] = [
  ['edition', golden.EDITION, tokenMetadata.getEditionAccountDataSerializer()],
  [
    'masterEdition',
    golden.MASTER_EDITION_V1,
    tokenMetadata.getDeprecatedMasterEditionV1AccountDataSerializer(),
  ],
  [
    'masterEdition',
    golden.MASTER_EDITION_V2,
    tokenMetadata.getMasterEditionAccountDataSerializer(),
  ],
  ['editionMarker', golden.MARKER_V2, tokenMetadata.getEditionMarkerV2AccountDataSerializer()],
  [
    'useAuthorityRecord',
    golden.USE_RECORD,
    tokenMetadata.getUseAuthorityRecordAccountDataSerializer(),
  ],
  [
    'collectionAuthorityRecord',
    golden.COLLECTION_RECORD,
    tokenMetadata.getCollectionAuthorityRecordAccountDataSerializer(),
  ],
  ['tokenRecord', golden.TOKEN_RECORD, tokenMetadata.getTokenRecordAccountDataSerializer()],
  ['tokenRecord', golden.EMPTY_TOKEN_RECORD, tokenMetadata.getTokenRecordAccountDataSerializer()],
  [
    'metadataDelegate',
    golden.METADATA_DELEGATE,
    tokenMetadata.getMetadataDelegateRecordAccountDataSerializer(),
  ],
  [
    'holderDelegate',
    golden.HOLDER_DELEGATE,
    tokenMetadata.getHolderDelegateRecordAccountDataSerializer(),
  ],
  ['tokenOwnedEscrow', golden.ESCROW, tokenMetadata.getTokenOwnedEscrowAccountDataSerializer()],
];

/** Less what the client does not give: it drops the padding of texts. */
function metadataOf(account: ParsedAccount): object {
  if (account.kind !== 'tokenMetadata') return expect.fail(account.kind);
  const { textSizes: _sizes, hasCorruptTail: _tail, ...rest } = account;
  return withoutHeader(rest);
}

describe('Token Metadata beside its own client', () => {
  it.each(RECORDS)('reads a %s alike', (kind, data, reader) => {
    const account = parsed(TOKEN_METADATA, data);
    expect(account.kind).toBe(kind);
    expect(leaves(withoutHeader(account))).toEqual(leaves(theirs(reader, data)));
  });

  it('reads an edition marker of the first version alike', () => {
    const reader = tokenMetadata.getEditionMarkerAccountDataSerializer();
    const account = parsed(TOKEN_METADATA, golden.MARKER_V1);
    if (account.kind !== 'editionMarker') expect.fail(account.kind);
    expect([...account.ledger]).toEqual(reader.deserialize(golden.MARKER_V1)[0].ledger);
  });

  it.skipIf(!hasCorpus)('reads every account of the corpus alike', () => {
    const readers: Readonly<Record<string, Reader>> = {
      edition: tokenMetadata.getEditionAccountDataSerializer(),
      masterEdition: tokenMetadata.getMasterEditionAccountDataSerializer(),
    };
    const reader = tokenMetadata.getMetadataAccountDataSerializer();
    let compared = 0;
    for (const { file, state: real } of corpusAccounts('mpl-token-metadata')) {
      const account = parsed(real.owner, real.data);
      compared += 1;
      const other = readers[account.kind];
      if (other !== undefined) {
        expect(leaves(withoutHeader(account)), file).toEqual(leaves(theirs(other, real.data)));
        continue;
      }
      expect(leaves(metadataOf(account)), file).toEqual(leaves(theirs(reader, real.data)));
    }
    expect(compared).toBeGreaterThan(40);
  });

  it('reads every field of a metadata alike', () => {
    const reader = tokenMetadata.getMetadataAccountDataSerializer();
    const client = theirs(reader, METADATA);
    const ours = metadataOf(parsed(TOKEN_METADATA, METADATA));
    expect(leaves(ours)).toEqual(leaves(client));
  });
});

/** An account as umi's clients take it. */
function raw(data: Uint8Array): RpcAccount {
  return {
    publicKey: publicKey(ADDRESS),
    owner: publicKey(golden.CORE),
    executable: false,
    lamports: sol(0),
    data,
  };
}

type WithPlugins = Extract<ParsedAccount, { kind: 'coreAsset' | 'coreCollection' | 'coreGroup' }>;

/** Each plugin as the client reads it where the parser says that it is. */
function expectSamePlugins(account: WithPlugins, data: Uint8Array, file: string): void {
  const registryAt = Number(account.registryOffset ?? 0n);
  if (account.registryOffset !== null) {
    const registry = core.deserializePluginRegistryV1(raw(data.subarray(registryAt)));
    expect(account.plugins.length, file).toBe(registry.registry.length);
    expect(account.externalPlugins.length, file).toBe(registry.externalRegistry.length);
    account.externalPlugins.forEach((plugin, index) => {
      const record = registry.externalRegistry[index];
      const { authority, lifecycleChecks, offset, dataOffset, dataLength } = plugin;
      const events = lifecycleChecks?.map(({ event, flags }) => [
        ['create', 'transfer', 'burn', 'update', 'execute'].indexOf(event),
        flags,
      ]);
      expect(leaves([authority, events, offset, dataOffset, dataLength]), file).toEqual(
        leaves([
          record?.authority,
          record?.lifecycleChecks,
          record?.offset,
          record?.dataOffset,
          record?.dataLen,
        ]),
      );
    });
  }
  for (const plugin of account.plugins) {
    if (plugin.type === 'unknown') continue;
    // From before the field: the client would read on into the registry.
    if (plugin.type === 'updateDelegate' && plugin.fields.additionalDelegates === null) continue;
    const [client] = core.getPluginSerializer().deserialize(data, Number(plugin.offset));
    expect(leaves({ kind: plugin.type, fields: plugin.fields }), file).toEqual(leaves(client));
  }
  for (const plugin of account.externalPlugins) {
    if (plugin.type === 'unknown') continue;
    const reader = core.getExternalPluginAdapterSerializer();
    const [client] = reader.deserialize(data, Number(plugin.offset));
    expect(leaves({ kind: plugin.type, fields: plugin.fields }), file).toEqual(leaves(client));
  }
}

/** An update delegate from before it had additional delegates. */
const hasOldPlugin = (account: ParsedAccount): boolean =>
  account.kind === 'coreCollection' &&
  account.plugins.some(
    (plugin) => plugin.type === 'updateDelegate' && plugin.fields.additionalDelegates === null,
  );

function baseOf(account: WithPlugins): object {
  const { plugins: _p, externalPlugins: _e, registryOffset: _o, ...base } = account;
  return withoutHeader(base);
}

const READERS: Readonly<Record<WithPlugins['kind'], (data: Uint8Array) => object>> = {
  coreAsset: (data) => core.deserializeAssetV1(raw(data)),
  coreCollection: (data) => core.deserializeCollectionV1(raw(data)),
  coreGroup: (data) => core.deserializeGroupV1(raw(data)),
};

function expectSame(account: ParsedAccount, data: Uint8Array, file: string): void {
  if (!['coreAsset', 'coreCollection', 'coreGroup'].includes(account.kind)) {
    expect.fail(account.kind);
  }
  const entity = account as WithPlugins;
  expectSamePlugins(entity, data, file);
  const client = READERS[entity.kind](data) as Record<string, unknown>;
  const base = Object.keys(baseOf(entity));
  for (const name of base.filter((each) => ['owner', 'name', 'uri'].includes(each))) {
    expect(client[name], `${file} ${name}`).toBe((entity as never)[name]);
  }
  if (entity.kind === 'coreAsset') {
    const { type, address } = client.updateAuthority as { type: string; address?: string };
    expect(type.toLowerCase()).toBe(entity.updateAuthority.kind);
    if (entity.updateAuthority.kind !== 'none')
      expect(address).toBe(entity.updateAuthority.address);
  } else {
    expect(client.updateAuthority).toBe(entity.updateAuthority);
  }
  if (entity.kind === 'coreCollection') {
    expect(client).toMatchObject({
      numMinted: entity.mintedCount,
      currentSize: entity.currentSize,
    });
  }
}

describe('Metaplex Core beside its own client', () => {
  it('reads an asset with every plugin alike', () => {
    const account = parsed(golden.CORE, golden.FULL_CORE_ASSET);
    if (account.kind !== 'coreAsset') expect.fail(account.kind);
    expect(account.plugins.length).toBe(golden.CORE_PLUGINS.length);
    expect(account.externalPlugins.length).toBe(golden.CORE_EXTERNALS.length);
    expect(new Set(account.plugins.map(({ type }) => type)).size).toBe(19);
    expect(new Set(account.externalPlugins.map(({ type }) => type)).size).toBe(7);
    expectSamePlugins(account, golden.FULL_CORE_ASSET, 'golden');
  });

  it('reads a group alike', () => {
    expectSame(parsed(golden.CORE, golden.CORE_GROUP), golden.CORE_GROUP, 'golden');
  });

  it('reads a hashed asset alike', () => {
    const [client] = core.getHashedAssetV1AccountDataSerializer().deserialize(golden.CORE_HASHED);
    expect(parsed(golden.CORE, golden.CORE_HASHED)).toMatchObject({ hash: client.hash });
  });

  const corpus = corpusAccounts('mpl-core');
  it.skipIf(!hasCorpus)('reads every account of the corpus alike', () => {
    expect(corpus.length).toBeGreaterThan(40);
    let refusedByClient = 0;
    for (const { file, state: real } of corpus) {
      const account = parsed(real.owner, real.data);
      if (hasOldPlugin(account)) {
        // Real accounts that the client cannot read: it runs on into the registry.
        refusedByClient += 1;
        expect(() => READERS.coreCollection(real.data), file).toThrow();
        continue;
      }
      expectSame(account, real.data, file);
    }
    expect(refusedByClient).toBe(2);
  });
});
