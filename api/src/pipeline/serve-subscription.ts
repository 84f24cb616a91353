// The spine of subscriptions: one document from its text to a place among those who follow its topic,
// and one event from its race to the text that all of them get. What is refused is refused at once;
// an event that fails is told as an error in its place.

import type { Slot } from '@streamsync/domain';
import { OPERATIONS, StreamSyncError } from '@streamsync/domain';
import { createSourceEventStream, type GraphQLSchema, Kind, visit } from 'graphql/index.js';
import type {
  SubscriptionDoor,
  SubscriptionRequest,
  TopicEvent,
  TopicRequest,
} from '../subscriptions/ports.ts';
import type { Pins } from './choose-pins.ts';
import type { RunnableDocument } from './execute-document.ts';
import { issueReceipt } from './issue-receipt.ts';
import type { DecidedRace, Plan, RacePort } from './ports.ts';
import { createQueryIds } from './query-ids.ts';
import { type RunRace, readChain } from './read-chain.ts';
import type { Rooms } from './serve-query.ts';
import { startStopwatch } from './stopwatch.ts';

export interface SubscriptionRooms extends Rooms {
  readonly schema: GraphQLSchema;
  readonly subscriptions: {
    open(
      request: TopicRequest & {
        readonly key: string;
        readonly render: (event: TopicEvent, race: RunRace | null) => Promise<string>;
      },
      sink: Parameters<SubscriptionDoor['subscribe']>[1],
    ): { close(): void };
    drain(): void;
  };
  /** What one event may cost in the races of its own fields. */
  readonly costMilliUnitsMax: number;
}

export function createServeSubscription(rooms: SubscriptionRooms): SubscriptionDoor {
  const nextQueryId = createQueryIds();
  const keys = createStreamKeys();

  /** @throws what refuses the document */
  function prepare({ query, operationName }: Pick<SubscriptionRequest, 'query' | 'operationName'>) {
    const prepared = rooms.planner.prepare(query, operationName);
    if (prepared.kind === 'subscription') return prepared;
    throw new StreamSyncError(
      'GRAPHQL_VALIDATION_FAILED',
      { operation: prepared.kind },
      { message: 'Only subscriptions are streams: send this operation as a query.' },
    );
  }

  async function render(
    prepared: RunnableDocument,
    variables: SubscriptionRequest['variables'],
    plan: Plan,
    event: TopicEvent,
    race: RunRace | null,
  ): Promise<string> {
    const queryId = nextQueryId();
    const receivedAtMs = rooms.clock.monotonicMs();
    const watch = startStopwatch(rooms.clock, receivedAtMs);
    try {
      const chain = readChain(
        { ...rooms, racing: boundCost(rooms.racing, rooms.costMilliUnitsMax) },
        { queryId, request: { receivedAtMs }, plan, pins: pinsOf(rooms, plan, race) },
      );
      const root = { event, reader: lateReader(event.slot, () => chain.at(event.slot)) };
      const context = { at: chain.at, network: rooms.network, receipts: rooms.receipts };
      const result = await rooms.execute(prepared, variables, context, root);
      watch.step('executeMs');
      const answer = rooms.respond.serialise(result, queryId);
      const races = race === null ? chain.races : [race, ...chain.races];
      const receipt = issueReceipt(rooms, { queryId, plan, races, watch });
      return rooms.respond.complete(answer, receipt).body;
    } catch (error) {
      return rooms.respond.refuse(error, queryId).body;
    }
  }

  return {
    isSubscription(request) {
      try {
        return rooms.planner.prepare(request.query, request.operationName).kind === 'subscription';
      } catch {
        return false;
      }
    },
    async subscribe(request, sink) {
      const prepared = prepare(request);
      const { variables } = request;
      const plan = rooms.planner.plan(prepared, variables);
      const asked = await askedTopic(rooms, prepared, variables);
      const fromSlot =
        request.resumeAfter === null ? asked.fromSlot : ((request.resumeAfter + 1n) as Slot);
      return rooms.subscriptions.open(
        {
          topic: asked.topic,
          fromSlot,
          key: keys.of(prepared, variables),
          render: (event, race) => render(prepared, variables, plan, event, race),
        },
        sink,
      );
    },
    refuse: (error) => rooms.respond.refuse(error, null),
    drain: () => rooms.subscriptions.drain(),
  };
}

