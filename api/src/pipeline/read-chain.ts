// The chain as the resolvers of one query read it: a reader for each slot, and every race that they
// ran. What comes back has been agreed on.
import {
  type HistoryRange,
  type OperationName,
  type Slot,
  StreamSyncError,
} from '@streamsync/domain';
import { type Clock, withSpan } from '@streamsync/runtime';
import type { AccountFloor } from './account-floor.ts';
import { createChainReader } from './chain-reader.ts';
import type { Pinned, Pins } from './choose-pins.ts';
import { createItemLoader, type LoadItem } from './load-items.ts';
import type {
  ChainReader,
  DecidedRace,
  HistoryPort,
  HistoryRequest,
  Plan,
  QueryRequest,
  RacePort,
} from './ports.ts';

interface Rooms {
  readonly racing: RacePort;
  readonly history: HistoryPort;
  readonly accountFloor: AccountFloor;
  readonly clock: Clock;
  readonly raceDeadlineMs: number;
}

interface ChainReadsRequest {
  readonly queryId: Uint8Array;
  readonly request: Pick<QueryRequest, 'receivedAtMs'>;
  readonly plan: Plan;
  readonly pins: Pins;
}

export interface RunRace {
  readonly pinned: Pinned;
  readonly operation: OperationName;
  readonly items: number;
  readonly decided: DecidedRace;
}

export interface ChainReads {
  /** @throws StreamSyncError where that slot is refused */
  at(slot: Slot | null): ChainReader;
  /** In the order in which they were decided. */
  readonly races: readonly RunRace[];
}

export function readChain(rooms: Rooms, query: ChainReadsRequest): ChainReads {
  const races: RunRace[] = [];
  const readers = new Map<Slot | null, ChainReader>();
  /** One a pin: slots that share one share their races too. */
  const loads = new Map<string, LoadItem>();
  let raceCount = 0;

  async function race(
    pinned: Pinned,
    operation: OperationName,
    items: readonly Uint8Array[],
    history: readonly HistoryRange[],
  ): Promise<readonly Uint8Array[]> {
    const { terms } = query.plan;
    const spentMs = rooms.clock.monotonicMs() - query.request.receivedAtMs;
    const remainingMs = terms.deadlineMs - spentMs;
    if (remainingMs <= 0) throw new StreamSyncError('RACE_DEADLINE_EXCEEDED', { operation });
    const raceIndex = raceCount;
    raceCount += 1;
    const decided = await withSpan('query.race', () =>
      rooms.racing.race({
        queryId: query.queryId,
        raceIndex,
        batch: { operation, items },
        pin: pinned.pin,
        history,
        trust: terms.trust,
        racers: terms.racers,
        deadlineMs: Math.min(rooms.raceDeadlineMs, remainingMs),
      }),
    );
    races.push({ pinned, operation, items: items.length, decided });
    if (decided.outcome.kind === 'failed') throw decided.outcome.error;
    return decided.outcome.items;
  }

  function loadAt(pinned: Pinned, request: HistoryRequest): LoadItem {
    const key = `${pinned.pin.slot}/${pinned.pin.blockhash}`;
    const known = loads.get(key);
    if (known !== undefined) return known;
    const load = createItemLoader({
      race: (operation, items, history) => race(pinned, operation, items, history),
      holds: (stretches) => rooms.history.holds(request, stretches),
    });
    loads.set(key, load);
    return load;
  }

  function open(slot: Slot | null): ChainReader {
    const chosen = query.pins.at(slot);
    const { pinned } = chosen;
    const { trust, racers } = query.plan.terms;
    const request = { pin: pinned.pin, trust, racers };
    return createChainReader({
      load: loadAt(pinned, request),
      history: rooms.history,
      accountFloor: rooms.accountFloor,
      request,
      pinned,
      past: chosen.kind === 'past' ? chosen : null,
    });
  }

  return {
    races,
    at(slot) {
      const known = readers.get(slot);
      if (known !== undefined) return known;
      const reader = open(slot);
      readers.set(slot, reader);
      return reader;
    },
  };
}
