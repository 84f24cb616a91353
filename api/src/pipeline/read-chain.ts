// The chain as the resolvers of one query read it. Reads of one operation in one tick become one
// race (more where a request would hold too many items), and equal reads are read once; what comes
// back has been agreed on.
import {
  type Address,
  addressBytes,
  OPERATIONS,
  type OperationName,
  type Signature,
  type Slot,
  StreamSyncError,
  signatureBytes,
} from '@streamsync/domain';
import { type Clock, withSpan } from '@streamsync/runtime';
import {
  decodeAccountItem,
  decodeAccountPage,
  decodeTransactionItem,
  encodeKeyArguments,
  encodePageArguments,
} from '@streamsync/wire';
import DataLoader from 'dataloader';
import type { Pinned, Pins } from './choose-pins.ts';
import type { ChainReader, DecidedRace, Plan, QueryRequest, RacePort } from './ports.ts';

interface Rooms {
  readonly racing: RacePort;
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
  let raceCount = 0;

  async function race(
    pinned: Pinned,
    operation: OperationName,
    items: readonly Uint8Array[],
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
        trust: terms.trust,
        racers: terms.racers,
        deadlineMs: Math.min(rooms.raceDeadlineMs, remainingMs),
      }),
    );
    races.push({ pinned, operation, items: items.length, decided });
    if (decided.outcome.kind === 'failed') throw decided.outcome.error;
    return decided.outcome.items;
  }

  function loader<Value>(
    pinned: Pinned,
    operation: OperationName,
    decode: (item: Uint8Array) => Value,
  ): DataLoader<Uint8Array, Value, string> {
    return new DataLoader<Uint8Array, Value, string>(
      async (items) => (await race(pinned, operation, items)).map((item) => decodeOr(decode, item)),
      {
        maxBatchSize: OPERATIONS[operation].itemsMax,
        cacheKeyFn: (item) => Buffer.from(item).toString('latin1'),
      },
    );
  }

  function open(pinned: Pinned): ChainReader {
    const accounts = loader(pinned, 'account.get', decodeAccountItem);
    const transactions = loader(pinned, 'transaction.get', decodeTransactionItem);
    const pages = {
      'tokenAccounts.byOwner': loader(pinned, 'tokenAccounts.byOwner', decodeAccountPage),
      'tokenAccounts.byMint': loader(pinned, 'tokenAccounts.byMint', decodeAccountPage),
      'programAccounts.byProgram': loader(pinned, 'programAccounts.byProgram', decodeAccountPage),
    };
    return {
      slot: pinned.pin.slot,
      account: (address: Address) => accounts.load(encodeKeyArguments(addressBytes(address))),
      transaction: (signature: Signature) =>
        transactions.load(encodeKeyArguments(signatureBytes(signature))),
      page: (operation, { key, after, limit }) =>
        pages[operation].load(
          encodePageArguments({
            key: addressBytes(key),
            after: after === null ? null : addressBytes(after),
            limit,
          }),
        ),
    };
  }

  return {
    races,
    at(slot) {
      const known = readers.get(slot);
      if (known !== undefined) return known;
      const reader = open(query.pins.at(slot));
      readers.set(slot, reader);
      return reader;
    },
  };
}

/** An item that the racers agreed on and that is malformed fails its own field, not its neighbours. */
function decodeOr<Value>(decode: (item: Uint8Array) => Value, item: Uint8Array): Value | Error {
  try {
    return decode(item);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
