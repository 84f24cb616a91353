// Keeps one outgoing SP connection for any protocol, and dials again with jittered exponential
// backoff when it fails. Invariant: at most one socket and one timer at any time; none after `stop`.
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { StreamSyncError } from '@streamsync/domain';
import { type ConnectionLimits, limitsOf } from './connection-limits.ts';
import { parseSpAddress, type SpAddress } from './sp-address.ts';
import { type CloseReason, SpConnection, type SpProtocol } from './sp-connection.ts';
import { type DialTls, showsCertificate, TLS_VERSION_MIN } from './sp-tls.ts';

/** TCP and TLS; the SP handshake has its own limit after it. */
const CONNECT_TIMEOUT_MS_DEFAULT = 5_000;

/** A node that restarts is back within about a second; a dead one costs two dials a minute. */
const BACKOFF_DEFAULT: Backoff = { firstMs: 50, maxMs: 30_000, jitter: 0.5 };

/** A connection that lived this long proves the peer well: the next backoff starts over. */
const PROVEN_AFTER_MS = 1_000;

/** How node:tls names the faults of a certificate or its chain. */
const CERTIFICATE_ERROR = /CERT|UNABLE_TO_VERIFY|ALTNAME/;

export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** From 0 to 1: the part of each wait that is drawn, so that peers do not dial in step. */
  readonly jitter: number;
}

export type DialState = 'connecting' | 'connected' | 'waiting' | 'stopped';

export type DialFailure = CloseReason | 'refused' | 'connect-late' | 'certificate-wrong';

export interface DialOptions extends Partial<ConnectionLimits> {
  readonly address: string;
  /** Required by `tls+tcp`. */
  readonly tls?: DialTls;
  readonly connectTimeoutMs?: number;
  readonly backoff?: Backoff;
  /** `reason` says why a connection or an attempt ended. */
  readonly onStateChange?: (state: DialState, reason: DialFailure | null) => void;
  /** From 0 below 1; for tests. */
  readonly random?: () => number;
}

export interface SpDialer {
  readonly state: DialState;
  /** Resolves once connected; rejects with NODE_UNREACHABLE after `deadlineMs` or at `stop`. */
  connected(deadlineMs: number): Promise<void>;
  stop(): void;
}

/** The wait before attempt `attempt` (from 1) in ms. */
export function backoffMs(backoff: Backoff, attempt: number, random: number): number {
  const doubled = backoff.firstMs * 2 ** Math.min(attempt - 1, 30);
  return Math.min(doubled, backoff.maxMs) * (1 - backoff.jitter * random);
}

/** Starts dialing. Throws CONFIG_INVALID when the address or its TLS options are not valid. */
export function dialSp(protocol: SpProtocol, options: DialOptions): SpDialer {
  const address = parseSpAddress(options.address);
  if (address.tls && options.tls === undefined) {
    throw new StreamSyncError(
      'CONFIG_INVALID',
      { address: options.address },
      { message: 'A tls+tcp address needs a fingerprint or an authority to check.' },
    );
  }
  const dialer = new Dialer(protocol, address, options);
  dialer.dial();
  return dialer;
}

class Dialer implements SpDialer {
  readonly #address: SpAddress;
  readonly #options: DialOptions;
  readonly #limits: ConnectionLimits;
  readonly #protocol: SpProtocol;
  readonly #waiters = new Set<(connected: boolean) => void>();
  #state: DialState = 'connecting';
  #attempt = 0;
  #timer: NodeJS.Timeout | null = null;
  #socket: Socket | null = null;
  #connection: SpConnection | null = null;
  #connectedAtMs = 0;

