// One stream of updates: its filters and what waits to be sent. A reader that does not keep up is
// ended with a status, because a follower that misses an update would be wrong for good.
import { Metadata, type ServerDuplexStream, status } from '@grpc/grpc-js';
import type { Commitment } from '../chain/types.ts';
import { Bodies, messagesOf } from './encode-updates.ts';
import { compileFilters, type Filters } from './filters.ts';
import { Outgoing } from './outgoing.ts';
import { Refusal } from './refusal.ts';
import type { SubscribeRequest } from './requests.ts';
import { encodeUpdate } from './service.ts';
import type { SlotRecorder, Update } from './updates.ts';

/** Bytes that may wait for a slow reader: some seconds of full blocks, as PubSub has it. */
export const QUEUED_BYTES_MAX = 32 * 1024 * 1024;
/** A message that waits costs more than its bytes. */
const MESSAGE_OVERHEAD_BYTES = 128;
/** As the plugin does: load balancers end connections on which nothing moves. */
const PING_MS = 15_000;

/** What gRPC has at once: a few of HTTP/2's windows. */
const HANDED_BYTES = 256 * 1024;
/** Entries that were taken and are still in the list. */
const TAKEN_MAX = 1_024;
/** A replay stays so far ahead of its reader, so that it never counts as too slow. */
const REPLAY_AHEAD_BYTES = 1024 * 1024;

type Stream = ServerDuplexStream<SubscribeRequest, Outgoing>;

export interface SubscriberOptions {
  readonly stream: Stream;
  readonly recorder: SlotRecorder;
  readonly nowMs: () => number;
  readonly queuedBytesMax: number;
  readonly onSlow: (queuedBytes: number) => void;
  /** The stream is over, for whatever reason; called once. */
  readonly onEnd: () => void;
}

export class Subscriber {
  readonly #options: SubscriberOptions;
  readonly #pings: NodeJS.Timeout;
  #filters: Filters | null = null;
  /** The recorded slot that is told next; null: what is new is told as it happens. */
  #replaySlot: number | null = null;
  #queue: Buffer[] = [];
  /** Of the queue, how many gRPC has. */
  #taken = 0;
  #queuedBytes = 0;
  /** Of the queued bytes, those that gRPC has. */
  #handedBytes = 0;
  #isOver = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    const { stream } = options;
    // Clients wait for the headers before they take a stream as open; gRPC sends them late by itself.
    stream.sendMetadata(new Metadata());
    stream.on('data', (request: SubscribeRequest) => this.#onRequest(request));
    stream.on('cancelled', () => this.#over());
    stream.on('close', () => this.#over());
    stream.on('error', () => this.#over());
    // Clients end a subscription by ending their side of it; the real client cancels nothing.
    stream.on('end', () => {
      this.#over();
      stream.end();
    });
    this.#pings = setInterval(() => this.#send(encodeUpdate({ ping: {} })), PING_MS);
    this.#pings.unref();
  }

  /** Updates of a commitment, or slot statuses, which concern all. */
  deliver(commitment: Commitment | 'all', updates: readonly Update[], bodies: Bodies): void {
    const filters = this.#filters;
    if (filters === null || (commitment !== 'all' && commitment !== filters.commitment)) return;
    for (const update of updates) if (!this.#isAhead(update)) this.#sendUpdate(update, bodies);
  }

  /** Ends the stream with a status. */
  end(refusal: Refusal): void {
    if (this.#isOver) return;
    this.#over();
    // The status follows what gRPC has already.
    this.#options.stream.emit('error', refusal);
  }

  #onRequest(request: SubscribeRequest): void {
    if (this.#isOver) return;
    try {
      if (request.ping !== undefined) {
        this.#send(encodeUpdate({ pong: { id: request.ping.id ?? 0 } }));
        return;
      }
      const filters = compileFilters(request);
      this.#filters = filters;
      this.#replaySlot = filters.fromSlot;
      this.#replay();
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
      this.end(cause);
    }
  }

  /** Whether the replay will tell it, or has; a status that comes late is told by nothing else. */
  #isAhead(update: Update): boolean {
    const slot = this.#replaySlot;
    if (slot === null) return false;
    return !(update.kind === 'slot' && update.status === 'finalized' && update.slot < slot);
  }

  /** Tells recorded slots while few bytes wait, then what is new. */
  #replay(): void {
    const { recorder, nowMs } = this.#options;
    while (this.#replaySlot !== null && this.#filters !== null) {
      if (this.#queuedBytes > REPLAY_AHEAD_BYTES) return;
      const slot: number = this.#replaySlot;
      const told = recorder.told(slot, this.#filters.commitment);
      if (told === 'dropped') {
        this.end(notAvailable(slot, recorder));
        return;
      }
      const bodies = new Bodies(nowMs());
      if (told === 'live') {
        this.#replaySlot = null;
        if (this.#filters.commitment !== 'processed') return;
        for (const update of recorder.openSlot) this.#sendUpdate(update, bodies);
        return;
      }
      // Said first, because sending may already come back here for the slot behind it.
      this.#replaySlot = slot + 1;
      for (const update of told) this.#sendUpdate(update, bodies);
    }
  }

  #sendUpdate(update: Update, bodies: Bodies): void {
    if (this.#filters === null) return;
    for (const message of messagesOf(update, this.#filters, bodies)) this.#send(message);
  }

  #send(message: Buffer): void {
    if (this.#isOver) return;
    this.#queue.push(message);
    this.#queuedBytes += message.length + MESSAGE_OVERHEAD_BYTES;
    if (this.#queuedBytes > this.#options.queuedBytesMax) {
      this.#options.onSlow(this.#queuedBytes);
      this.end(
        new Refusal(status.RESOURCE_EXHAUSTED, 'reading too slowly: too many updates are waiting'),
      );
      return;
    }
    this.#sendNext();
  }

  /** Little is handed to gRPC at once, so that what waits is counted here and nowhere else. */
  #sendNext(): void {
    while (!this.#isOver && this.#handedBytes < HANDED_BYTES) {
      const message = this.#queue[this.#taken];
      if (message === undefined) return;
      this.#taken += 1;
      if (this.#taken === this.#queue.length || this.#taken === TAKEN_MAX) {
        this.#queue = this.#queue.slice(this.#taken);
        this.#taken = 0;
      }
      const sizeBytes = message.length + MESSAGE_OVERHEAD_BYTES;
      this.#handedBytes += sizeBytes;
      const onSent = () => {
        this.#handedBytes -= sizeBytes;
        this.#queuedBytes -= sizeBytes;
        this.#replay();
        this.#sendNext();
      };
      this.#options.stream.write(new Outgoing(message, onSent));
    }
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#pings);
    this.#filters = null;
    this.#queue = [];
    this.#taken = 0;
    this.#queuedBytes = 0;
    this.#options.onEnd();
  }
}

function notAvailable(slot: number, recorder: SlotRecorder): Refusal {
  const first = recorder.firstAvailable;
  return new Refusal(
    status.OUT_OF_RANGE,
    `broadcast from ${slot} is not available, last available: ${first}`,
  );
}
