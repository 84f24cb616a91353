// The only place that constructs things: the edge over the spine over the rooms.
import { join } from 'node:path';
import { addressBytes, SPECIALISATIONS } from '@streamsync/domain';
import {
  createMetrics,
  ensureWritableFolder,
  type Lifecycle,
  type Log,
  loadOrCreateIdentity,
  type Metrics,
  nativeCrypto,
  systemClock,
} from '@streamsync/runtime';
import type { DirectoryNode } from './clients/nodes/directory-node.ts';
import { createNodeDirectory } from './clients/nodes/node-directory.ts';
import { watchSlots } from './clients/solana/watch-slots.ts';
import type { GatewayConfig } from './config.ts';
import { ERRORS_PATH } from './http/error-pages.ts';
import type { PersistedSettings } from './http/persisted-documents.ts';
import { type HttpServer, serveHttp } from './http/serve-http.ts';
import { createPinStream, type PinStream } from './market/pin-stream.ts';
import { createPools, type Pools } from './market/pools.ts';
import { AccountFloor } from './pipeline/account-floor.ts';
import { admitQueries } from './pipeline/admit-queries.ts';
import { createErrorDescriber } from './pipeline/describe-error.ts';
import { createExecutor } from './pipeline/execute-document.ts';
import type { HistoryPort, NetworkPort, PinPort, RacePort, ReceiptPort } from './pipeline/ports.ts';
import { createQueryIds } from './pipeline/query-ids.ts';
import { observeQueries, observeSubscriptions } from './pipeline/query-metrics.ts';
import { createResponder } from './pipeline/respond.ts';
import { createServeQuery, type Rooms } from './pipeline/serve-query.ts';
import { createServeSubscription } from './pipeline/serve-subscription.ts';
import { warmUp } from './pipeline/warm-up.ts';
import { createPlanner } from './planner/prepare-document.ts';
import { createRacer } from './racing/racer.ts';
import { createReceipts } from './receipts/receipts.ts';
import { schema } from './schema/index.ts';
import type { PinStreamPort } from './subscriptions/ports.ts';
import { createSubscriptions } from './subscriptions/subscriptions.ts';
import { startAgreement } from './verify/agreement.ts';
import { createEvidenceKeeper } from './verify/evidence.ts';

/** What the gateway stands on; the real ones, or stand-ins of a test. */
export interface NetworkRooms {
  readonly pins: PinPort;
  readonly pinStream: PinStreamPort;
  readonly history: HistoryPort;
  readonly racing: RacePort;
  readonly receipts: ReceiptPort;
  readonly network: NetworkPort;
}

export interface GatewaySettings {
  readonly host: string;
  readonly port: number;
  readonly bodyBytesMax: number;
  readonly connectionsMax: number;
  readonly queriesMax: number;
  readonly costUnitsMax: number;
  readonly raceDeadlineMs: number;
  /** Null: the gateway's own page. */
  readonly docsUrl: string | null;
  readonly subscriptionsMax: number;
  readonly topicsMax: number;
  readonly persisted: PersistedSettings;
  readonly shortWay: boolean;
  /** How long after a query its document is compiled; 0 compiles before it runs. */
  readonly compileAfterMs: number;
  /** Whether to run the spine before serving, which takes a quarter of a second. */
  readonly warmUp: boolean;
}

/** Longer than most queries take: their answers are out by then. */
const COMPILE_AFTER_MS = 20;

/** Starts a whole gateway; what it starts, the lifecycle stops, the front door first. */
export async function startApp(
  config: GatewayConfig,
  log: Log,
  lifecycle: Lifecycle,
): Promise<HttpServer> {
  ensureWritableFolder(config.dataDir);
  const metrics = createMetrics({ service: 'gateway' });
  const rooms = connectNetwork(config, log, lifecycle);
  const settings = { ...config, shortWay: true, warmUp: true, compileAfterMs: COMPILE_AFTER_MS };
  const server = await startGateway(settings, rooms, { log, metrics });
  lifecycle.onStop('front door', server.stop);
  log.info({ url: server.url, peers: config.peers.length }, 'the gateway serves');
  return server;
}

