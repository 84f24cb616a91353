// The spine: one GraphQL query from its text to its receipt. It decides the order and the branches;
// the rooms compute. Whatever happens the customer gets a coded response, never a throw.
import { type Clock, withSpan } from '@streamsync/runtime';
import type { AccountFloor } from './account-floor.ts';
import { choosePins } from './choose-pins.ts';
import { type ExecuteDocument, type RunnableDocument, requireQuery } from './execute-document.ts';
import { issueReceipt } from './issue-receipt.ts';
import type {
  HistoryPort,
  NetworkPort,
  PinPort,
  Plan,
  QueryRequest,
  QueryResponse,
  RacePort,
  ReceiptPort,
} from './ports.ts';
import { createQueryIds } from './query-ids.ts';
import { readChain } from './read-chain.ts';
import type { Responder } from './respond.ts';
import { startStopwatch } from './stopwatch.ts';

export interface Rooms {
  readonly planner: {
    prepare(query: string, operationName: string | null): RunnableDocument;
    plan(prepared: RunnableDocument, variables: QueryRequest['variables']): Plan;
  };
  readonly pins: PinPort;
  readonly history: HistoryPort;
  readonly accountFloor: AccountFloor;
  readonly racing: RacePort;
  readonly receipts: ReceiptPort;
  readonly network: NetworkPort;
  readonly execute: ExecuteDocument;
  readonly respond: Responder;
  readonly clock: Clock;
  /** No race lasts longer, whatever the query's deadline. */
  readonly raceDeadlineMs: number;
}

export type ServeQuery = (request: QueryRequest) => Promise<QueryResponse>;

export function createServeQuery(rooms: Rooms): ServeQuery {
  const nextQueryId = createQueryIds();
  return async function serveQuery(request) {
    const queryId = nextQueryId();
    const watch = startStopwatch(rooms.clock, request.receivedAtMs);
    try {
      const { prepared, plan } = await withSpan('query.plan', () => {
        const prepared = rooms.planner.prepare(request.query, request.operationName);
        requireQuery(prepared, request);
        return { prepared, plan: rooms.planner.plan(prepared, request.variables) };
      });
      watch.step('planMs');

      const pins = await withSpan('query.pin', () => choosePins(rooms.pins, plan));
      watch.step('pinMs');

      // Resolvers read the chain through this; each read is raced (`query.race`), verified, decoded.
      const chain = readChain(rooms, { queryId, request, plan, pins });
      const result = await withSpan('query.execute', () =>
        rooms.execute(prepared, request.variables, {
          at: chain.at,
          network: rooms.network,
          receipts: rooms.receipts,
        }),
      );
      watch.step('executeMs');

      return await withSpan('query.receipt', () => {
        const answer = rooms.respond.serialise(result, queryId);
        const receipt = issueReceipt(rooms, { queryId, plan, races: chain.races, watch });
        return rooms.respond.complete(answer, receipt);
      });
    } catch (error) {
      return rooms.respond.refuse(error, queryId);
    }
  };
}
