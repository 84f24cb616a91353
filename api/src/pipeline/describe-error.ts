// The one place where errors become what a customer sees: each with a code of the catalogue and a
// link to its page, none with a stack. What is not expected becomes INTERNAL and is handed to
// `report`, with the query's id, which the customer sees too.
import { ERRORS, type ErrorCode, isErrorCode, StreamSyncError } from '@streamsync/domain';
import { GraphQLError, type SourceLocation } from 'graphql/index.js';

export interface DescribedError {
  readonly message: string;
  readonly locations?: readonly SourceLocation[];
  readonly path?: readonly (string | number)[];
  readonly extensions: {
    readonly code: ErrorCode;
    readonly docs: string;
    readonly retry: string;
    readonly queryId?: string;
    readonly [key: string]: unknown;
  };
}

export interface ErrorDescriber {
  /** @param codeOtherwise the code of a GraphQLError that has none of its own */
  describe(error: unknown, queryId: string | null, codeOtherwise: ErrorCode): DescribedError;
}

/** A message may quote the request; the request is not sent back whole. */
const MESSAGE_CHARACTERS_MAX = 500;

export function createErrorDescriber(settings: {
  /** The page that has a heading for each code. */
  readonly docsUrl: () => string;
  readonly report: (error: unknown, queryId: string | null) => void;
}): ErrorDescriber {
  function extensions(code: ErrorCode, more: Record<string, unknown> = {}) {
    return {
      code,
      docs: `${settings.docsUrl()}#${code.toLowerCase()}`,
      retry: ERRORS[code].retry,
      ...more,
    };
  }

  return {
    describe(error, queryId, codeOtherwise) {
      const cause = expectedCause(error);
      const where = error instanceof GraphQLError ? placeOf(error) : {};
      if (cause instanceof StreamSyncError) {
        return {
          message: short(cause.message),
          ...where,
          extensions: extensions(cause.code, contextOf(cause)),
        };
      }
      if (cause !== null) {
        // graphql-jit leaves the extensions out where there are none.
        const own = (cause.extensions as GraphQLError['extensions'] | undefined)?.code;
        const code = typeof own === 'string' && isErrorCode(own) ? own : codeOtherwise;
        return { message: short(cause.message), ...where, extensions: extensions(code) };
      }
      settings.report(error, queryId);
      return {
        message: ERRORS.INTERNAL.message,
        ...where,
        extensions: extensions('INTERNAL', queryId === null ? {} : { queryId }),
      };
    },
  };
}

/** The coded error inside, or the GraphQLError that graphql-js itself made; null: unexpected. */
function expectedCause(error: unknown): StreamSyncError | GraphQLError | null {
  let cause = error;
  // GraphQLErrors nest: a literal's error inside of its field's. More levels than this are a cycle.
  for (let level = 0; level < 8; level += 1) {
    if (cause instanceof StreamSyncError) return cause;
    if (!(cause instanceof GraphQLError)) return null;
    if (cause.originalError == null) return cause;
    cause = cause.originalError;
  }
  return null;
}

function placeOf(error: GraphQLError): Pick<DescribedError, 'locations' | 'path'> {
  return {
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    ...(error.path === undefined ? {} : { path: error.path }),
  };
}

function contextOf(error: StreamSyncError): Record<string, unknown> {
  const entries = Object.entries(error.context);
  if (entries.length === 0) return {};
  const context = entries.map(([key, value]) => [
    key,
    typeof value === 'bigint' ? value.toString() : value,
  ]);
  return { context: Object.fromEntries(context) };
}

function short(message: string): string {
  return message.length <= MESSAGE_CHARACTERS_MAX
    ? message
    : `${message.slice(0, MESSAGE_CHARACTERS_MAX)}…`;
}
