// The PUB side: sends every message to every subscriber, which filters on its own. Invariant: what
// waits for one subscriber never passes `queueBytesMax`; drop policy: the newest message, for that
// subscriber alone. Nobody waits for a slow subscriber. It keeps its connection while it takes
// anything at all (see `UNREAD_CHECKS_MAX` in sp-connection.ts).
import { StreamSyncError } from '@streamsync/domain';
import { FRAME_BYTES_MAX_DEFAULT } from './connection-limits.ts';
import { payloadLength, type SpPayload } from './frame-writer.ts';
import type { SpConnection, SpProtocol } from './sp-connection.ts';
import { newSpCounters } from './sp-counters.ts';

/** Some seconds of heartbeats of a whole network. */
const QUEUE_BYTES_MAX_DEFAULT = 1024 * 1024;

export interface PubOptions {
  readonly frameBytesMax?: number;
  /** Bytes that wait for one subscriber at most; messages beyond it are dropped for that one. */
  readonly queueBytesMax?: number;
}

export class PubSocket implements SpProtocol {
  readonly name = 'pub';
  readonly counters = newSpCounters();
  readonly #frameBytesMax: number;
  readonly #queueBytesMax: number;
  readonly #subscribers = new Set<SpConnection>();

  constructor(options: PubOptions = {}) {
    this.#frameBytesMax = options.frameBytesMax ?? FRAME_BYTES_MAX_DEFAULT;
    this.#queueBytesMax = options.queueBytesMax ?? QUEUE_BYTES_MAX_DEFAULT;
  }

  get subscribers(): number {
    return this.#subscribers.size;
  }

  /** Copies and queues the message for all; returns for how many. Throws FRAME_TOO_LARGE above the limit. */
  publish(message: SpPayload): number {
    const bytes = payloadLength(message);
    if (bytes > this.#frameBytesMax) {
      throw new StreamSyncError('FRAME_TOO_LARGE', { bytes, bytesMax: this.#frameBytesMax });
    }
    let queued = 0;
    for (const subscriber of this.#subscribers) {
      if (subscriber.queuedBytes + bytes > this.#queueBytesMax) {
        this.counters.framesDropped += 1;
        continue;
      }
      subscriber.send(null, message);
      queued += 1;
    }
    return queued;
  }

  opened(connection: SpConnection): void {
    this.#subscribers.add(connection);
  }

  /** A subscriber has nothing to say. */
  received(): boolean {
    return false;
  }

  drained(): void {}

  closed(connection: SpConnection): void {
    this.#subscribers.delete(connection);
  }
}
