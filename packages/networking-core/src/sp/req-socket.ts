// The REQ side: many requests in flight over one or more connections, replies in any order, matched
// by request id. Invariant: each request's listener hears exactly one of `onReply` and `onFailure`,
// or neither after its `cancel`; a request that failed is never sent again from here.
import { invariant, StreamSyncError } from '@streamsync/domain';
import { FRAME_BYTES_MAX_DEFAULT } from './connection-limits.ts';
import { type DeadlineWheel, sharedWheel, WheelEntry } from './deadline-wheel.ts';
import { payloadLength, type SpPayload } from './frame-writer.ts';
import type { SpConnection, SpProtocol } from './sp-connection.ts';
import { newSpCounters } from './sp-counters.ts';
import { HEADER_WORD_BYTES, REQUEST_ID_FLAG, readUint32 } from './sp-wire.ts';

/** About a tenth of a second of a fast node's work: more would only wait there. */
const IN_FLIGHT_MAX_DEFAULT = 4_096;

/** Requests that TCP has not taken: a few round trips' worth, so that a stuck node shows as overload at once. */
const QUEUE_BYTES_MAX_DEFAULT = 1024 * 1024;

export type RequestFailure =
  | 'NODE_UNREACHABLE'
  | 'NODE_OVERLOADED'
  | 'NODE_DEADLINE_EXCEEDED'
  | 'FRAME_TOO_LARGE'
  | 'SHUTTING_DOWN';

/** Hears what becomes of a request. One object may serve many requests; it must not throw. */
export interface RequestListener {
  /** `reply` may keep a whole received chunk alive: copy what is kept. */
  onReply(reply: Uint8Array, requestId: number): void;
  onFailure(failure: RequestFailure, requestId: number): void;
}

export interface ReqOptions {
  readonly frameBytesMax?: number;
  /** Requests without a reply at most; beyond it they fail with NODE_OVERLOADED. */
  readonly inFlightMax?: number;
  /** Bytes that wait for the peer at most; beyond it requests fail with NODE_OVERLOADED. */
  readonly queueBytesMax?: number;
  readonly wheel?: DeadlineWheel;
}

/** What `request` returns when the listener has already heard of the failure. No request has this id. */
export const NOT_SENT = 0;

class PendingRequest extends WheelEntry {
  readonly id: number;
  readonly connection: SpConnection;
  readonly listener: RequestListener;
  readonly #owner: ReqSocket;

  constructor(id: number, connection: SpConnection, listener: RequestListener, owner: ReqSocket) {
    super();
    this.id = id;
    this.connection = connection;
    this.listener = listener;
    this.#owner = owner;
  }

  override expire(): void {
    this.#owner.expired(this);
  }
}

export class ReqSocket implements SpProtocol {
  readonly name = 'req';
  readonly counters = newSpCounters();
  readonly #frameBytesMax: number;
  readonly #inFlightMax: number;
  readonly #queueBytesMax: number;
  readonly #wheel: DeadlineWheel;
  /** By the low bits of the id. Twice as many slots as requests, so that a free one is near. */
  readonly #slots: (PendingRequest | null)[];
  readonly #slotMask: number;
  readonly #connections: SpConnection[] = [];
  #connectionNext = 0;
  #idNext = Math.floor(Math.random() * REQUEST_ID_FLAG);
  #inFlight = 0;
  #stopped = false;

