// A gateway on a free port over a stand-in network, and a client that speaks plain HTTP to it.
import { createMetrics, silentLog } from '@streamsync/runtime';
import { type GatewaySettings, startGateway } from '../../src/app.ts';
import { createStandInNetwork, type StandInNetwork } from './stand-in-network.ts';

export const SETTINGS: GatewaySettings = {
  host: '127.0.0.1',
  port: 0,
  bodyBytesMax: 1_048_576,
  connectionsMax: 1_000,
  queriesMax: 256,
  costUnitsMax: 2_000,
  raceDeadlineMs: 1_000,
  docsUrl: null,
  shortWay: true,
  warmUp: false,
  compileAfterMs: 0,
  subscriptionsMax: 5_000,
  topicsMax: 1_000,
  persisted: { documents: new Map(), only: false },
};

export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: {
    readonly code: string;
    readonly docs: string;
    readonly [key: string]: unknown;
  };
}

export interface GraphqlBody {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever shape they asked for
  readonly data?: any;
  readonly errors?: readonly GraphqlError[];
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly extensions?: { readonly streamsync: any };
}

export interface FrontDoor {
  readonly url: string;
  readonly network: StandInNetwork;
  stop(): Promise<void>;
  /** Posts a query as plain JSON. */
  ask(query: string, variables?: Record<string, unknown>): Promise<GraphqlBody>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  post(body: unknown, headers?: Record<string, string>): Promise<Response>;
}

export async function openFrontDoor(
  settings: Partial<GatewaySettings> = {},
  network: StandInNetwork = createStandInNetwork(),
): Promise<FrontDoor> {
  const server = await startGateway({ ...SETTINGS, ...settings }, network, {
    log: silentLog,
    metrics: createMetrics({ service: 'gateway' }),
  });
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return {
    url: server.url,
    network,
    stop: server.stop,
    post,
    fetch: (path, init) => fetch(`${server.url}${path}`, init),
    ask: async (query, variables = {}) =>
      (await (await post({ query, variables })).json()) as GraphqlBody,
  };
}
