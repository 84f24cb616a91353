// The edge: one HTTP server with its routes. Plain GraphQL requests take a short way past Yoga, which
// costs more than all the rest of a point read (facts: 445 us of CPU); both ways give the same answer.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { StreamSyncError } from '@streamsync/domain';
import { type Clock, explainSystemError } from '@streamsync/runtime';
import type { GraphQLSchema } from 'graphql/index.js';
import type { FrontDoorPort } from '../pipeline/ports.ts';
import type { SubscriptionDoor } from '../subscriptions/ports.ts';
import { allowAnyOrigin, answerPreflight } from './cors.ts';
import { ERRORS_PATH, renderErrorPage } from './error-pages.ts';
import { createEventStreams } from './event-stream.ts';
import { createGraphiQL } from './graphiql.ts';
import { acceptsEventStream, acceptsHtml, acceptsPlainJson, isJsonBody } from './media-types.ts';
import { paramsOfUrl, parseParams, type SentParams } from './parse-params.ts';

import {
  createPersistedDocuments,
  type PersistedSettings,
  type Resolved,
} from './persisted-documents.ts';
import { readBody } from './read-body.ts';
import { closeAfter, send, sendJson, sendRefusal } from './respond.ts';
import { createWebSockets } from './web-socket.ts';
import { createFullWay } from './yoga.ts';

export interface HttpSettings {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly bodyBytesMax: number;
  readonly connectionsMax: number;
  /** False sends every request through Yoga. */
  readonly shortWay: boolean;
  readonly persisted: PersistedSettings;
}

export interface HttpRooms {
  readonly schema: GraphQLSchema;
  readonly door: FrontDoorPort;
  readonly subscriptions: SubscriptionDoor;
  readonly clock: Clock;
  /** Names of what is not ready; empty: ready. */
  readonly notReady: () => readonly string[];
  readonly metricsText: () => Promise<string>;
}

export interface HttpServer {
  readonly url: string;
  /** Stops accepting, lets running requests finish, then closes every socket. */
  stop(): Promise<void>;
}

/** A client that takes longer to say what it wants is broken or hostile. */
const HEADERS_MS_MAX = 5_000;
const REQUEST_MS_MAX = 7_000;
/** Longer than the 60 s after which common proxies give up a connection of theirs. */
const KEEP_ALIVE_MS = 65_000;
const TIMEOUT_CHECK_MS = 1_000;
const DRAIN_SWEEP_MS = 20;

const READ_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const OTHER_PATHS: ReadonlySet<string> = new Set([
  '/',
  '/health/live',
  '/health/ready',
  '/metrics',
  ERRORS_PATH,
]);