/** The topic that the document's field asks for, with its arguments as graphql-js reads them. */
async function askedTopic(
  { schema, network, receipts }: SubscriptionRooms,
  prepared: RunnableDocument,
  variables: SubscriptionRequest['variables'],
): Promise<TopicRequest> {
  const source: unknown = await createSourceEventStream({
    schema,
    document: prepared.document,
    operationName: prepared.operationName,
    variableValues: variables,
    contextValue: {
      at: () => {
        throw new StreamSyncError('INVALID_ARGUMENT');
      },
      network,
      receipts,
    },
  });
  const { errors } = source as { readonly errors?: readonly unknown[] };
  if (errors !== undefined) {
    throw Object.assign(new Error(), { code: 'GRAPHQL_VALIDATION_FAILED', errors });
  }
  return source as TopicRequest;
}

/** The pin of the event's race, and for other slots their own; what has none is read from history. */
function pinsOf(rooms: SubscriptionRooms, plan: Plan, race: RunRace | null): Pins {
  const { trust, racers } = plan.terms;
  const choose = (slot: Slot | null) =>
    rooms.pins.choosePin({ pools: plan.pools, slot, trust, racers });
  return {
    at(slot) {
      if (race !== null && (slot === null || slot === race.pinned.pin.slot)) {
        return { kind: 'own', pinned: race.pinned };
      }
      const own = choose(slot);
      if (own.kind === 'pinned') return { kind: 'own', pinned: own };
      const pinned = race?.pinned ?? choose(null);
      if (slot === null || pinned.kind === 'refused') throw own.error;
      return { kind: 'past', pinned, slot, refusal: own.error };
    },
  };
}

/** A reader that chooses its pin when something is read by it: most events read nothing more. */
function lateReader<Reader extends object>(slot: Slot, open: () => Reader): Reader {
  let opened: Reader | null = null;
  return new Proxy({} as Reader, {
    get: (_target, name) => {
      if (name === 'slot') return slot;
      opened ??= open();
      return Reflect.get(opened, name);
    },
  });
}

/** What a plan counts with is an estimate of an event's size: its races are bounded as they run. */
function boundCost(racing: RacePort, costMilliUnitsMax: number): RacePort {
  let spent = 0;
  return {
    race(request) {
      const { operation, items } = request.batch;
      spent += OPERATIONS[operation].class.costMilliUnits * items.length;
      if (spent <= costMilliUnitsMax) return racing.race(request);
      return Promise.resolve(failedRace(new StreamSyncError('QUERY_TOO_COMPLEX'), request));
    },
  };
}

function failedRace(
  error: StreamSyncError,
  { queryId, raceIndex, batch, pin, trust }: Parameters<RacePort['race']>[0],
): DecidedRace {
  return {
    outcome: { kind: 'failed', error },
    record: () => ({
      id: `${Buffer.from(queryId).toString('hex')}-${raceIndex}`,
      operation: batch.operation,
      operationClass: OPERATIONS[batch.operation].class.name,
      items: batch.items.length,
      slot: pin.slot,
      trust,
      racers: [],
      winner: null,
      verifiers: [],
      resultHash: null,
      error: error.code,
      steps: { selectedMs: 0, sentMs: 0, firstAnswerMs: null, servedMs: null, collectedMs: null },
    }),
  };
}

/**
 * Who sent the same document with the same variables shares what is rendered. Where it goes on from is
 * no part of that, as long as no other field reads that variable.
 */
function createStreamKeys() {
  let count = 0;
  const known = new WeakMap<RunnableDocument, { number: number; ignored: string | null }>();
  return {
    of(prepared: RunnableDocument, variables: SubscriptionRequest['variables']): string {
      let entry = known.get(prepared);
      if (entry === undefined) {
        count += 1;
        entry = { number: count, ignored: startVariable(prepared) };
        known.set(prepared, entry);
      }
      const { number, ignored } = entry;
      const read = Object.entries(variables).filter(([name]) => name !== ignored);
      return `${number} ${JSON.stringify(read)}`;
    },
  };
}

/** The variable that `fromSlot` alone reads, or null. */
function startVariable({ document }: RunnableDocument): string | null {
  const used: string[] = [];
  const starts: string[] = [];
  visit(document, {
    VariableDefinition: () => false,
    Argument: ({ name, value }) => {
      if (name.value === 'fromSlot' && value.kind === Kind.VARIABLE) starts.push(value.name.value);
    },
    Variable: ({ name }) => {
      used.push(name.value);
    },
  });
  const [start] = starts;
  return start !== undefined && used.filter((name) => name === start).length === 1 ? start : null;
}
