// The REP side: hands each request to a handler, which may reply later and in any order. Invariant:
// a connection has at most `inFlightMax` unanswered requests and `queueBytesMax` of unread replies;
// beyond either it is not read until there is room, so a greedy peer waits in its own TCP window.
import { StreamSyncError } from '@streamsync/domain';
import { FRAME_BYTES_MAX_DEFAULT } from './connection-limits.ts';
import { payloadLength, type SpPayload } from './frame-writer.ts';
import type { SpConnection, SpPeer, SpProtocol } from './sp-connection.ts';
import { newSpCounters } from './sp-counters.ts';
import { HEADER_WORD_BYTES, readUint32 } from './sp-wire.ts';

/** One gateway's races on one node at 10 ms each: 100,000 a second. */
const IN_FLIGHT_MAX_DEFAULT = 1_024;

/** A peer that reads slower than this much ahead is held back. */
const QUEUE_BYTES_MAX_DEFAULT = 4 * 1024 * 1024;

/** NNG's largest TTL: a longer header is a loop of devices, or garbage. */
const HEADER_WORDS_MAX = 15;

/** Longer than any deadline of the operations table: a handler that is silent for so long has lost the request. */
const REPLY_TIMEOUT_MS_DEFAULT = 30_000;

/** The one reply to a request. `send` or `drop` is called once, now or later; more calls do nothing. */
export interface Reply {
  /** Copies and queues the reply. Throws FRAME_TOO_LARGE above the limit. After a close it is dropped. */
  send(payload: SpPayload): void;
  /** Gives the request up without a reply; the peer runs into its deadline. */
  drop(): void;
}

/** `request` may keep a whole received chunk alive: copy what is kept. */
export type RequestHandler = (request: Uint8Array, reply: Reply, peer: SpPeer) => void;

export interface RepOptions {
  readonly handler: RequestHandler;
  /** Hears what a handler threw; the request is dropped. */
  readonly onHandlerError?: (cause: unknown, peer: SpPeer) => void;
  readonly frameBytesMax?: number;
  /** Unanswered requests of one connection at most. */
  readonly inFlightMax?: number;
  /** Bytes of replies that one connection's peer has not taken, at most (and one reply more). */
  readonly queueBytesMax?: number;
  readonly replyTimeoutMs?: number;
}

interface ConnectionState {
  readonly connection: SpConnection;
  /** Oldest first. */
  readonly unanswered: Set<RequestReply>;
}

class RequestReply implements Reply {
  readonly #owner: RepSocket;
  readonly state: ConnectionState;
  /** The request id, or with devices in between all header words. */
  readonly header: number | Uint8Array;
  readonly sweep: number;

  constructor(
    owner: RepSocket,
    state: ConnectionState,
    header: number | Uint8Array,
    sweep: number,
  ) {
    this.#owner = owner;
    this.state = state;
    this.header = header;
    this.sweep = sweep;
  }

  send(payload: SpPayload): void {
    this.#owner.answer(this, payload);
  }

  drop(): void {
    this.#owner.answer(this, null);
  }
}

export class RepSocket implements SpProtocol {
  readonly name = 'rep';
  readonly counters = newSpCounters();
  readonly #options: RepOptions;
  readonly #frameBytesMax: number;
  readonly #inFlightMax: number;
  readonly #queueBytesMax: number;
  readonly #states = new Map<SpConnection, ConnectionState>();
  readonly #sweepTimer: NodeJS.Timeout;
  #sweep = 0;
  #idle: (() => void) | null = null;

  constructor(options: RepOptions) {
    this.#options = options;
    this.#frameBytesMax = options.frameBytesMax ?? FRAME_BYTES_MAX_DEFAULT;
    this.#inFlightMax = options.inFlightMax ?? IN_FLIGHT_MAX_DEFAULT;
    this.#queueBytesMax = options.queueBytesMax ?? QUEUE_BYTES_MAX_DEFAULT;
    const timeoutMs = options.replyTimeoutMs ?? REPLY_TIMEOUT_MS_DEFAULT;
    this.#sweepTimer = setInterval(() => this.#dropLost(), timeoutMs);
    this.#sweepTimer.unref();
  }

