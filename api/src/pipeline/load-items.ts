// Questions of one tick become one race an operation (more where a request would hold too many
// items), and equal questions are asked once. Questions about history share a race where enough
// operators hold all that they need; otherwise each stretch of slots has a race of its own, so that
// one customer's old slot takes no nodes from another's new one.
import { type HistoryRange, OPERATIONS, type OperationName } from '@streamsync/domain';
import DataLoader from 'dataloader';
import type { OperationCodec } from './operations/codec.ts';
import {
  type ArgumentsOf,
  CODECS,
  type ReadableOperation,
  type ValueOf,
} from './operations/index.ts';

/** One item, and the slots that a node must hold to answer it. */
interface Question {
  readonly item: Uint8Array;
  readonly slots: HistoryRange | null;
}

export interface ItemRaces {
  /** @throws StreamSyncError where the race served nothing */
  race(
    operation: OperationName,
    items: readonly Uint8Array[],
    history: readonly HistoryRange[],
  ): Promise<readonly Uint8Array[]>;
  /** Whether enough operators hold all of these stretches. */
  holds(stretches: readonly HistoryRange[]): boolean;
}

/** Reads at one pin. */
export type LoadItem = <Name extends ReadableOperation>(
  operation: Name,
  args: ArgumentsOf<Name>,
) => Promise<ValueOf<Name>>;

type Loader = DataLoader<Question, unknown, string>;

export function createItemLoader(races: ItemRaces): LoadItem {
  const loaders = new Map<ReadableOperation, Loader>();

  function loaderOf(operation: ReadableOperation): Loader {
    const known = loaders.get(operation);
    if (known !== undefined) return known;
    const decode = CODECS[operation].decode as (item: Uint8Array) => unknown;
    const loader: Loader = new DataLoader(
      async (questions) => {
        const answers = await answer(operation, questions);
        return answers.map((each) => (each instanceof Error ? each : decodeOr(decode, each)));
      },
      {
        maxBatchSize: OPERATIONS[operation].itemsMax,
        cacheKeyFn: ({ item }) => Buffer.from(item).toString('latin1'),
      },
    );
    loaders.set(operation, loader);
    return loader;
  }

  async function answer(
    operation: ReadableOperation,
    questions: readonly Question[],
  ): Promise<readonly (Uint8Array | Error)[]> {
    const itemsOf = (some: readonly Question[]) => some.map(({ item }) => item);
    const stretches = distinctStretches(questions);
    if (stretches.length <= 1 || races.holds(stretches)) {
      return races.race(operation, itemsOf(questions), stretches);
    }
    const answers = new Map<Question, Uint8Array | Error>();
    await Promise.all(
      stretches.map(async (stretch) => {
        const members = questions.filter(({ slots }) => sameStretch(slots, stretch));
        try {
          const items = await races.race(operation, itemsOf(members), [stretch]);
          members.forEach((member, index) => {
            answers.set(member, items[index] as Uint8Array);
          });
        } catch (error) {
          for (const member of members) answers.set(member, asError(error));
        }
      }),
    );
    return questions.map((question) => answers.get(question) as Uint8Array | Error);
  }

  return (operation, args) => {
    const codec = CODECS[operation] as OperationCodec<unknown, unknown>;
    const question = { item: codec.encode(args), slots: codec.slots?.(args) ?? null };
    return loaderOf(operation).load(question) as Promise<ValueOf<typeof operation>>;
  };
}

/** At most as many as there are items in a batch. */
function distinctStretches(questions: readonly Question[]): readonly HistoryRange[] {
  const distinct: HistoryRange[] = [];
  for (const { slots } of questions) {
    if (slots !== null && !distinct.some((known) => sameStretch(known, slots))) {
      distinct.push(slots);
    }
  }
  return distinct;
}

function sameStretch(left: HistoryRange | null, right: HistoryRange): boolean {
  return left?.slotFirst === right.slotFirst && left.slotLast === right.slotLast;
}

/** An item that the racers agreed on and that is malformed fails its own field, not its neighbours. */
function decodeOr(decode: (item: Uint8Array) => unknown, item: Uint8Array): unknown {
  try {
    return decode(item);
  } catch (error) {
    return asError(error);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
