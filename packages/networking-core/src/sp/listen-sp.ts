// Accepts SP connections on a TCP or TLS port for any protocol. Invariant: after `stop` neither the
// port nor a connection is left, and there are never more than `connectionsMax` sockets, nor more
// than `connectionsPerHostMax` of one host.
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { StreamSyncError } from '@streamsync/domain';
import { type ConnectionLimits, limitsOf } from './connection-limits.ts';
import { formatSpAddress, parseSpAddress } from './sp-address.ts';
import { SpConnection, type SpProtocol } from './sp-connection.ts';
import { type ListenTls, TLS_VERSION_MIN } from './sp-tls.ts';

/** 256 gateways and peers of a node with room for three each; more are refused at once. */
const CONNECTIONS_MAX_DEFAULT = 1_024;

/** A quarter: silent connections cost their host nothing, and one host must not fill the listener. */
const CONNECTIONS_PER_HOST_MAX_DEFAULT = 256;

export interface ListenOptions extends Partial<ConnectionLimits> {
  /** `tcp://host:port` or `tls+tcp://host:port`; port 0 takes a free one. */
  readonly address: string;
  /** Required by `tls+tcp`. */
  readonly tls?: ListenTls;
  readonly connectionsMax?: number;
  /** Of one remote address. */
  readonly connectionsPerHostMax?: number;
}

export interface SpListener {
  /** With the actual port. */
  readonly address: string;
  /** Closes the port and every connection; written replies go out first. */
  stop(): Promise<void>;
  /** Closes the port and keeps the connections, for a drain. */
  stopAccepting(): void;
}

/** Throws CONFIG_INVALID, or PORT_BUSY with the address. */
export async function listenSp(protocol: SpProtocol, options: ListenOptions): Promise<SpListener> {
  const address = parseSpAddress(options.address);
  const limits = limitsOf(options);
  const connections = new Set<SpConnection>();
  const accept = (socket: Socket): void => {
    if (socket.destroyed) return;
    const connection = new SpConnection(socket, protocol, limits, () =>
      connections.delete(connection),
    );
    connections.add(connection);
  };

  // Sockets in their TLS handshake are no connections yet, but a stop must not wait for them.
  const sockets = new Set<Socket>();
  const server = newServer(address.tls, options, limits, accept);
  server.maxConnections = options.connectionsMax ?? CONNECTIONS_MAX_DEFAULT;
  const hosts = new HostCounts(options.connectionsPerHostMax ?? CONNECTIONS_PER_HOST_MAX_DEFAULT);
  // Before TLS and the handshake cost anything.
  server.prependListener('connection', (socket: Socket) => {
    const host = socket.remoteAddress ?? '';
    if (!hosts.enter(host)) {
      protocol.counters.connectionsRefused += 1;
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      hosts.leave(host);
    });
  });
  server.on('drop', () => {
    protocol.counters.connectionsRefused += 1;
  });
  server.on('tlsClientError', (_cause: Error, socket: Socket) => {
    protocol.counters.handshakesFailed += 1;
    // Node reports a late handshake and keeps the socket.
    socket.destroy();
  });
  await startListening(server, address, options.address);
  // Failures after this one concern single accepts (no file descriptors left): the next may succeed.
  server.on('error', () => {
    protocol.counters.connectionsRefused += 1;
  });
  const bound = server.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : address.port;

  let closed: Promise<void> | null = null;
  const stopAccepting = (): Promise<void> => {
    closed ??= new Promise((resolve) => server.close(() => resolve()));
    return closed;
  };
  return {
    address: formatSpAddress({ ...address, port }),
    stopAccepting: () => void stopAccepting(),
    stop: async () => {
      const portClosed = stopAccepting();
      for (const connection of connections) connection.finish();
      await Promise.race([portClosed, afterGrace()]);
      for (const connection of connections) connection.close();
      for (const socket of sockets) socket.destroy();
      await portClosed;
    },
  };
}

/** Sockets by remote address. Invariant: no host has more than `perHostMax`, and none is kept at 0. */
class HostCounts {
  readonly #counts = new Map<string, number>();
  readonly #perHostMax: number;

  constructor(perHostMax: number) {
    this.#perHostMax = perHostMax;
  }

  enter(host: string): boolean {
    const count = this.#counts.get(host) ?? 0;
    if (count >= this.#perHostMax) return false;
    this.#counts.set(host, count + 1);
    return true;
  }

  leave(host: string): void {
    const count = (this.#counts.get(host) ?? 1) - 1;
    if (count === 0) this.#counts.delete(host);
    else this.#counts.set(host, count);
  }
}

/** A peer that does not read its last replies delays a stop by this much at most. */
const STOP_GRACE_MS = 250;

function afterGrace(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, STOP_GRACE_MS).unref());
}

function newServer(
  tls: boolean,
  options: ListenOptions,
  limits: ConnectionLimits,
  accept: (socket: Socket) => void,
): Server {
  if (!tls) return createServer(accept);
  if (options.tls === undefined) {
    throw new StreamSyncError(
      'CONFIG_INVALID',
      { address: options.address },
      { message: 'A tls+tcp address needs a certificate and its key.' },
    );
  }
  return createTlsServer(
    {
      cert: options.tls.certificatePem,
      key: options.tls.keyPem,
      minVersion: TLS_VERSION_MIN,
      handshakeTimeout: limits.handshakeTimeoutMs,
    },
    accept,
  );
}

function startListening(
  server: Server,
  { host, port }: { host: string; port: number },
  text: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new StreamSyncError('PORT_BUSY', { address: text }, { cause })
          : new StreamSyncError(
              'CONFIG_INVALID',
              { address: text, reason: cause.code ?? 'unknown' },
              { cause, message: 'This address cannot be listened on.' },
            ),
      );
    };
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      resolve();
    });
  });
}
