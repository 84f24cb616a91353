// Races for topics: what topics ask of one pin in one tick becomes one race an operation. An item that
// fails its batch is raced again alone, so that one topic's fault is not its neighbours'.
import {
  type HistoryRange,
  OPERATIONS,
  type OperationName,
  type StreamSyncError,
} from '@streamsync/domain';
import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';
import type { DecidedRace, RacePort } from '../pipeline/ports.ts';
import type { Pinned } from './ports.ts';

/** A race with what a receipt says of it. */
export interface TopicRace {
  readonly pinned: Pinned;
  readonly operation: OperationName;
  readonly items: number;
  readonly decided: DecidedRace;
}

export interface RacedItem {
  readonly item: Uint8Array;
  readonly race: TopicRace;
}

export interface TopicQuestion {
  readonly pinned: Pinned;
  readonly operation: OperationName;
  readonly argument: Uint8Array;
  /** What of the chain's history its nodes must hold; null for what happened about the pin. */
  readonly history: HistoryRange | null;
}

export interface TopicRacer {
  /** @throws StreamSyncError as the race failed */
  race(question: TopicQuestion): Promise<RacedItem>;
}

export interface TopicRacerRooms {
  readonly racing: RacePort;
  readonly nextQueryId: () => Uint8Array;
  readonly deadlineMs: number;
}

/** Pins that are raced at once: those of three pools, and of slots that catch up. */
const LOADERS_MAX = 64;

type Batch = Omit<TopicQuestion, 'argument'>;

export function createTopicRacer(rooms: TopicRacerRooms): TopicRacer {
  const loaders = new LRUCache<string, DataLoader<Uint8Array, RacedItem>>({ max: LOADERS_MAX });

  async function run(
    { pinned, operation, history }: Batch,
    items: readonly Uint8Array[],
  ): Promise<readonly RacedItem[] | StreamSyncError> {
    const decided = await rooms.racing.race({
      queryId: rooms.nextQueryId(),
      raceIndex: 0,
      batch: { operation, items },
      pin: pinned.pin,
      trust: 'MAJORITY',
      racers: 3,
      deadlineMs: rooms.deadlineMs,
      ...(history === null ? {} : { history: [history] }),
    });
    if (decided.outcome.kind === 'failed') return decided.outcome.error;
    const race = { pinned, operation, items: items.length, decided };
    return decided.outcome.items.map((item) => ({ item, race }));
  }

  async function runAll(
    batch: Batch,
    items: readonly Uint8Array[],
  ): Promise<(RacedItem | StreamSyncError)[]> {
    const raced = await run(batch, items);
    if (!(raced instanceof Error)) return [...raced];
    if (items.length === 1) return [raced];
    const alone = await Promise.all(items.map((item) => run(batch, [item])));
    return alone.flat();
  }

  function loaderOf(batch: Batch): DataLoader<Uint8Array, RacedItem> {
    const { pinned, operation, history } = batch;
    const { slot, blockhash } = pinned.pin;
    const key = [operation, slot, blockhash, history?.slotFirst, history?.slotLast].join(' ');
    const known = loaders.get(key);
    if (known !== undefined) return known;
    const loader = new DataLoader<Uint8Array, RacedItem>((items) => runAll(batch, items), {
      cache: false,
      maxBatchSize: OPERATIONS[operation].itemsMax,
    });
    loaders.set(key, loader);
    return loader;
  }

  return { race: ({ argument, ...batch }) => loaderOf(batch).load(argument) };
}