/** @throws StreamSyncError PORT_BUSY */
export async function serveHttp(settings: HttpSettings, rooms: HttpRooms): Promise<HttpServer> {
  const { door, subscriptions } = rooms;
  const { bodyBytesMax } = settings;
  const { resolve } = createPersistedDocuments(settings.persisted);
  const fullWay = createFullWay({ ...rooms, resolve, bodyBytesMax });
  const eventStreams = createEventStreams(subscriptions);
  const webSockets = createWebSockets({ ...rooms, resolve, messageBytesMax: bodyBytesMax });
  const graphiql = createGraphiQL();
  let draining = false;

  async function serveGraphql(request: IncomingMessage, response: ServerResponse): Promise<void> {
    allowAnyOrigin(request, response);
    if (request.method === 'OPTIONS') return answerPreflight(response);
    if (request.method === 'POST') {
      if (!isJsonBody(request)) throw new StreamSyncError('UNSUPPORTED_MEDIA_TYPE');
      if (settings.shortWay && acceptsPlainJson(request)) return serveShort(request, response);
    } else if (request.method !== 'GET') {
      response.setHeader('allow', 'GET, POST, OPTIONS');
      throw new StreamSyncError(
        'METHOD_NOT_ALLOWED',
        {},
        { message: 'GraphQL is asked by GET or POST.' },
      );
    } else if (acceptsHtml(request)) {
      return graphiql(request, response);
    }
    requireReadableHost(request);
    if (!acceptsEventStream(request)) return void (await fullWay(request, response));
    const params = await streamParams(request);
    if (!(params instanceof StreamSyncError) && subscriptions.isSubscription(params)) {
      return eventStreams.serve(request, response, params);
    }
    await fullWay(request, response);
  }

  /** The body is read, and left for Yoga: what is no subscription is answered by it. */
  async function streamParams(request: IncomingMessage): Promise<Resolved> {
    let sent: SentParams;
    if (request.method === 'POST') {
      const body = await readBody(request, bodyBytesMax);
      (request as IncomingMessage & { body?: Buffer }).body = body;
      sent = parseParams(body.toString('utf8'));
    } else {
      sent = paramsOfUrl(request.url ?? '');
    }
    return resolve(sent);
  }

  async function serveShort(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, bodyBytesMax);
    const receivedAtMs = rooms.clock.monotonicMs();
    const params = resolve(parseParams(body.toString('utf8')));
    const answer =
      params instanceof StreamSyncError
        ? door.refuse(params)
        : await door.serve({ ...params, readOnly: false, receivedAtMs });
    sendJson(response, answer);
  }

  async function serveOther(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (OTHER_PATHS.has(path) && !READ_METHODS.has(request.method ?? '')) {
      response.setHeader('allow', 'GET, HEAD');
      throw new StreamSyncError('METHOD_NOT_ALLOWED', {}, { message: 'This path is for reading.' });
    }
    switch (path) {
      case '/':
        response.writeHead(302, { location: '/graphql', 'content-length': '0' });
        response.end();
        return;
      case '/health/live':
        return send(response, 200, 'application/json', '{"live":true}');
      case '/health/ready': {
        const notReady = draining ? ['draining'] : rooms.notReady();
        const body = JSON.stringify({ ready: notReady.length === 0, notReady });
        return send(response, notReady.length === 0 ? 200 : 503, 'application/json', body);
      }
      case '/metrics':
        return send(
          response,
          200,
          'text/plain; version=0.0.4; charset=utf-8',
          await rooms.metricsText(),
        );
      case ERRORS_PATH:
        return send(response, 200, 'text/html; charset=utf-8', renderErrorPage());
      default:
        throw new StreamSyncError('NOT_FOUND');
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (draining) response.setHeader('connection', 'close');
      if (request.headers.host === undefined && request.httpVersion !== '1.0') {
        throw new StreamSyncError('BAD_REQUEST', {}, { message: 'The host header is missing.' });
      }
      const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
      await (path === '/graphql'
        ? serveGraphql(request, response)
        : serveOther(path, request, response));
    } catch (error) {
      if (response.headersSent || response.destroyed) return;
      if (!request.complete) closeAfter(request, response);
      sendRefusal(response, door.refuse(error));
    }
  }

  const server = createServer(
    {
      headersTimeout: HEADERS_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      // Node's own refusal of a request without one has no code.
      requireHostHeader: false,
      noDelay: true,
    },
    (request, response) => void serve(request, response),
  );
  server.maxConnections = settings.connectionsMax;
  // Node's own answer to an expectation that it does not know has no code.
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    closeAfter(request, response);
    sendRefusal(response, door.refuse(new StreamSyncError('BAD_REQUEST')));
  });
  server.on('clientError', (error, socket) => refuseClient(door, error, socket));
  webSockets.attach(server);
  await listen(server, settings);

  return {
    url: urlOf(server, settings.host),
    stop: () =>
      new Promise((resolve) => {
        draining = true;
        // A connection that is in use now would stay open, and idle, after its answer.
        const sweep = setInterval(() => server.closeIdleConnections(), DRAIN_SWEEP_MS);
        server.close(() => {
          clearInterval(sweep);
          resolve();
        });
        server.closeIdleConnections();
        // Subscribers are told why before their connections close.
        subscriptions.drain();
        setImmediate(() => webSockets.stop());
      }),
  };
}

function listen(server: Server, { host, port }: HttpSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(explainSystemError(error, `Port ${port} of ${host}`)));
    server.listen(port, host, () => resolve());
  });
}

/**
 * Yoga makes a URL of the host header, and answers one that makes none with a 500.
 * @throws StreamSyncError BAD_REQUEST
 */
function requireReadableHost({ headers: { host } }: IncomingMessage): void {
  if (host && !URL.canParse(`http://${host}`)) {
    throw new StreamSyncError('BAD_REQUEST', {}, { message: 'The host header is malformed.' });
  }
}

/** Bytes that are no HTTP, headers that are too long, requests that take too long. */
function refuseClient(door: FrontDoorPort, error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const status = late
    ? '408 Request Timeout'
    : error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : '400 Bad Request';
  const { body } = door.refuse(new StreamSyncError('BAD_REQUEST'));
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Where a browser on this machine finds it; a wildcard is no place to go to. */
function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const place = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${place.includes(':') ? `[${place}]` : place}:${port}`;
}
