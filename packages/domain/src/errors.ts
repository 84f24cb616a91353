// The error catalogue: every code that leaves a process, with its retry scope and what to do about
// it. Codes are never reused and never renamed; docs/pages/errors.md has a heading for each.

/** Where a failed operation may be tried again. */
export type RetryScope = 'never' | 'same-node' | 'other-node' | 'later';

interface CatalogueEntry {
  /** The HTTP status when this is the whole answer. */
  readonly status: number;
  readonly retry: RetryScope;
  /** What happened and what to do, one or two sentences. */
  readonly message: string;
}

const entry = (status: number, retry: RetryScope, message: string): CatalogueEntry => ({
  status,
  retry,
  message,
});

export const ERRORS = {
  INVALID_ADDRESS: entry(400, 'never', 'This is not a Solana address: pass base58 of 32 bytes.'),
  INVALID_SIGNATURE: entry(400, 'never', 'This is not a signature: pass base58 of 64 bytes.'),
  INVALID_SLOT: entry(400, 'never', 'This is not a slot: pass a whole number from 0 to 2^64 - 1.'),
  INVALID_CURSOR: entry(
    400,
    'never',
    'This cursor does not belong to this list: pass a cursor that the same list with the same arguments returned.',
  ),
  INVALID_ARGUMENT: entry(400, 'never', 'An argument is outside its range.'),
  INVALID_BYTES: entry(400, 'never', 'These bytes are not of the form that is expected here.'),
  BAD_REQUEST: entry(400, 'never', 'The request is not a GraphQL request over HTTP.'),
  GRAPHQL_PARSE_FAILED: entry(400, 'never', 'The document is not GraphQL.'),
  GRAPHQL_VALIDATION_FAILED: entry(400, 'never', 'The document does not fit the schema.'),
  METHOD_NOT_ALLOWED: entry(405, 'never', 'Mutations are sent by POST.'),
  UNSUPPORTED_MEDIA_TYPE: entry(415, 'never', 'Send the request as application/json.'),
  NOT_FOUND: entry(404, 'never', 'There is nothing at this path: GraphQL is at /graphql.'),
  NOT_ACCEPTABLE: entry(
    406,
    'never',
    'The response can be application/json or application/graphql-response+json: accept one of them.',
  ),
  BODY_TOO_LARGE: entry(413, 'never', 'The request body is too large.'),
  QUERY_TOO_DEEP: entry(400, 'never', 'The query nests too deeply.'),
  QUERY_TOO_COMPLEX: entry(
    400,
    'never',
    'The query has too many tokens, aliases, directives or costs too much: ask for less at once.',
  ),
  FUTURE_SLOT: entry(400, 'later', 'That slot has not been applied by enough nodes yet.'),
  NOT_COVERED: entry(404, 'other-node', 'No node of this network follows that address or program.'),
  HISTORY_NOT_COVERED: entry(
    404,
    'other-node',
    'That lies before the history that the nodes of this network have.',
  ),
  SLOT_NOT_AVAILABLE: entry(
    404,
    'other-node',
    'The node cannot answer at that slot: it is outside its window or its blockhash differs.',
  ),
  STALE_POOL: entry(
    503,
    'later',
    'The nodes are further behind the chain than this network allows.',
  ),
  POOL_TOO_SMALL: entry(
    503,
    'later',
    'Fewer operators than the trust level needs can answer at this slot.',
  ),
  NO_AGREEMENT: entry(
    502,
    'later',
    'The nodes disagreed, and no majority confirmed an answer: nothing was served.',
  ),
  RACE_DEADLINE_EXCEEDED: entry(
    504,
    'later',
    'No majority of the race answered before its deadline.',
  ),
  NODE_UNREACHABLE: entry(502, 'other-node', 'The node cannot be reached.'),
  NODE_DEADLINE_EXCEEDED: entry(504, 'other-node', 'The node did not answer in time.'),
  NODE_OVERLOADED: entry(503, 'other-node', 'The node has more work than it listed capacity for.'),
  MALFORMED_MESSAGE: entry(
    502,
    'other-node',
    'The message is not of the form that this protocol has.',
  ),
  FRAME_TOO_LARGE: entry(502, 'other-node', 'A frame passed the size limit.'),
  UNAUTHENTICATED_SESSION: entry(
    401,
    'same-node',
    'This operation needs a session: say hello first.',
  ),
  BAD_SIGNATURE: entry(401, 'never', 'The signature does not verify.'),
  BAD_MAC: entry(401, 'never', 'The message authentication code does not verify.'),
  UNKNOWN_OPERATION: entry(404, 'never', 'No such operation, or not in this pool.'),
  SOURCE_FAILED: entry(502, 'later', 'The source of chain data failed.'),
  STORE_FAILED: entry(500, 'never', 'The store cannot be written or read: see the message.'),
  STORE_DAMAGED: entry(
    500,
    'other-node',
    'A record of the store does not have its checksum: nothing of it is served, and it is rebuilt.',
  ),
  STORE_IN_USE: entry(500, 'never', 'Another process has this data folder open: stop it first.'),
  FORK_TOO_DEEP: entry(
    500,
    'later',
    'The chain left a fork at a slot that this store can no longer undo: it begins anew.',
  ),
  CONFIG_INVALID: entry(500, 'never', 'The configuration is not valid.'),
  PORT_BUSY: entry(500, 'never', 'The port is in use by another process.'),
  FOLDER_NOT_WRITABLE: entry(500, 'never', 'The folder cannot be written.'),
  DISK_FULL: entry(500, 'never', 'The disk is full.'),
  GATEWAY_OVERLOADED: entry(
    503,
    'later',
    'This gateway has as many queries running as it can: try again in a moment.',
  ),
  SUBSCRIPTION_LIMIT: entry(
    429,
    'later',
    'There are as many subscriptions as there may be: close some, or come back in a moment.',
  ),
  SLOW_READER: entry(
    503,
    'later',
    'The subscriber reads more slowly than its topic changes: subscribe again from the slot named.',
  ),
  SUBSCRIPTION_INTERRUPTED: entry(
    503,
    'later',
    'The chain went on unseen for longer than its nodes remember forks: subscribe again from the slot named.',
  ),
  PERSISTED_QUERY_NOT_FOUND: entry(400, 'later', 'PersistedQueryNotFound'),
  PERSISTED_QUERY_ONLY: entry(
    400,
    'never',
    'This gateway serves persisted documents alone: send the id of one.',
  ),
  SHUTTING_DOWN: entry(503, 'later', 'This process is shutting down.'),
  INTERNAL: entry(500, 'later', 'Something failed on our side; the query id finds it in the logs.'),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof ERRORS;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

/** Context values that may be shown: no secrets, no stacks. */
export type ErrorContext = Readonly<Record<string, string | number | bigint | boolean | null>>;

export interface ErrorOptions {
  readonly cause?: unknown;
  /** Replaces the catalogue's sentence where the place knows more. */
  readonly message?: string;
}

/** An expected failure with a code of the catalogue. It never extends GraphQLError: Yoga would not mask it. */
export class StreamSyncError extends Error {
  readonly code: ErrorCode;
  readonly context: ErrorContext;

  constructor(code: ErrorCode, context: ErrorContext = {}, options: ErrorOptions = {}) {
    super(
      options.message ?? ERRORS[code].message,
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.name = 'StreamSyncError';
    this.code = code;
    this.context = context;
  }

  get retry(): RetryScope {
    return ERRORS[this.code].retry;
  }
}
