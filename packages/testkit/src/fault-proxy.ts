// A TCP proxy with the faults of a network, from a seed: latency, jitter, stalls as a lost segment
// makes them, resets, connections that stay half-open, and a stream that stops. Faults may change
// while it runs. Invariant: bytes keep their order, and nothing is held beyond HELD_BYTES_MAX.
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface ProxyFaults {
  /** Added to every chunk, one way. */
  readonly latencyMs: number;
  /** Up to this much more, drawn anew for each chunk. */
  readonly jitterMs: number;
  /**
   * The share of chunks whose segment is lost: TCP delivers it after a retransmission, and whatever
   * comes behind it waits too.
   */
  readonly lossPermille: number;
  /** The share of chunks at which the connection is reset instead. */
  readonly resetPermille: number;
  /** Bytes of both ways are swallowed, and the sockets stay open: a peer that is gone without a word. */
  readonly isHalfOpen: boolean;
}

export const NO_FAULTS: ProxyFaults = {
  latencyMs: 0,
  jitterMs: 0,
  lossPermille: 0,
  resetPermille: 0,
  isHalfOpen: false,
};

/** Linux's least time before a lost segment is sent again. */
const RETRANSMISSION_MS = 200;
/** What one way of one connection holds back, at most; beyond it the sender waits. */
const HELD_BYTES_MAX = 1024 * 1024;

export interface FaultProxyOptions {
  readonly host?: string;
  readonly targetPort: number;
  /** The same seed draws the same faults for the same chunks. */
  readonly seed: number;
  readonly faults?: Partial<ProxyFaults>;
}

export interface FaultProxy {
  readonly port: number;
  /** How often each fault happened. */
  readonly counts: { readonly lost: number; readonly resets: number; readonly swallowed: number };
  /** From now on, for connections that exist too. */
  setFaults(faults: Partial<ProxyFaults>): void;
  /** Resets every connection. */
  resetAll(): void;
  stop(): Promise<void>;
}

/** mulberry32: enough for faults, and the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const host = options.host ?? '127.0.0.1';
  const random = randomFrom(options.seed);
  const counts = { lost: 0, resets: 0, swallowed: 0 };
  const sockets = new Set<Socket>();
  let faults: ProxyFaults = { ...NO_FAULTS, ...options.faults };

  const happens = (permille: number): boolean => permille > 0 && random() * 1_000 < permille;

  /** Carries one way of one connection, each chunk at its time and never before the one ahead. */
  function carry(from: Socket, to: Socket): void {
    const held: { readonly chunk: Buffer; readonly dueAtMs: number }[] = [];
    let heldBytes = 0;
    let timer: NodeJS.Timeout | null = null;

    function deliver(): void {
      timer = null;
      for (let next = held[0]; next !== undefined; next = held[0]) {
        const waitMs = next.dueAtMs - performance.now();
        if (waitMs > 0) {
          timer = setTimeout(deliver, waitMs);
          return;
        }
        held.shift();
        heldBytes -= next.chunk.length;
        if (heldBytes <= HELD_BYTES_MAX) from.resume();
        if (to.writable) to.write(next.chunk);
      }
    }

    from.on('data', (chunk: Buffer) => {
      if (faults.isHalfOpen) {
        counts.swallowed += 1;
        return;
      }
      if (happens(faults.resetPermille)) {
        counts.resets += 1;
        from.resetAndDestroy();
        to.resetAndDestroy();
        return;
      }
      const isLost = happens(faults.lossPermille);
      if (isLost) counts.lost += 1;
      const delayMs =
        faults.latencyMs + random() * faults.jitterMs + (isLost ? RETRANSMISSION_MS : 0);
      held.push({
        chunk,
        dueAtMs: Math.max(held.at(-1)?.dueAtMs ?? 0, performance.now() + delayMs),
      });
      heldBytes += chunk.length;
      if (heldBytes > HELD_BYTES_MAX) from.pause();
      if (timer === null) deliver();
    });
    from.on('close', () => {
      if (timer !== null) clearTimeout(timer);
      held.length = 0;
    });
  }

  const server: Server = createServer((client) => {
    const target = connect({ host, port: options.targetPort });
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      // The other side of a broken connection is closed by 'close' below.
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        if (faults.isHalfOpen) return;
        client.destroy();
        target.destroy();
      });
    }
    carry(client, target);
    carry(target, client);
  });
  await new Promise<void>((resolve) => server.listen({ host, port: 0 }, resolve));
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    counts,
    setFaults: (changed) => {
      faults = { ...faults, ...changed };
    },
    resetAll: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
