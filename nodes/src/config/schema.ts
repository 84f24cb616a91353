// The form of streamsync.toml: one operator, one source of chain data, one or more nodes.
// Everything is checked here, once; the rest of the program trusts what this returns.
import { isSpecialisation, parseAddress, SPECIALISATIONS } from '@streamsync/domain';
import { z } from 'zod';

/** Nodes of one process: they share its event loop, so that more than a few gain nothing. */
const NODES_MAX = 16;
/** As the wire bounds it (a heartbeat's operator). */
const OPERATOR_LENGTH_MAX = 64;
/** Programs and addresses that one source follows; each program is a subscription. */
const FOLLOWED_MAX = 10_000;
/** Providers' tokens are UUIDs or of a few hundred characters. */
const X_TOKEN_LENGTH_MAX = 4_096;

export const GENESIS_FROM_SOURCE = 'from source';

const address = z.string().refine(
  (text) => {
    try {
      parseAddress(text);
      return true;
    } catch {
      return false;
    }
  },
  { message: 'should be base58 of 32 bytes' },
);

const spAddress = z
  .string()
  .regex(
    /^(tcp|tls\+tcp):\/\/[^\s:/]+:\d{1,5}$/,
    'should be tcp://host:port or tls+tcp://host:port (port 0 takes a free one)',
  );

const httpListen = z
  .string()
  .regex(/^[^\s:/]+:\d{1,5}$/, 'should be host:port (port 0 takes a free one)');

const httpUrl = z.url({ protocol: /^https?$/, message: 'should be an http:// or https:// URL' });
const wsUrl = z.url({ protocol: /^wss?$/, message: 'should be a ws:// or wss:// URL' });

const rpcSource = z.strictObject({
  kind: z.literal('rpc'),
  rpcUrl: httpUrl,
  wsUrl,
  /** The stream delivers every change of a slot before the slot itself, as localnet does. */
  completeStream: z.boolean().default(false),
  programs: z.array(address).max(FOLLOWED_MAX).default([]),
  addresses: z.array(address).max(FOLLOWED_MAX).default([]),
});

const yellowstoneSource = z
  .strictObject({
    kind: z.literal('yellowstone'),
    url: httpUrl,
    /** Left out: YELLOWSTONE_X_TOKEN of the environment, if that is set. */
    xToken: z.string().min(1).max(X_TOKEN_LENGTH_MAX).optional(),
    /** JSON-RPC of the same cluster: genesis, snapshots, history. */
    rpcUrl: httpUrl,
    /** The server streams every account of the chain, as localnet and a validator of one's own do. */
    everyAccount: z.boolean().default(false),
    programs: z.array(address).max(FOLLOWED_MAX).default([]),
    addresses: z.array(address).max(FOLLOWED_MAX).default([]),
  })
  .refine((source) => source.everyAccount || source.programs.length + source.addresses.length > 0, {
    message: 'or addresses are needed where everyAccount is not true',
    path: ['programs'],
  });

const folderSource = z
  .strictObject({
    kind: z.literal('folders'),
    accounts: z.string().min(1).optional(),
    blocks: z.string().min(1).optional(),
    transactions: z.string().min(1).optional(),
    /** Only files that the folder's manifest gives this cluster; all without it. */
    cluster: z.string().min(1).optional(),
  })
  .refine(
    (source) =>
      source.accounts !== undefined ||
      source.blocks !== undefined ||
      source.transactions !== undefined,
    {
      message: 'at least one of accounts, blocks and transactions is needed',
      path: ['accounts'],
    },
  );

const specialisation = z.string().refine(isSpecialisation, {
  message: `should be one of ${SPECIALISATIONS.join(', ')}`,
});

const node = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'should be up to 32 of a-z, 0-9 and - (a folder name)'),
    specialisation,
    /** Where gateways send requests. */
    listen: spAddress,
    /** Where gateways subscribe to heartbeats, offers and roots. */
    publish: spAddress,
    /** What the node lists and enforces; a point read is one unit. */
    capacityUnitsPerSecond: z.number().int().min(1).max(10_000_000).default(50_000),
    /** The price per cost unit at which it races, nanoUSD. */
    bidNanoUsd: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(1_000),
    sessionsMax: z.number().int().min(1).max(100_000).default(256),
    tls: z
      .strictObject({ certificateFile: z.string().min(1), keyFile: z.string().min(1) })
      .optional(),
  })
  .refine(
    (each) => !`${each.listen} ${each.publish}`.includes('tls+tcp:') || each.tls !== undefined,
    {
      message: 'is needed by tls+tcp: give certificateFile and keyFile',
      path: ['tls'],
    },
  );

export const configSchema = z
  .strictObject({
    operator: z
      .string()
      .regex(
        new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${OPERATOR_LENGTH_MAX - 1}}$`),
        'should be up to 64 letters, digits, dots, dashes and underscores',
      ),
    /** Base58 of the cluster's genesis hash, or "from source": then the source is asked. */
    genesisHash: z.union([z.literal(GENESIS_FROM_SOURCE), address]).default(GENESIS_FROM_SOURCE),
    dataFolder: z.string().min(1),
    logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    source: z.discriminatedUnion('kind', [yellowstoneSource, rpcSource, folderSource]),
    metrics: z.strictObject({ listen: httpListen }).optional(),
    nodes: z.array(node).min(1).max(NODES_MAX),
    /** For demonstrations and tests only: answers are held back by so many milliseconds. */
    debug: z
      .strictObject({
        delayMs: z
          .partialRecord(z.enum(SPECIALISATIONS), z.number().int().min(0).max(60_000))
          .default({}),
      })
      .default({ delayMs: {} }),
  })
  .superRefine((config, context) => {
    const seen = new Set<string>();
    config.nodes.forEach((each, index) => {
      if (seen.has(each.name)) {
        context.addIssue({
          code: 'custom',
          path: ['nodes', index, 'name'],
          message: 'is the name of another node too',
        });
      }
      seen.add(each.name);
      for (const field of ['listen', 'publish'] as const) {
        const where = each[field];
        if (!where.endsWith(':0') && seen.has(where)) {
          context.addIssue({
            code: 'custom',
            path: ['nodes', index, field],
            message: 'is used twice',
          });
        }
        seen.add(where);
      }
    });
  });

export type OperatorConfig = Readonly<z.infer<typeof configSchema>>;
export type NodeConfig = OperatorConfig['nodes'][number];
export type SourceConfig = OperatorConfig['source'];
