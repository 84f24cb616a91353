// One document with its variables over one topic: each event is rendered once and handed to all of
// its subscribers. Invariant: a sink gets events in the order of slots, and none after its end.
import { setImmediate as breathe } from 'node:timers/promises';
import { type Slot, StreamSyncError } from '@streamsync/domain';
import type { SharedMessage, Sink, TopicEvent } from './ports.ts';
import type { TopicRace } from './race-topics.ts';

/** Sinks that are written to before others of this process have their turn: some 5 ms. */
const SINKS_A_TURN = 500;

export type Render = (event: TopicEvent, race: TopicRace | null) => Promise<string>;

export class Stream {
  readonly key: string;
  readonly render: Render;
  readonly #sinks: Set<Sink>;
  readonly #onGone: () => void;

  /** @param onGone after a sink was ended from this side */
  constructor(key: string, render: Render, onGone: () => void) {
    this.key = key;
    this.render = render;
    this.#onGone = onGone;
    this.#sinks = new Set();
  }

  get size(): number {
    return this.#sinks.size;
  }

  add(sink: Sink): void {
    this.#sinks.add(sink);
  }

  has(sink: Sink): boolean {
    return this.#sinks.has(sink);
  }

  remove(sink: Sink): boolean {
    return this.#sinks.delete(sink);
  }

  /** Takes over the subscribers of another stream of the same document and variables. */
  absorb(other: Stream): void {
    for (const sink of other.#sinks) this.#sinks.add(sink);
    other.#sinks.clear();
  }

  async deliver(event: TopicEvent, race: TopicRace | null): Promise<void> {
    if (this.#sinks.size === 0) return;
    const message: SharedMessage = { slot: event.slot, body: await this.render(event, race) };
    let turn = 0;
    for (const sink of [...this.#sinks]) {
      turn += 1;
      if (turn % SINKS_A_TURN === 0) await breathe();
      if (this.#sinks.has(sink) && !sink.send(message)) this.#cut(sink, event.slot);
    }
  }

  end(error: StreamSyncError): void {
    for (const sink of [...this.#sinks]) this.#end(sink, error);
  }

  #cut(sink: Sink, resumeFromSlot: Slot): void {
    this.#end(sink, new StreamSyncError('SLOW_READER', { resumeFromSlot }));
  }

  #end(sink: Sink, error: StreamSyncError): void {
    if (!this.#sinks.delete(sink)) return;
    sink.end(error);
    this.#onGone();
  }
}