  constructor(protocol: SpProtocol, address: SpAddress, options: DialOptions) {
    this.#address = address;
    this.#options = options;
    this.#limits = limitsOf(options);
    // The protocol is told first: whoever hears "connected" can send.
    this.#protocol = {
      name: protocol.name,
      counters: protocol.counters,
      opened: (connection) => {
        protocol.opened(connection);
        this.#opened();
      },
      received: (connection, buffer, start, end) =>
        protocol.received(connection, buffer, start, end),
      drained: (connection) => protocol.drained(connection),
      closed: (connection, reason) => protocol.closed(connection, reason),
    };
  }

  get state(): DialState {
    return this.#state;
  }

  connected(deadlineMs: number): Promise<void> {
    if (this.#state === 'connected') return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (connected: boolean): void => {
        clearTimeout(timer);
        this.#waiters.delete(settle);
        if (connected) resolve();
        else reject(new StreamSyncError('NODE_UNREACHABLE', { address: this.#options.address }));
      };
      const timer = setTimeout(() => settle(false), deadlineMs);
      if (this.#state === 'stopped') settle(false);
      else this.#waiters.add(settle);
    });
  }

  stop(): void {
    if (this.#state === 'stopped') return;
    this.#become('stopped', null);
    this.#clearTimer();
    this.#connection?.close();
    this.#socket?.destroy();
    for (const settle of this.#waiters) settle(false);
  }

  dial(): void {
    this.#timer = null;
    this.#attempt += 1;
    this.#become('connecting', null);
    if (this.#stopped()) return;
    const { tls } = this.#options;
    const { host, port } = this.#address;
    let failed = false;
    const fail = (reason: DialFailure): void => {
      if (failed) return;
      failed = true;
      socket.destroy();
      this.#redialLater(reason);
    };
    const socket: Socket = this.#address.tls
      ? tlsConnect({ host, port, minVersion: TLS_VERSION_MIN, ...tlsOptions(tls) })
      : connect({ host, port });
    this.#socket = socket;
    const timeoutMs = this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS_DEFAULT;
    this.#timer = setTimeout(() => fail('connect-late'), timeoutMs);
    const refused = (): void => fail('refused');
    const broken = (cause: NodeJS.ErrnoException): void =>
      fail(CERTIFICATE_ERROR.test(cause.code ?? '') ? 'certificate-wrong' : 'refused');
    socket.on('error', broken);
    socket.on('close', refused);
    socket.once(this.#address.tls ? 'secureConnect' : 'connect', () => {
      if (failed || this.#stopped()) return;
      if (tls !== undefined && 'fingerprintSha256' in tls && this.#address.tls) {
        if (!showsCertificate(socket as TLSSocket, tls.fingerprintSha256)) {
          fail('certificate-wrong');
          return;
        }
      }
      this.#clearTimer();
      socket.off('close', refused);
      socket.off('error', broken);
      this.#connection = new SpConnection(socket, this.#protocol, this.#limits, (reason) =>
        this.#closed(reason),
      );
    });
  }

  #stopped(): boolean {
    return this.#state === 'stopped';
  }

  #opened(): void {
    this.#connectedAtMs = performance.now();
    this.#become('connected', null);
    for (const settle of this.#waiters) settle(true);
  }

  #closed(reason: CloseReason): void {
    const proven =
      this.#state === 'connected' &&
      ((this.#connection?.framesIn ?? 0) > 0 ||
        performance.now() - this.#connectedAtMs >= PROVEN_AFTER_MS);
    if (proven) this.#attempt = 0;
    this.#connection = null;
    this.#redialLater(reason);
  }

  #redialLater(reason: DialFailure): void {
    this.#clearTimer();
    this.#socket = null;
    if (this.#state === 'stopped') return;
    const backoff = this.#options.backoff ?? BACKOFF_DEFAULT;
    const random = this.#options.random ?? Math.random;
    const waitMs = backoffMs(backoff, Math.max(1, this.#attempt), random());
    this.#timer = setTimeout(() => this.dial(), waitMs);
    this.#become('waiting', reason);
  }

  #become(state: DialState, reason: DialFailure | null): void {
    this.#state = state;
    this.#options.onStateChange?.(state, reason);
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

function tlsOptions(tls: DialTls | undefined): ConnectionOptions {
  if (tls === undefined) return {};
  // The fingerprint is checked right after the handshake and before any byte is sent.
  if ('fingerprintSha256' in tls) return { rejectUnauthorized: false };
  return tls.serverName === undefined
    ? { ca: tls.authorityPem }
    : { ca: tls.authorityPem, servername: tls.serverName };
}
