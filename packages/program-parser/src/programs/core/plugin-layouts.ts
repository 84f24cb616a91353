// The plugins of Metaplex Core, in the order of their numbers, and the authorities that they and the
// assets have. Source: mpl-core `plugins::{Plugin, ExternalPluginAdapter}` and `state::*`, Borsh. A new
// plugin is one entry; a plugin that has no entry yet is kept as bytes.
import {
  address,
  bool,
  bytes32,
  type Codec,
  enumU8,
  list,
  option,
  struct,
  text,
  u8,
  u16,
  u32,
  u64,
  type ValueOf,
  variant,
} from '../../bytes/codec.ts';

const nothing = struct({});
const frozen = struct({ frozen: bool });
const addresses = list(address, { itemBytesMin: 32 });

/** Who may use a plugin. */
export const pluginAuthority = variant({
  none: nothing,
  owner: nothing,
  updateAuthority: nothing,
  address: struct({ address }),
});
export type PluginAuthority = ValueOf<typeof pluginAuthority>;

/** Who may change an asset: an address, or whoever may change its collection. */
export const updateAuthority = variant({
  none: nothing,
  address: struct({ address }),
  collection: struct({ address }),
});
export type UpdateAuthority = ValueOf<typeof updateAuthority>;

/** Null: a plugin from before the field, which then ends at its number. */
const additionalDelegates: Codec<ValueOf<typeof addresses> | null> = {
  read: (r) => (r.remaining === 0 ? null : addresses.read(r)),
  write(w, value) {
    if (value !== null) addresses.write(w, value);
  },
};

export const PLUGINS = {
  royalties: struct({
    basisPoints: u16,
    creators: list(struct({ address, percentage: u8 }), { itemBytesMin: 33 }),
    ruleSet: variant({
      none: nothing,
      programAllowList: struct({ programs: addresses }),
      programDenyList: struct({ programs: addresses }),
    }),
  }),
  freezeDelegate: frozen,
  burnDelegate: nothing,
  transferDelegate: nothing,
  updateDelegate: struct({ additionalDelegates }),
  permanentFreezeDelegate: frozen,
  attributes: struct({
    attributes: list(struct({ key: text, value: text }), { itemBytesMin: 8 }),
  }),
  permanentTransferDelegate: nothing,
  permanentBurnDelegate: nothing,
  edition: struct({ number: u32 }),
  masterEdition: struct({ maxSupply: option(u32), name: option(text), uri: option(text) }),
  addBlocker: nothing,
  immutableMetadata: nothing,
  verifiedCreators: struct({
    signatures: list(struct({ address, verified: bool }), { itemBytesMin: 33 }),
  }),
  autograph: struct({
    signatures: list(struct({ address, message: text }), { itemBytesMin: 36 }),
  }),
  bubblegumV2: nothing,
  freezeExecute: frozen,
  permanentFreezeExecute: frozen,
  groups: struct({ groups: addresses }),
} as const;

const schema = enumU8(['binary', 'json', 'msgPack']);

const accountFlags = { isSigner: bool, isWritable: bool };
const preconfigured = struct(accountFlags);
const extraAccount = variant({
  preconfiguredProgram: preconfigured,
  preconfiguredCollection: preconfigured,
  preconfiguredOwner: preconfigured,
  preconfiguredRecipient: preconfigured,
  preconfiguredAsset: preconfigured,
  customPda: struct({
    seeds: list(
      variant({
        collection: nothing,
        owner: nothing,
        recipient: nothing,
        asset: nothing,
        address: struct({ address }),
        bytes: struct({ bytes: bytes32 }),
      }),
      { itemBytesMin: 1 },
    ),
    customProgramId: option(address),
    ...accountFlags,
  }),
  address: struct({ address, ...accountFlags }),
});

const lifecycleHook = struct({
  hookedProgram: address,
  extraAccounts: option(list(extraAccount, { itemBytesMin: 3 })),
  dataAuthority: option(pluginAuthority),
  schema,
});
const appData = struct({ dataAuthority: pluginAuthority, schema });

/** Plugins whose behaviour or data lies outside of the program. */
export const EXTERNAL_PLUGINS = {
  lifecycleHook,
  oracle: struct({
    baseAddress: address,
    baseAddressConfig: option(extraAccount),
    resultsOffset: variant({
      noOffset: nothing,
      anchor: nothing,
      custom: struct({ offset: u64 }),
    }),
  }),
  appData,
  linkedLifecycleHook: lifecycleHook,
  linkedAppData: appData,
  dataSection: struct({
    parentKey: variant({
      linkedLifecycleHook: struct({ hookedProgram: address }),
      linkedAppData: struct({ dataAuthority: pluginAuthority }),
    }),
    schema,
  }),
  agentIdentity: struct({ uri: text }),
} as const;

/** At which events an external plugin is asked, and what it may answer there (bits). */
export const lifecycleChecks = option(
  list(
    struct({
      event: enumU8(['create', 'transfer', 'burn', 'update', 'execute']),
      flags: u32,
    }),
    { itemBytesMin: 5 },
  ),
);