  /** Requests that wait for their reply, over all connections. */
  get inFlight(): number {
    let inFlight = 0;
    for (const state of this.#states.values()) inFlight += state.unanswered.size;
    return inFlight;
  }

  /** Takes no more requests and resolves when all are answered, at the latest after `deadlineMs`. */
  async drain(deadlineMs: number): Promise<void> {
    for (const { connection } of this.#states.values()) connection.pauseReading();
    if (this.inFlight === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadlineMs);
      this.#idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends the timer. Endpoints stop on their own. */
  stop(): void {
    clearInterval(this.#sweepTimer);
  }

  opened(connection: SpConnection): void {
    this.#states.set(connection, { connection, unanswered: new Set() });
  }

  received(connection: SpConnection, buffer: Uint8Array, start: number, end: number): boolean {
    const state = this.#states.get(connection);
    if (state === undefined) return true;
    const words = headerWords(buffer, start, end);
    if (words === 0) return false;
    const from = start + words * HEADER_WORD_BYTES;
    const header = words === 1 ? readUint32(buffer, start) : buffer.slice(start, from);
    const reply = new RequestReply(this, state, header, this.#sweep);
    state.unanswered.add(reply);
    try {
      this.#options.handler(
        new Uint8Array(buffer.buffer, buffer.byteOffset + from, end - from),
        reply,
        connection,
      );
    } catch (cause) {
      // The bytes come from a stranger: one bad request must not end the process.
      this.counters.handlersFailed += 1;
      reply.drop();
      this.#options.onHandlerError?.(cause, connection);
    }
    if (this.#full(state)) connection.pauseReading();
    return true;
  }

  drained(connection: SpConnection): void {
    const state = this.#states.get(connection);
    if (state !== undefined) this.#resumeIfRoom(state);
  }

  closed(connection: SpConnection): void {
    const state = this.#states.get(connection);
    this.#states.delete(connection);
    // Replies still to come find their request gone.
    this.counters.framesDropped += state?.unanswered.size ?? 0;
    state?.unanswered.clear();
    this.#tellIdle();
  }

  /** Only for RequestReply: null gives the request up. */
  answer(reply: RequestReply, payload: SpPayload | null): void {
    const { state } = reply;
    if (payload !== null) {
      const bytes =
        payloadLength(payload) + (typeof reply.header === 'number' ? 4 : reply.header.length);
      if (bytes > this.#frameBytesMax) {
        throw new StreamSyncError('FRAME_TOO_LARGE', { bytes, bytesMax: this.#frameBytesMax });
      }
    }
    if (!state.unanswered.delete(reply)) return;
    if (payload === null) this.counters.framesDropped += 1;
    else state.connection.send(reply.header, payload);
    this.#resumeIfRoom(state);
    if (this.#idle !== null) this.#tellIdle();
  }

  #full(state: ConnectionState): boolean {
    return (
      state.unanswered.size >= this.#inFlightMax ||
      state.connection.queuedBytes > this.#queueBytesMax
    );
  }

  #resumeIfRoom(state: ConnectionState): void {
    if (state.connection.readingPaused && this.#idle === null && !this.#full(state)) {
      state.connection.resumeReading();
    }
  }

  #tellIdle(): void {
    if (this.#idle !== null && this.inFlight === 0) this.#idle();
  }

  /** Drops requests that have waited for one to two timeouts: their handler will not answer. */
  #dropLost(): void {
    this.#sweep += 1;
    for (const { unanswered } of this.#states.values()) {
      for (const reply of unanswered) {
        if (reply.sweep >= this.#sweep - 1) break;
        reply.drop();
      }
    }
  }
}

/** How many words the header has, its last with the high bit set; 0 when there is none in bounds. */
function headerWords(buffer: Uint8Array, start: number, end: number): number {
  for (let words = 1; words <= HEADER_WORDS_MAX; words += 1) {
    const at = start + (words - 1) * HEADER_WORD_BYTES;
    if (at + HEADER_WORD_BYTES > end) return 0;
    if (((buffer[at] as number) & 0x80) !== 0) return words;
  }
  return 0;
}