  constructor(options: ReqOptions = {}) {
    this.#frameBytesMax = options.frameBytesMax ?? FRAME_BYTES_MAX_DEFAULT;
    this.#inFlightMax = options.inFlightMax ?? IN_FLIGHT_MAX_DEFAULT;
    this.#queueBytesMax = options.queueBytesMax ?? QUEUE_BYTES_MAX_DEFAULT;
    this.#wheel = options.wheel ?? sharedWheel;
    invariant(
      this.#inFlightMax >= 1 && this.#inFlightMax <= 2 ** 20,
      'inFlightMax is from 1 to 2^20',
    );
    const slots = 2 ** Math.ceil(Math.log2(this.#inFlightMax * 2));
    this.#slots = new Array<PendingRequest | null>(slots).fill(null);
    this.#slotMask = slots - 1;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether a request would be sent now. */
  get reachable(): boolean {
    return this.#connections.length > 0;
  }

  /**
   * Sends a request and returns its id. When it cannot be sent, the listener hears so before this
   * returns `NOT_SENT`. The payload is copied; with several connections they take turns.
   */
  request(payload: SpPayload, deadlineMs: number, listener: RequestListener): number {
    const connection = this.#connections[this.#connectionNext];
    const failure = this.#refusal(connection, payload);
    if (failure !== null || connection === undefined) {
      listener.onFailure(failure ?? 'NODE_UNREACHABLE', NOT_SENT);
      return NOT_SENT;
    }
    if (this.#connections.length > 1) {
      this.#connectionNext = (this.#connectionNext + 1) % this.#connections.length;
    }
    const id = this.#takeId();
    const pending = new PendingRequest(id, connection, listener, this);
    this.#wheel.add(pending, deadlineMs);
    this.#slots[id & this.#slotMask] = pending;
    this.#inFlight += 1;
    connection.send(id, payload);
    return id;
  }

  /** Forgets a request: its listener hears nothing more. False when there was none. */
  cancel(requestId: number): boolean {
    const pending = this.#slots[requestId & this.#slotMask];
    if (pending === null || pending === undefined || pending.id !== requestId) return false;
    this.#release(pending);
    return true;
  }

  /** `request` as a promise; rejects with a StreamSyncError of the failure's code, or the signal's reason. */
  ask(
    payload: SpPayload,
    { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal?: AbortSignal },
  ): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const aborted = (): void => {
        this.cancel(id);
        reject(signal?.reason);
      };
      const id = this.request(payload, deadlineMs, {
        onReply: (reply) => {
          signal?.removeEventListener('abort', aborted);
          resolve(reply);
        },
        onFailure: (failure) => {
          signal?.removeEventListener('abort', aborted);
          reject(new StreamSyncError(failure));
        },
      });
      if (id !== NOT_SENT) signal?.addEventListener('abort', aborted, { once: true });
    });
  }

  /** Fails what is in flight, and every later request, with SHUTTING_DOWN. Endpoints stop on their own. */
  stop(): void {
    this.#stopped = true;
    this.#failAll(null, 'SHUTTING_DOWN');
  }

  opened(connection: SpConnection): void {
    this.#connections.push(connection);
  }

  received(connection: SpConnection, buffer: Uint8Array, start: number, end: number): boolean {
    if (end - start < HEADER_WORD_BYTES) return false;
    const id = readUint32(buffer, start);
    const pending = this.#slots[id & this.#slotMask];
    if (
      pending === null ||
      pending === undefined ||
      pending.id !== id ||
      pending.connection !== connection
    ) {
      this.counters.repliesUnknown += 1;
      return true;
    }
    this.#release(pending);
    const from = start + HEADER_WORD_BYTES;
    pending.listener.onReply(
      new Uint8Array(buffer.buffer, buffer.byteOffset + from, end - from),
      id,
    );
    return true;
  }

  drained(): void {}

  closed(connection: SpConnection): void {
    const index = this.#connections.indexOf(connection);
    if (index >= 0) this.#connections.splice(index, 1);
    this.#connectionNext = 0;
    this.#failAll(connection, this.#stopped ? 'SHUTTING_DOWN' : 'NODE_UNREACHABLE');
  }

  /** The wheel's call. A request that was cancelled in the same sweep is no longer in its slot. */
  expired(pending: PendingRequest): void {
    if (this.#slots[pending.id & this.#slotMask] !== pending) return;
    this.#release(pending);
    this.counters.requestsExpired += 1;
    pending.listener.onFailure('NODE_DEADLINE_EXCEEDED', pending.id);
  }

  #refusal(connection: SpConnection | undefined, payload: SpPayload): RequestFailure | null {
    if (this.#stopped) return 'SHUTTING_DOWN';
    if (connection === undefined) return 'NODE_UNREACHABLE';
    if (this.#inFlight >= this.#inFlightMax) return 'NODE_OVERLOADED';
    if (payloadLength(payload) + HEADER_WORD_BYTES > this.#frameBytesMax) return 'FRAME_TOO_LARGE';
    return connection.queuedBytes > this.#queueBytesMax ? 'NODE_OVERLOADED' : null;
  }

  #takeId(): number {
    // At most half of the slots are taken, so this ends.
    let id: number;
    do {
      this.#idNext = (this.#idNext + 1) % REQUEST_ID_FLAG;
      id = this.#idNext + REQUEST_ID_FLAG;
    } while (this.#slots[id & this.#slotMask] !== null);
    return id;
  }

  #release(pending: PendingRequest): void {
    this.#slots[pending.id & this.#slotMask] = null;
    this.#inFlight -= 1;
    this.#wheel.remove(pending);
  }

  #failAll(connection: SpConnection | null, failure: RequestFailure): void {
    if (this.#inFlight === 0) return;
    // Released first, heard after: a listener may send its next request at once.
    const failed: PendingRequest[] = [];
    for (const pending of this.#slots) {
      if (pending === null) continue;
      if (connection === null || pending.connection === connection) failed.push(pending);
    }
    for (const pending of failed) this.#release(pending);
    for (const pending of failed) pending.listener.onFailure(failure, pending.id);
  }
}
