// One GraphQL request of a load, with what its receipt says counted.
import { check } from 'k6';
import http from 'k6/http';
import { Counter, Rate, Trend } from 'k6/metrics';

export const URL = __ENV.STREAMSYNC_URL ?? 'http://127.0.0.1:4000/graphql';

const withinGuarantee = new Rate('streamsync_within_guarantee');
const served = new Rate('streamsync_served');
const servedOrRefused = new Rate('streamsync_served_or_refused');
const elapsed = new Trend('streamsync_elapsed_ms', true);
const refusals = new Counter('streamsync_refusals');

/** Codes with which a gateway under too much load may answer: try again later. */
const REFUSALS = ['GATEWAY_OVERLOADED', 'NODE_OVERLOADED', 'RACE_DEADLINE_EXCEEDED'];

export interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
  readonly extensions?: {
    readonly streamsync: {
      readonly guaranteeMet: boolean;
      readonly elapsedMs: number;
      readonly races: readonly { readonly racers?: readonly { readonly outcome: string }[] }[];
    };
  };
}

/** What was answered; null where it was no answer of GraphQL. */
export function ask(query: string, variables: Record<string, unknown> = {}): Answer | null {
  const response = http.post(URL, JSON.stringify({ query, variables }), {
    headers: { 'content-type': 'application/json', accept: 'application/json' },
  });
  const answer = response.status === 200 ? (response.json() as unknown as Answer) : null;
  const code = answer?.errors?.[0]?.extensions.code;
  const isServed = answer !== null && answer.errors === undefined;
  served.add(isServed);
  servedOrRefused.add(isServed || REFUSALS.includes(code ?? codeOf(response)));
  if (!isServed) refusals.add(1, { code: code ?? codeOf(response) });
  const receipt = answer?.extensions?.streamsync;
  if (receipt !== undefined) {
    withinGuarantee.add(receipt.guaranteeMet);
    elapsed.add(receipt.elapsedMs);
  }
  return answer;
}

/** The same, where nothing but an answer will do. */
export function mustAsk(query: string, variables: Record<string, unknown> = {}): Answer | null {
  const answer = ask(query, variables);
  check(answer, {
    'served without an error': (each) => each !== null && each.errors === undefined,
  });
  return answer;
}

function codeOf(response: { readonly status: number; readonly body: unknown }): string {
  try {
    const body = JSON.parse(String(response.body)) as Answer;
    return body.errors?.[0]?.extensions.code ?? `HTTP_${response.status}`;
  } catch {
    return `HTTP_${response.status}`;
  }
}
