// The only place that constructs things: the edge over the spine over the rooms.
import { SPECIALISATIONS } from '@streamsync/domain';
import { type Log, type Metrics, systemClock } from '@streamsync/runtime';
import { ERRORS_PATH } from './http/error-pages.ts';
import { type HttpServer, serveHttp } from './http/serve-http.ts';
import { admitQueries } from './pipeline/admit-queries.ts';
import { createErrorDescriber } from './pipeline/describe-error.ts';
import { createExecutor } from './pipeline/execute-document.ts';
import type { NetworkPort, PinPort, RacePort, ReceiptPort } from './pipeline/ports.ts';
import { observeQueries } from './pipeline/query-metrics.ts';
import { createResponder } from './pipeline/respond.ts';
import { createServeQuery } from './pipeline/serve-query.ts';
import { createPlanner } from './planner/prepare-document.ts';
import { schema } from './schema/index.ts';

/** What the gateway stands on; the real ones, or stand-ins of a test. */
export interface NetworkRooms {
  readonly pins: PinPort;
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
  readonly shortWay: boolean;
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
  const serve = createServeQuery({
    ...rooms,
    planner: createPlanner({ schema, costMilliUnitsMax: settings.costUnitsMax * 1_000 }),
    execute: createExecutor(schema),
    respond,
    clock: systemClock,
    raceDeadlineMs: settings.raceDeadlineMs,
  });
  const door = admitQueries(
    { serve, refuse: (error) => respond.refuse(error, null) },
    {
      queriesMax: settings.queriesMax,
      monotonicMs: systemClock.monotonicMs,
      observer: observeQueries(metrics),
    },
  );
  const server = await serveHttp(settings, {
    schema,
    door,
    clock: systemClock,
    notReady: () => poolsNotReady(rooms.network),
    metricsText: metrics.text,
  });
  ownUrl = server.url;
  return server;
}

function poolsNotReady(network: NetworkPort): readonly string[] {
  const ready = network.readyPools();
  return SPECIALISATIONS.filter((pool) => !ready.includes(pool));
}
