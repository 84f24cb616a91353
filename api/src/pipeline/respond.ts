// Results and failures as response bodies. A body is serialised once: the data first, then the clock
// stops, then the receipt, which says when that was, is put behind it.
import { ERRORS, type ErrorCode, StreamSyncError } from '@streamsync/domain';
import type { DescribedError, ErrorDescriber } from './describe-error.ts';
import { describeReceipt } from './describe-receipt.ts';
import type { DocumentResult } from './execute-document.ts';
import type { QueryReceipt, QueryResponse } from './ports.ts';

/** A result as text, but for its receipt. */
export interface SerialisedAnswer {
  /** JSON members without the braces, such as `"errors":[…],"data":{…}`. */
  readonly members: string;
  readonly errors: readonly DescribedError[];
  /** Whether there is data at all: without it the request itself was refused. */
  readonly hasData: boolean;
}

export interface Responder {
  serialise(result: DocumentResult, queryId: Buffer): SerialisedAnswer;
  complete(answer: SerialisedAnswer, receipt: QueryReceipt | null): QueryResponse;
  /** The response to a query, or to a request that was none, that failed as a whole. */
  refuse(error: unknown, queryId: Buffer | null): QueryResponse;
}

/** An error that stands for several, such as a document's faults: each is described. */
interface Refusal {
  readonly code: ErrorCode;
  readonly errors: readonly unknown[];
}

/** Customers that come back at once meet the same overload. */
const RETRY_AFTER_SECONDS = 1;

export function createResponder(describer: ErrorDescriber): Responder {
  function complete(answer: SerialisedAnswer, receipt: QueryReceipt | null): QueryResponse {
    const extensions =
      receipt === null
        ? ''
        : `,"extensions":{"streamsync":${JSON.stringify(describeReceipt(receipt))}}`;
    const status = answer.hasData ? 200 : statusOf(answer.errors);
    return {
      body: `{${answer.members}${extensions}}`,
      status,
      graphqlError: status === 400,
      retryAfterSeconds: status === 503 ? RETRY_AFTER_SECONDS : null,
    };
  }

  return {
    complete,
    serialise(result, queryId) {
      if (result.dataText !== undefined) {
        return { members: `"data":${result.dataText}`, errors: [], hasData: true };
      }
      const id = queryId.toString('hex');
      const errors = (result.errors ?? []).map((error) =>
        // Without data, the variables did not fit: everything later nulls a field.
        describer.describe(error, id, 'GRAPHQL_VALIDATION_FAILED'),
      );
      const hasData = result.data !== undefined;
      const data = hasData ? `"data":${JSON.stringify(result.data)}` : '';
      const members =
        errors.length === 0
          ? data
          : `"errors":${JSON.stringify(errors)}${hasData ? `,${data}` : ''}`;
      return { members, errors, hasData };
    },
    refuse(error, queryId) {
      const id = queryId === null ? null : queryId.toString('hex');
      const { code, errors } = asRefusal(error);
      const described = errors.map((each) => describer.describe(each, id, code));
      return complete(
        { members: `"errors":${JSON.stringify(described)}`, errors: described, hasData: false },
        null,
      );
    },
  };
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof StreamSyncError) return { code: error.code, errors: [error] };
  const many = error as Partial<Refusal> | null;
  if (typeof many?.code === 'string' && Array.isArray(many.errors)) return many as Refusal;
  return { code: 'GRAPHQL_VALIDATION_FAILED', errors: [error] };
}

/** The worst of the errors decides. */
function statusOf(errors: readonly DescribedError[]): number {
  return Math.max(400, ...errors.map((error) => ERRORS[error.extensions.code].status));
}
