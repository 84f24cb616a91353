// One topic with all who follow it. Those who are told up to the same slot are a cohort, which is
// raced for together; cohorts that have caught up with each other become one. Invariant: each cohort
// is told every slot after its cursor once, in order, and its cursor moves only when it has been.
import { type ErrorCode, StreamSyncError } from '@streamsync/domain';
import type { ChainTracker, Cursor } from './chain-tracker.ts';
import type { Pinned, Sink, TopicName } from './ports.ts';
import { eventOf, type TopicReader, type TopicStep } from './read-topic.ts';
import { type Render, Stream } from './stream.ts';
import type { Turns } from './turns.ts';

/** Pins in a row at which a cohort could not be told anything, before it is given up: half a minute. */
const FAILURES_MAX = 64;

/** What the next pin does not mend. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'HISTORY_NOT_COVERED',
  'NOT_COVERED',
  'UNKNOWN_OPERATION',
  'MALFORMED_MESSAGE',
  'INTERNAL',
]);

interface Cohort {
  cursor: Cursor;
  /** While it is told something, nobody joins it: whoever came late would miss that. */
  isTelling: boolean;
  failures: number;
  readonly streams: Map<string, Stream>;
}

export interface TopicRooms {
  readonly tracker: ChainTracker;
  readonly reader: TopicReader;
  /** Cohorts of all topics are told in turns. */
  readonly turns: Turns;
  /** After a subscriber was ended from this side. */
  readonly onGone: () => void;
  /** After the last subscriber has gone. */
  readonly onEmpty: () => void;
}

export interface JoinRequest {
  readonly key: string;
  readonly cursor: Cursor;
  readonly render: Render;
}

export class Topic {
  readonly #name: TopicName;
  readonly #rooms: TopicRooms;
  readonly #cohorts = new Set<Cohort>();
  #running = false;
  #again = false;

  constructor(name: TopicName, rooms: TopicRooms) {
    this.#name = name;
    this.#rooms = rooms;
  }

  get streams(): number {
    let count = 0;
    for (const { streams } of this.#cohorts) count += streams.size;
    return count;
  }

  /** Returns what takes the sink out again. */
  join({ key, cursor, render }: JoinRequest, sink: Sink): () => void {
    const cohort = this.#cohortAt(cursor);
    let stream = cohort.streams.get(key);
    if (stream === undefined) {
      stream = new Stream(key, render, this.#rooms.onGone);
      cohort.streams.set(key, stream);
    }
    stream.add(sink);
    this.advance();
    return () => this.#leave(sink);
  }

  /** The pin may have moved. */
  advance(): void {
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  end(error: StreamSyncError): void {
    for (const cohort of this.#cohorts) this.#endCohort(cohort, error);
  }

  #cohortAt(cursor: Cursor): Cohort {
    for (const cohort of this.#cohorts) {
      if (!cohort.isTelling && sameCursor(cohort.cursor, cursor)) return cohort;
    }
    const cohort: Cohort = { cursor, isTelling: false, failures: 0, streams: new Map() };
    this.#cohorts.add(cohort);
    return cohort;
  }

  #leave(sink: Sink): void {
    for (const { streams } of this.#cohorts) {
      for (const stream of streams.values()) stream.remove(sink);
    }
    this.#sweep();
  }

  /** Drops what nobody follows any more. */
  #sweep(): void {
    for (const cohort of this.#cohorts) {
      for (const [key, stream] of cohort.streams) {
        if (stream.size === 0) cohort.streams.delete(key);
      }
      if (cohort.streams.size === 0) this.#cohorts.delete(cohort);
    }
    if (this.#cohorts.size === 0) this.#rooms.onEmpty();
  }

  async #run(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      // Those who catch up do not hold up those who have.
      const { turns } = this.#rooms;
      await Promise.all([...this.#cohorts].map((cohort) => turns(() => this.#tell(cohort))));
      this.#merge();
    }
    this.#running = false;
    this.#sweep();
  }

  /** Tells a cohort what happened up to the pin. */
  async #tell(cohort: Cohort): Promise<void> {
    const { tracker, reader } = this.#rooms;
    const { pinned } = tracker;
    if (pinned === null) return;
    cohort.isTelling = true;
    try {
      await this.#tellOfForks(cohort);
      if (cohort.cursor.slot >= pinned.pin.slot) return;
      for await (const step of reader.read(this.#name, cohort.cursor.slot, pinned)) {
        if (cohort.streams.size === 0) return;
        await this.#deliver(cohort, step, pinned);
      }
      cohort.failures = 0;
    } catch (error) {
      this.#failed(cohort, error);
    } finally {
      cohort.isTelling = false;
    }
  }

  async #tellOfForks(cohort: Cohort): Promise<void> {
    const ancestor = this.#rooms.tracker.ancestorOf(cohort.cursor);
    if (ancestor === null) return;
    const { slot, blockhash } = ancestor;
    const event = eventOf(this.#name, slot, { blockhash, rolledBackTo: slot });
    await Promise.all([...cohort.streams.values()].map((stream) => stream.deliver(event, null)));
    cohort.cursor = ancestor;
  }

  async #deliver(cohort: Cohort, { event, toldTo, race }: TopicStep, { pin }: Pinned) {
    if (event !== null) {
      const streams = [...cohort.streams.values()];
      await Promise.all(streams.map((stream) => stream.deliver(event, race)));
    }
    // The pin's own blockhash counts, should a fork have changed that slot in the meantime.
    cohort.cursor =
      toldTo === pin.slot
        ? { slot: pin.slot, blockhash: pin.blockhash }
        : this.#rooms.tracker.cursorAt(toldTo);
  }

  /** Those who have been told the same become one. */
  #merge(): void {
    const cohorts = [...this.#cohorts];
    for (const [index, cohort] of cohorts.entries()) {
      const earlier = cohorts
        .slice(0, index)
        .find((each) => this.#cohorts.has(each) && sameCursor(each.cursor, cohort.cursor));
      if (earlier === undefined) continue;
      for (const [key, stream] of cohort.streams) {
        const known = earlier.streams.get(key);
        if (known === undefined) earlier.streams.set(key, stream);
        else known.absorb(stream);
      }
      this.#cohorts.delete(cohort);
    }
  }

  /** What can be tried again is tried at the next pin, from where the cohort stands. */
  #failed(cohort: Cohort, error: unknown): void {
    cohort.failures += 1;
    const coded = error instanceof StreamSyncError ? error : new StreamSyncError('INTERNAL');
    if (FINAL.has(coded.code) || cohort.failures >= FAILURES_MAX) this.#endCohort(cohort, coded);
  }

  #endCohort(cohort: Cohort, error: StreamSyncError): void {
    const { code, message, context } = error;
    const resumable = new StreamSyncError(
      code,
      { ...context, resumeFromSlot: cohort.cursor.slot + 1n },
      { message, cause: error },
    );
    for (const stream of cohort.streams.values()) stream.end(resumable);
    this.#sweep();
  }
}

const sameCursor = (left: Cursor, right: Cursor): boolean =>
  left.slot === right.slot && left.blockhash === right.blockhash;
