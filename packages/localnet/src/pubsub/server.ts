// The PubSub face over WebSocket. Of every slot, each socket gets all state notifications (accounts,
// programs, logs, signatures) before the slot's own: that is what makes a slot complete for followers.
import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Chain } from '../chain/chain.ts';
import { listen } from '../listen.ts';
import type { Log } from '../log.ts';
import { Connection, QUEUED_BYTES_MAX } from './connection.ts';

/** A subscription with its filters is far smaller. */
const MESSAGE_BYTES_MAX = 64 * 1024;
/** Every node of a devnet has one or two; the rest is room for tools and pages. */
const CONNECTIONS_MAX = 512;
const CLOSE_TRY_LATER = 1_013;
const CLOSE_GOING_AWAY = 1_001;
/** Time for clients to answer the close frame. */
const CLOSE_WAIT_MS = 500;

export interface PubSubServer {
  readonly port: number;
  stop(): Promise<void>;
}

export interface PubSubOptions {
  readonly chain: Chain;
  readonly log: Log;
  readonly host: string;
  readonly port: number;
  readonly queuedBytesMax?: number;
}

/** @throws StreamSyncError PORT_BUSY */
export async function startPubSubServer(options: PubSubOptions): Promise<PubSubServer> {
  const { chain, log, host } = options;
  const connections = new Map<WebSocket, Connection>();
  let lastId = 0;
  const nextId = () => {
    lastId += 1;
    return lastId;
  };

  const http = createServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain' }).end('Upgrade to WebSocket.');
  });
  const sockets = new WebSocketServer({ server: http, maxPayload: MESSAGE_BYTES_MAX });
  sockets.on('connection', (socket) => {
    if (connections.size >= CONNECTIONS_MAX) {
      socket.close(CLOSE_TRY_LATER, 'too many connections');
      return;
    }
    const connection = new Connection(socket, {
      chain,
      nextId,
      queuedBytesMax: options.queuedBytesMax ?? QUEUED_BYTES_MAX,
      onSlow: (queuedBytes) => log.warn({ queuedBytes }, 'closed a PubSub reader that is too slow'),
    });
    connections.set(socket, connection);
    socket.on('message', (data) => connection.onMessage(data));
    socket.on('close', () => connections.delete(socket));
    socket.on('error', (cause) => log.info({ cause: String(cause) }, 'a PubSub socket failed'));
  });

  const stopListening = chain.onEvents({
    executed(transaction, slot) {
      for (const connection of connections.values()) {
        connection.notify((one) => one.onExecuted?.(transaction, slot) ?? []);
      }
    },
    slotClosed(closed) {
      for (const connection of connections.values()) {
        connection.notify((one) => one.onSlotClosed?.(closed) ?? [], 'state');
        connection.notify((one) => one.onSlotClosed?.(closed) ?? [], 'slot');
      }
    },
  });

  // The WebSocket server repeats its HTTP server's errors; `listen` reports them.
  sockets.on('error', () => {});
  let port: number;
  try {
    port = await listen(http, host, options.port);
  } catch (cause) {
    stopListening();
    throw cause;
  }
  return {
    port,
    stop: () =>
      new Promise((resolve) => {
        stopListening();
        for (const socket of connections.keys()) {
          socket.close(CLOSE_GOING_AWAY, 'localnet is stopping');
          setTimeout(() => socket.terminate(), CLOSE_WAIT_MS).unref();
        }
        sockets.close();
        http.close(() => resolve());
        http.closeIdleConnections();
      }),
  };
}
