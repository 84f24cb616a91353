// All topics of this gateway, and the bounds on those who follow them. Invariant: a topic exists while
// somebody follows it and no longer, and every subscriber that was let in is counted out once.
import {
  OPERATIONS,
  type Slot,
  SPECIALISATIONS,
  type Specialisation,
  StreamSyncError,
} from '@streamsync/domain';
import { ChainTracker, type Cursor } from './chain-tracker.ts';
import type { PinStreamPort, Sink, Subscription, TopicName, TopicRequest } from './ports.ts';
import { createTopicRacer, type TopicRacerRooms } from './race-topics.ts';
import { createTopicReader } from './read-topic.ts';
import type { Render } from './stream.ts';
import { Topic } from './topic.ts';
import { createTurns } from './turns.ts';

/** A client that comes from another gateway may be ahead of this one's pins by so much. */
const SLOTS_AHEAD_MAX = 32n;

/**
 * Cohorts that are told at once, and events that are rendered at once. Rendering races like a query does:
 * without a bound a hundred documents of one socket made everybody's queries fifty times slower.
 */
const TELLING_MAX = 16;
const RENDERING_MAX = 4;

const POOL_OF: Readonly<Record<TopicName['kind'], Specialisation>> = {
  account: OPERATIONS['accountChanges.byAddress'].class.pool,
  program: OPERATIONS['accountChanges.byProgram'].class.pool,
  mentions: OPERATIONS['transactions.byAddress'].class.pool,
  slots: OPERATIONS['account.get'].class.pool,
};

export interface SubscriptionsSettings {
  readonly subscriptionsMax: number;
  /** Each is a race for every new pin. */
  readonly topicsMax: number;
}

export interface SubscriptionCounts {
  readonly subscriptions: number;
  readonly topics: number;
  readonly streams: number;
}

export interface OpenRequest extends TopicRequest {
  /** Equal keys are the same document with the same variables. */
  readonly key: string;
  readonly render: Render;
}

export interface Subscriptions {
  /** @throws StreamSyncError SUBSCRIPTION_LIMIT, FUTURE_SLOT, SHUTTING_DOWN, or as there is no pin */
  open(request: OpenRequest, sink: Sink): Subscription;
  counts(): SubscriptionCounts;
  /** Ends every subscription; nothing is opened after it. */
  drain(): void;
}

export function createSubscriptions(
  settings: SubscriptionsSettings,
  rooms: TopicRacerRooms & { readonly pinStream: PinStreamPort },
): Subscriptions {
  const { pinStream } = rooms;
  const trackers = new Map(SPECIALISATIONS.map((pool) => [pool, new ChainTracker()]));
  const trackerOf = (pool: Specialisation) => trackers.get(pool) as ChainTracker;
  const reader = createTopicReader(createTopicRacer(rooms), trackerOf(POOL_OF.slots));
  const tellTurns = createTurns(TELLING_MAX);
  const renderTurns = createTurns(RENDERING_MAX);
  const topics = new Map<string, { readonly topic: Topic; readonly pool: Specialisation }>();
  let count = 0;
  let draining = false;
  /** Pins are looked at while somebody listens. */
  let stopListening: (() => void) | null = null;

  const gone = (): void => {
    count -= 1;
  };

  function observe(pool: Specialisation): void {
    const outcome = trackerOf(pool).observe(pinStream.view(pool));
    if (outcome === 'same') return;
    for (const entry of topics.values()) {
      if (entry.pool !== pool) continue;
      if (outcome === 'lost') entry.topic.end(new StreamSyncError('SUBSCRIPTION_INTERRUPTED'));
      else entry.topic.advance();
    }
  }

  function observeAll(): void {
    for (const pool of new Set([...topics.values()].map((entry) => entry.pool))) {
      try {
        observe(pool);
      } catch (error) {
        // Without a pin there is nothing to tell yet; the subscribers wait for the next one.
        if (!(error instanceof StreamSyncError)) throw error;
      }
    }
  }

  function cursorFor(pool: Specialisation, fromSlot: Slot | null): Cursor {
    observe(pool);
    const tracker = trackerOf(pool);
    const { pin } = pinStream.view(pool).pinned;
    if (fromSlot === null) return { slot: pin.slot, blockhash: pin.blockhash };
    if (fromSlot > pin.slot + SLOTS_AHEAD_MAX) {
      throw new StreamSyncError('FUTURE_SLOT', { slot: fromSlot, newest: pin.slot });
    }
    return tracker.cursorAt((fromSlot === 0n ? 0n : fromSlot - 1n) as Slot);
  }

  function topicOf(name: TopicName): Topic {
    const key = `${name.kind} ${name.key ?? ''}`;
    const known = topics.get(key);
    if (known !== undefined) return known.topic;
    requireBelow(topics.size, settings.topicsMax, 'topics of this gateway');
    const pool = POOL_OF[name.kind];
    const topic: Topic = new Topic(name, {
      tracker: trackerOf(pool),
      reader,
      turns: tellTurns,
      onGone: gone,
      onEmpty: () => {
        if (topics.get(key)?.topic !== topic) return;
        topics.delete(key);
        if (topics.size > 0) return;
        stopListening?.();
        stopListening = null;
      },
    });
    topics.set(key, { topic, pool });
    stopListening ??= pinStream.onChange(observeAll);
    return topic;
  }

  return {
    open({ topic: name, fromSlot, key, render }, sink) {
      if (draining) throw new StreamSyncError('SHUTTING_DOWN');
      requireBelow(count, settings.subscriptionsMax, 'subscriptions of this gateway');
      const cursor = cursorFor(POOL_OF[name.kind], fromSlot);
      const topic = topicOf(name);
      count += 1;
      let open = true;
      const counted: Sink = {
        send: (message) => sink.send(message),
        end: (error) => {
          open = false;
          sink.end(error);
        },
      };
      const inTurn: Render = (event, race) => renderTurns(() => render(event, race));
      const leave = topic.join({ key, cursor, render: inTurn }, counted);
      return {
        close: () => {
          if (!open) return;
          open = false;
          gone();
          leave();
        },
      };
    },
    counts: () => {
      let streams = 0;
      for (const { topic } of topics.values()) streams += topic.streams;
      return { subscriptions: count, topics: topics.size, streams };
    },
    drain() {
      draining = true;
      for (const { topic } of [...topics.values()]) topic.end(new StreamSyncError('SHUTTING_DOWN'));
    },
  };
}

function requireBelow(count: number, max: number, what: string): void {
  if (count < max) return;
  throw new StreamSyncError(
    'SUBSCRIPTION_LIMIT',
    { max },
    { message: `There are ${max} ${what}, as many as there may be: close some, or come back.` },
  );
}
