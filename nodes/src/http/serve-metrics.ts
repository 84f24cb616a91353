// The operator's own HTTP face: Prometheus metrics, liveness and readiness. It shows no data of the
// chain and takes no input; it listens where the operator chose, on loopback by default.
import { createServer } from 'node:http';
import { explainSystemError } from '@streamsync/runtime';

/** Nothing here has a body, and a scrape takes a second at most. */
const REQUEST_TIMEOUT_MS = 5_000;
/** A Prometheus or two, and a person. */
const CONNECTIONS_MAX = 64;
const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface Readiness {
  readonly ready: boolean;
  /** What is missing, in words; empty when ready. */
  readonly why: string;
}

export interface MetricsServer {
  /** `http://host:port`, with the actual port. */
  readonly url: string;
  stop(): Promise<void>;
}

/** @throws StreamSyncError PORT_BUSY */
export async function serveMetrics(options: {
  readonly listen: string;
  /** The exposition text. */
  readonly text: () => Promise<string>;
  readonly readiness: () => Readiness;
}): Promise<MetricsServer> {
  const separator = options.listen.lastIndexOf(':');
  const host = options.listen.slice(0, separator);
  const port = Number(options.listen.slice(separator + 1));
  const server = createServer(async (request, response) => {
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(405, 'text/plain', 'only GET\n');
    } else if (request.url === '/metrics') {
      send(200, EXPOSITION_TYPE, await options.text());
    } else if (request.url === '/health') {
      send(200, 'text/plain', 'alive\n');
    } else if (request.url === '/ready') {
      const { ready, why } = options.readiness();
      send(ready ? 200 : 503, 'text/plain', ready ? 'ready\n' : `not ready: ${why}\n`);
    } else {
      send(404, 'text/plain', 'try /metrics, /health or /ready\n');
    }
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(explainSystemError(error, `The metrics port ${options.listen}`)),
    );
    server.listen({ host, port }, resolve);
  });
  const bound = server.address();
  const actualPort = bound !== null && typeof bound === 'object' ? bound.port : port;
  return {
    url: `http://${host}:${actualPort}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
