// Subscriptions over WebSocket by the graphql-transport-ws protocol. The library keeps the protocol;
// events are written past it, as one buffer for all that follow the same document. Invariant: what
// waits for one connection is bounded, and a connection that answers no ping is cut.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { StreamSyncError } from '@streamsync/domain';
import type { Clock } from '@streamsync/runtime';
import { parse } from 'graphql/index.js';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { FrontDoorPort } from '../pipeline/ports.ts';
import type {
  SharedMessage,
  Sink,
  Subscription,
  SubscriptionDoor,
} from '../subscriptions/ports.ts';
import { HEARTBEAT_MS, WAITING_BYTES_MAX } from './event-stream.ts';
import { checkParams, type SentParams } from './parse-params.ts';
import type { Resolved } from './persisted-documents.ts';

/** A page of an application follows tens of things. */
const SUBSCRIPTIONS_PER_SOCKET_MAX = 100;
/** Close code of a message that is none of the protocol. */
const BAD_REQUEST = 4_400;
/** How long a closed connection may take to take its last messages. */
const LINGER_MS = 2_000;
/** Close code of a server that goes away (RFC 6455, 7.4.1). */
const GOING_AWAY = 1_001;

const payloads = new WeakMap<SharedMessage, Buffer>();

/** The end of a `next` message: what stands behind the id, the same for all. */
function payloadOf(message: SharedMessage): Buffer {
  const known = payloads.get(message);
  if (known !== undefined) return known;
  const payload = Buffer.from(`${message.body}}`);
  payloads.set(message, payload);
  return payload;
}

/** The library wants a document to tell results from streams; the spine has the real one. */
const ANY_SUBSCRIPTION = parse('subscription { any }');

export interface WebSocketRooms {
  readonly door: FrontDoorPort;
  readonly subscriptions: SubscriptionDoor;
  readonly clock: Clock;
  /** What a client sends as persisted documents becomes documents. */
  readonly resolve: (sent: SentParams) => Resolved;
  readonly messageBytesMax: number;
}

export interface WebSockets {
  readonly open: number;
  /** Takes connections of `server` that ask for /graphql. */
  attach(server: Server): void;
  stop(): void;
}

