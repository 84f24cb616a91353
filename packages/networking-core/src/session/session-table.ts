// The sessions that a node holds. Invariant: at most `sessionsMax`, at most four of one gateway, and
// the one that makes room is the one that was used least recently, those first in which nothing was
// ever asked: hellos alone push out no gateway. `onEnd` hears of each that goes.
import type { Clock } from '@streamsync/runtime';
import { type CryptoPort, equalBytes, SESSION_ID_BYTES, type SessionKeys } from '@streamsync/wire';
import { ReplayWindow } from './replay-window.ts';
import type { SessionLeaves } from './session-leaves.ts';

/** A gateway has one, and for a moment two when it connects anew: room for a restart or two. */
const SESSIONS_PER_GATEWAY_MAX = 4;

/** A gateway that says nothing for so long says hello again when it comes back. */
export const SESSION_IDLE_MS_MAX = 10 * 60_000;

export interface NodeSession {
  readonly id: Uint8Array;
  readonly gatewayKey: Uint8Array;
  readonly keys: SessionKeys;
  readonly window: ReplayWindow;
  readonly leaves: SessionLeaves;
  /** Monotonic. */
  usedAtMs: number;
  /** Whether an authentic request came in it. */
  spoken: boolean;
  timer: NodeJS.Timeout | null;
  hashing: boolean;
}

interface SessionTableOptions {
  readonly crypto: CryptoPort;
  readonly clock: Clock;
  readonly sessionsMax: number;
  readonly onEnd: (session: NodeSession) => void;
}

/** The id's first 30 bits: a small integer, which a Map finds without making a string. */
export function sessionSlot(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) & 0x3f) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

export class SessionTable {
  readonly #options: SessionTableOptions;
  readonly #sessions = new Map<number, NodeSession>();

  constructor(options: SessionTableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  all(): Iterable<NodeSession> {
    return this.#sessions.values();
  }

  find(id: Uint8Array): NodeSession | null {
    const session = this.#sessions.get(sessionSlot(id, 0));
    return session !== undefined && equalBytes(session.id, id) ? session : null;
  }

  /** A random id whose slot is free. */
  newId(): Uint8Array {
    // At most a few thousand of 2^30 slots are taken, so this ends.
    let id: Uint8Array;
    do id = this.#options.crypto.randomBytes(SESSION_ID_BYTES);
    while (this.#sessions.has(sessionSlot(id, 0)));
    return id;
  }

  add(session: Omit<NodeSession, 'window' | 'usedAtMs' | 'spoken' | 'timer' | 'hashing'>): void {
    const ofGateway = [...this.#sessions.values()].filter((other) =>
      equalBytes(other.gatewayKey, session.gatewayKey),
    );
    if (ofGateway.length >= SESSIONS_PER_GATEWAY_MAX) this.#endLeastUsed(ofGateway);
    if (this.#sessions.size >= this.#options.sessionsMax) {
      const all = [...this.#sessions.values()];
      const silent = all.filter((other) => !other.spoken);
      this.#endLeastUsed(silent.length > 0 ? silent : all);
    }
    this.#sessions.set(sessionSlot(session.id, 0), {
      ...session,
      window: new ReplayWindow(),
      usedAtMs: this.#options.clock.monotonicMs(),
      spoken: false,
      timer: null,
      hashing: false,
    });
  }

  /** Ends the sessions that were not used for SESSION_IDLE_MS_MAX. */
  endIdle(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const session of this.#sessions.values()) {
      if (nowMs - session.usedAtMs > SESSION_IDLE_MS_MAX) this.#end(session);
    }
  }

  endAll(): void {
    for (const session of this.#sessions.values()) this.#end(session);
  }

  #endLeastUsed(candidates: readonly NodeSession[]): void {
    let least = candidates[0];
    for (const session of candidates) {
      if (least === undefined || session.usedAtMs < least.usedAtMs) least = session;
    }
    if (least !== undefined) this.#end(least);
  }

  #end(session: NodeSession): void {
    this.#sessions.delete(sessionSlot(session.id, 0));
    this.#options.onEnd(session);
  }
}