/** The rooms over real nodes. */
function connectNetwork(config: GatewayConfig, log: Log, lifecycle: Lifecycle): NetworkRooms {
  const slots = config.solana === null ? null : watchSlots({ ...config.solana, log });
  lifecycle.onStop('slot watcher', () => slots?.stop());

  const receipts = createReceipts({
    folder: config.dataDir,
    nowMs: systemClock.monotonicMs,
    onFailure: (error) => log.error({ err: error }, 'receipts are not written'),
  });
  lifecycle.onStop('receipts', receipts.stop);

  const evidence = createEvidenceKeeper();
  const directory = createNodeDirectory({
    peers: config.peers,
    identity: loadOrCreateIdentity(join(config.dataDir, 'identity')),
    genesisHash: addressBytes(config.genesisHash),
    crypto: nativeCrypto,
    clock: systemClock,
    log,
    ...(slots === null ? {} : { chainTip: slots.tip }),
    onChange: () => pools.changed(),
    onEvidence: evidence.keep,
  });
  lifecycle.onStop('nodes', () => directory.stop());

  const pinStream: PinStream = createPinStream(() => pools);
  const pools: Pools<DirectoryNode> = createPools({
    source: directory,
    random: Math.random,
    onRebuilt: pinStream.changed,
  });
  lifecycle.onStop('pools', pools.stop);

  const racing = createRacer({
    select: pools,
    startAgreement,
    observer: evidence,
    crypto: nativeCrypto,
    clock: systemClock,
  });
  return { pins: pools, pinStream, history: pools, racing, receipts, network: directory };
}

/** Starts the front door. @throws StreamSyncError PORT_BUSY */
export async function startGateway(
  settings: GatewaySettings,
  rooms: NetworkRooms,
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics },
): Promise<HttpServer> {
  let ownUrl = '';
  const describer = createErrorDescriber({
    docsUrl: () => settings.docsUrl ?? `${ownUrl}${ERRORS_PATH}`,
    report: (error, queryId) => log.error({ err: error, queryId }, 'a query failed unexpectedly'),
  });
  const respond = createResponder(describer);
  const spine: Rooms = {
    ...rooms,
    planner: createPlanner({ schema, costMilliUnitsMax: settings.costUnitsMax * 1_000 }),
    execute: createExecutor(schema, settings.compileAfterMs),
    respond,
    accountFloor: new AccountFloor(systemClock.monotonicMs),
    clock: systemClock,
    raceDeadlineMs: settings.raceDeadlineMs,
  };
  const serve = createServeQuery(spine);
  if (settings.warmUp) await warmUp(spine);
  const door = admitQueries(
    { serve, refuse: (error) => respond.refuse(error, null) },
    {
      queriesMax: settings.queriesMax,
      monotonicMs: systemClock.monotonicMs,
      observer: observeQueries(metrics),
    },
  );
  const subscriptions = createSubscriptions(settings, {
    racing: rooms.racing,
    pinStream: rooms.pinStream,
    nextQueryId: createQueryIds(),
    deadlineMs: settings.raceDeadlineMs,
  });
  const observeCounts = observeSubscriptions(metrics, subscriptions.counts);
  const server = await serveHttp(settings, {
    schema,
    door,
    subscriptions: createServeSubscription({
      ...spine,
      schema,
      subscriptions,
      costMilliUnitsMax: settings.costUnitsMax * 1_000,
    }),
    clock: systemClock,
    notReady: () => poolsNotReady(rooms.network),
    metricsText: () => {
      observeCounts();
      return metrics.text();
    },
  });
  ownUrl = server.url;
  return server;
}

function poolsNotReady(network: NetworkPort): readonly string[] {
  const ready = network.readyPools();
  return SPECIALISATIONS.filter((pool) => !ready.includes(pool));
}
