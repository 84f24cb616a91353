// Accounts of the config program.
import type { ConfigKey } from '@streamsync/program-parser';
import { accountType, type KindFields } from './account-type.ts';
import { builder } from './builder.ts';

const ConfigKeyRef = builder.objectRef<ConfigKey>('ConfigKey').implement({
  fields: (t) => ({
    key: t.expose('key', { type: 'Address', nullable: false }),
    signer: t.exposeBoolean('signer', {
      nullable: false,
      description: 'Whether changes must be signed by it.',
    }),
  }),
});

type ConfigKind = 'validatorInfo' | 'stakeConfig' | 'configAccount';

function keysField(is: KindFields<ConfigKind>) {
  return is.objects(ConfigKeyRef, (config) => config.keys);
}

/** One text of the JSON; null where it is not there, or the JSON is none. */
function textOf(json: string, name: string): string | null {
  try {
    const value: unknown = JSON.parse(json)?.[name];
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

accountType(
  'validatorInfo',
  'What a validator publishes about itself; nobody checks it.',
  (is) => ({
    keys: keysField(is as unknown as KindFields<ConfigKind>),
    identity: is.value('Address', (info) => info.identity),
    identityAccount: is.link((info) => info.identity),
    name: is.maybe('String', (info) => textOf(info.json, 'name')),
    website: is.maybe('String', (info) => textOf(info.json, 'website')),
    details: is.maybe('String', (info) => textOf(info.json, 'details')),
    iconUrl: is.maybe('String', (info) => textOf(info.json, 'iconUrl')),
    keybaseUsername: is.maybe('String', (info) => textOf(info.json, 'keybaseUsername')),
    json: is.value('String', (info) => info.json, 'As it was written.'),
  }),
);

accountType(
  'stakeConfig',
  'How fast stake warmed up once; the runtime no longer reads it.',
  (is) => ({
    keys: keysField(is as unknown as KindFields<ConfigKind>),
    warmupCooldownRate: is.value('Float', (config) => config.warmupCooldownRate),
    slashPenalty: is.value('Int', (config) => config.slashPenalty),
  }),
);

accountType('configAccount', 'Configuration of another meaning.', (is) => ({
  keys: keysField(is as unknown as KindFields<ConfigKind>),
  configData: is.bytes((config) => config.configData, 'What stands behind the keys.'),
}));
