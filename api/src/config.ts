// The gateway's configuration: the environment, read once. Every fault is listed at once.
import { readFileSync } from 'node:fs';
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
