// The plugins of Metaplex Core: one shape for all, since the program adds new ones faster than a schema
// should change.
import type { CoreExternalPlugin, CorePlugin, PluginAuthority } from '@streamsync/program-parser';
import { DataEncodingRef } from './account.ts';
import { builder } from './builder.ts';
import { type DataEncoding, encodeData } from './encode-data.ts';
import { jsonValue } from './json-value.ts';

const CoreAuthorityRef = builder.objectRef<PluginAuthority>('CoreAuthority').implement({
  description: 'Who may use a plugin.',
  fields: (t) => ({
    type: t.exposeString('kind', {
      nullable: false,
      description: 'none, owner, updateAuthority or address.',
    }),
    address: t.field({
      type: 'Address',
      description: 'Null unless the type is address.',
      resolve: (authority) => (authority.kind === 'address' ? authority.address : null),
    }),
  }),
});

function stateOf(plugin: CorePlugin | CoreExternalPlugin): unknown {
  return plugin.type === 'unknown'
    ? { number: plugin.number, bytes: jsonValue(plugin.bytes) }
    : jsonValue(plugin.fields);
}

export const CorePluginRef = builder.objectRef<CorePlugin>('CorePlugin').implement({
  description: 'One plugin of Metaplex Core.',
  fields: (t) => ({
    type: t.exposeString('type', {
      nullable: false,
      description: 'The name of the plugin, such as royalties; unknown if it is new.',
    }),
    authority: t.expose('authority', { type: CoreAuthorityRef, nullable: false }),
    state: t.field({
      type: 'JSON',
      nullable: false,
      description: 'The fields of the plugin by name.',
      resolve: stateOf,
    }),
  }),
});

export const CoreExternalPluginRef = builder
  .objectRef<CoreExternalPlugin>('CoreExternalPlugin')
  .implement({
    description: 'A plugin of Metaplex Core whose behaviour or data another program gives.',
    fields: (t) => ({
      type: t.exposeString('type', {
        nullable: false,
        description: 'The name of the adapter, such as oracle; unknown if it is new.',
      }),
      authority: t.expose('authority', { type: CoreAuthorityRef, nullable: false }),
      lifecycleChecks: t.field({
        type: 'JSON',
        description: 'At which events it is asked, and what it may answer there (bits).',
        resolve: (plugin) => jsonValue(plugin.lifecycleChecks),
      }),
      state: t.field({
        type: 'JSON',
        nullable: false,
        description: 'The fields of the adapter by name.',
        resolve: stateOf,
      }),
      data: t.field({
        type: 'Bytes',
        description: 'What the data authority has stored; null where the adapter stores nothing.',
        args: {
          encoding: t.arg({ type: DataEncodingRef, required: true, defaultValue: 'BASE64' }),
        },
        resolve: (plugin, args) =>
          plugin.data === null ? null : encodeData(plugin.data, args.encoding as DataEncoding),
      }),
    }),
  });
