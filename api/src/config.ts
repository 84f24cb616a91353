// The gateway's configuration: the environment, read once. Every fault is listed at once.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAddress, StreamSyncError } from '@streamsync/domain';
import { explainSystemError, parseConfig } from '@streamsync/runtime';
import { z } from 'zod';
import { type Peer, peerSchema } from './clients/nodes/peer.ts';
import { webSocketUrlOf } from './clients/solana/watch-slots.ts';

/** A page of addresses is 5 KB; a megabyte leaves room for what later operations carry. */
const BODY_BYTES_MAX = 1_048_576;
/** A query holds some 100 KB while it runs. */
const QUERIES_MAX = 1_024;
const CONNECTIONS_MAX = 10_000;
/** 100 addresses cost 100; a page of 100 token accounts with mints and owners 201.5. */
const COST_UNITS_MAX = 1_000;
/** Each takes some 50 KB with its connection. */
const SUBSCRIPTIONS_MAX = 20_000;
/** Each is an item of a race for every new pin. */
const TOPICS_MAX = 5_000;
/** Far beyond the 10 ms of the guarantee: a late answer is free, and better than none. */
const RACE_DEADLINE_MS = 1_000;

const count = (fallback: number) => z.coerce.number().int().positive().default(fallback);
const url = z.url({ protocol: /^https?$/ });

const environment = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4_000),
  /** A JSON file: the list of nodes. */
  PEERS: z.string().min(1),
  DATA_DIR: z.string().min(1).default('.streamsync/gateway'),
  GENESIS_HASH: z.string().transform((text, context) => {
    try {
      return parseAddress(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'should be base58 of 32 bytes' });
      return z.NEVER;
    }
  }),
  /** Absent where the nodes are fed from folders: the gateway then has no view of its own. */
  SOLANA_RPC_URL: url.optional(),
  SOLANA_WS_URL: z.url({ protocol: /^wss?$/ }).optional(),
  DOCS_URL: url.optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  BODY_BYTES_MAX: count(BODY_BYTES_MAX),
  CONNECTIONS_MAX: count(CONNECTIONS_MAX),
  QUERIES_MAX: count(QUERIES_MAX),
  COST_UNITS_MAX: count(COST_UNITS_MAX),
  RACE_DEADLINE_MS: count(RACE_DEADLINE_MS),
  SUBSCRIPTIONS_MAX: count(SUBSCRIPTIONS_MAX),
  TOPICS_MAX: count(TOPICS_MAX),
  /** A folder of .graphql files, or a JSON file of documents by id. */
  PERSISTED_DOCUMENTS: z.string().min(1).optional(),
  /** Whether those are the only documents that are served. */
  PERSISTED_ONLY: z.stringbool().default(false),
});

export type GatewayConfig = ReturnType<typeof readConfig>;

/** @throws StreamSyncError CONFIG_INVALID */
export function readConfig(env: Readonly<Record<string, string | undefined>>) {
  // A variable that is set to nothing is not set.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const settings = parseConfig(environment, given, 'The environment');
  const { SOLANA_RPC_URL: rpcUrl } = settings;
  return Object.freeze({
    host: settings.HOST,
    port: settings.PORT,
    peers: readPeers(settings.PEERS),
    dataDir: settings.DATA_DIR,
    genesisHash: settings.GENESIS_HASH,
    solana:
      rpcUrl === undefined
        ? null
        : { rpcUrl, webSocketUrl: settings.SOLANA_WS_URL ?? webSocketUrlOf(rpcUrl) },
    docsUrl: settings.DOCS_URL ?? null,
    logLevel: settings.LOG_LEVEL,
    bodyBytesMax: settings.BODY_BYTES_MAX,
    connectionsMax: settings.CONNECTIONS_MAX,
    queriesMax: settings.QUERIES_MAX,
    costUnitsMax: settings.COST_UNITS_MAX,
    raceDeadlineMs: settings.RACE_DEADLINE_MS,
    subscriptionsMax: settings.SUBSCRIPTIONS_MAX,
    topicsMax: settings.TOPICS_MAX,
    persisted: {
      documents: readPersistedDocuments(settings.PERSISTED_DOCUMENTS ?? null),
      only: settings.PERSISTED_ONLY,
    },
  });
}

function readPeers(file: string): readonly Peer[] {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new StreamSyncError(
      'CONFIG_INVALID',
      { file },
      {
        message: `PEERS names ${file}, which cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`,
        cause: explainSystemError(error, file),
      },
    );
  }
  return parseConfig(z.array(peerSchema).min(1), json, file);
}

/**
 * Documents by id: of a folder each .graphql file by its name without the ending, of a JSON file its
 * entries, as Relay's compiler writes them.
 * @throws StreamSyncError CONFIG_INVALID
 */
function readPersistedDocuments(path: string | null): ReadonlyMap<string, string> {
  if (path === null) return new Map();
  try {
    if (statSync(path).isDirectory()) {
      const files = readdirSync(path).filter((name) => name.endsWith('.graphql'));
      return new Map(
        files.map((name) => [basename(name, '.graphql'), readFileSync(join(path, name), 'utf8')]),
      );
    }
    return new Map(
      Object.entries(
        parseConfig(
          z.record(z.string(), z.string()),
          JSON.parse(readFileSync(path, 'utf8')),
          `PERSISTED_DOCUMENTS ${path}`,
        ),
      ),
    );
  } catch (error) {
    if (error instanceof StreamSyncError) throw error;
    throw new StreamSyncError(
      'CONFIG_INVALID',
      { path },
      {
        message: `PERSISTED_DOCUMENTS names ${path}, which is neither a folder of .graphql files nor JSON of documents by id: ${error instanceof Error ? error.message : String(error)}`,
        cause: explainSystemError(error, path),
      },
    );
  }
}