export function createWebSockets(rooms: WebSocketRooms): WebSockets {
  const { door, subscriptions } = rooms;
  const acceptor = new WebSocketServer({
    noServer: true,
    maxPayload: rooms.messageBytesMax,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: (protocols) =>
      protocols.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) && GRAPHQL_TRANSPORT_WS_PROTOCOL,
  });
  /** With whether it has answered the last ping. */
  const sockets = new Map<WebSocket, boolean>();
  let timer: NodeJS.Timeout | null = null;

  function beat(): void {
    for (const [socket, answered] of sockets) {
      if (!answered) {
        socket.terminate();
        continue;
      }
      sockets.set(socket, false);
      socket.ping();
    }
  }

  const protocol = makeServer<Record<string, unknown>, WebSocket>({
    onSubscribe: ({ extra: socket, subscriptions: open }, id, payload) => ({
      schema: undefined as never,
      document: ANY_SUBSCRIPTION,
      contextValue: { socket, id, payload, open: Object.keys(open).length } satisfies Asked,
    }),
    // It has to give a stream at once: the library takes a failure here for one of the protocol.
    subscribe: ({ contextValue }) => {
      const ending = new Ending();
      start(rooms, contextValue as Asked, ending).catch((error) => ending.fail(error));
      return ending as never;
    },
    onError: (_context, _id, _payload, [error]) => {
      const cause = error?.originalError ?? error;
      const body = cause instanceof Refused ? cause.body : subscriptions.refuse(cause).body;
      return JSON.parse(body).errors;
    },
    onNext: (_context, _id, _payload, _args, result) => result as never,
  });

  function accept(socket: WebSocket): void {
    sockets.set(socket, true);
    timer ??= setInterval(beat, HEARTBEAT_MS).unref();
    socket.on('pong', () => sockets.set(socket, true));
    // A frame that breaks the protocol, or a connection that broke: the close event follows.
    socket.on('error', () => {});
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) => {
          if (socket.readyState === socket.OPEN) socket.send(data);
        },
        close: (code, reason) => socket.close(code, reason),
        onMessage: (listener) => {
          socket.on('message', (data) => {
            // Who asks on and reads nothing makes answers wait.
            if (socket.bufferedAmount > 2 * WAITING_BYTES_MAX) socket.terminate();
            else listener(String(data)).catch(() => socket.close(BAD_REQUEST, 'Invalid message'));
          });
        },
      },
      socket,
    );
    socket.once('close', (code, reason) => {
      sockets.delete(socket);
      if (sockets.size === 0 && timer !== null) {
        clearInterval(timer);
        timer = null;
      }
      void closed(code, String(reason));
    });
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = (request.url ?? '/').split('?', 1)[0];
    if (path === '/graphql') {
      acceptor.handleUpgrade(request, socket, head, accept);
      return;
    }
    const { body } = door.refuse(new StreamSyncError('NOT_FOUND'));
    socket.end(
      `HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }

  return {
    get open() {
      return sockets.size;
    },
    attach: (server) => void server.on('upgrade', upgrade),
    stop() {
      if (timer !== null) clearInterval(timer);
      for (const socket of sockets.keys()) {
        socket.close(GOING_AWAY, 'SHUTTING_DOWN');
        setTimeout(() => socket.terminate(), LINGER_MS).unref();
      }
    },
  };
}

interface Asked {
  readonly socket: WebSocket;
  readonly id: string;
  readonly payload: unknown;
  /** Operations of this connection, this one among them. */
  readonly open: number;
}

async function start(
  rooms: WebSocketRooms,
  { socket, id, payload, open }: Asked,
  ending: Ending,
): Promise<void> {
  if (open > SUBSCRIPTIONS_PER_SOCKET_MAX) {
    throw new StreamSyncError(
      'SUBSCRIPTION_LIMIT',
      { max: SUBSCRIPTIONS_PER_SOCKET_MAX },
      { message: `One connection follows ${SUBSCRIPTIONS_PER_SOCKET_MAX} things at most.` },
    );
  }
  const params = rooms.resolve(checkParams(payload));
  if (params instanceof StreamSyncError) throw params;
  if (!rooms.subscriptions.isSubscription(params)) {
    const receivedAtMs = rooms.clock.monotonicMs();
    const { body, status } = await rooms.door.serve({ ...params, readOnly: false, receivedAtMs });
    if (status !== 200) throw new Refused(body);
    if (socket.readyState === socket.OPEN) socket.send(`${headOf(id)}${body}}`);
    ending.finish();
    return;
  }
  const sink = sinkOf(socket, id, ending);
  ending.endsWith(await rooms.subscriptions.subscribe({ ...params, resumeAfter: null }, sink));
}

/** A query that was refused as a whole: its response has errors and no data. */
class Refused extends Error {
  readonly body: string;

  constructor(body: string) {
    super('the query was refused');
    this.body = body;
  }
}

const headOf = (id: string): string => `{"id":${JSON.stringify(id)},"type":"next","payload":`;

function sinkOf(socket: WebSocket, id: string, ending: Ending): Sink {
  const head = headOf(id);
  return {
    send(message) {
      if (socket.readyState !== socket.OPEN) return true;
      if (socket.bufferedAmount > WAITING_BYTES_MAX) return false;
      socket.send(head, { fin: false });
      socket.send(payloadOf(message), { fin: true, binary: false });
      return true;
    },
    end: (error) => ending.fail(error),
  };
}

/** What the library waits on for a stream whose events are written past it: its end and no more. */
class Ending implements AsyncGenerator {
  readonly #settle: PromiseWithResolvers<IteratorResult<never>>;
  #subscription: Subscription | null = null;
  #ended = false;

  constructor() {
    this.#settle = Promise.withResolvers();
    // It may fail before the library listens.
    this.#settle.promise.catch(() => {});
  }

  /** The subscription that is closed when the client is done with it, which it may be already. */
  endsWith(subscription: Subscription): void {
    if (this.#ended) subscription.close();
    else this.#subscription = subscription;
  }

  fail(error: unknown): void {
    this.#ended = true;
    this.#settle.reject(error);
  }

  finish(): void {
    this.#ended = true;
    this.#settle.resolve({ value: undefined as never, done: true });
  }

  next(): Promise<IteratorResult<never>> {
    return this.#settle.promise;
  }

  return(): Promise<IteratorResult<never>> {
    this.#subscription?.close();
    this.finish();
    return this.#settle.promise;
  }

  throw(error: unknown): Promise<IteratorResult<never>> {
    this.fail(error);
    return this.#settle.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  get [Symbol.toStringTag](): string {
    return 'AsyncGenerator';
  }
}
