// What a document may hold, checked before anything else looks at it. graphql-armor counts; the
// codes are ours. Tokens are bounded by the parser, introspection by graphql-js's own rule, and cost
// by the plan, which knows the variables.
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { type ErrorCode, StreamSyncError } from '@streamsync/domain';
import type { GraphQLError, ValidationRule } from 'graphql/index.js';

export const DOCUMENT_LIMITS = {
  /** The full introspection query has about 500. */
  tokens: 2_000,
  /** A page of accounts with their mints and owners is 6 deep. */
  depth: 12,
  /** Lists are there for many accounts; aliases are for a screen's worth. */
  aliases: 32,
  directives: 8,
} as const;

const refuse = (code: ErrorCode) => [
  (_context: unknown, error: GraphQLError) => {
    // The library words every refusal as a syntax error, which it is not.
    throw new StreamSyncError(code, {}, { message: error.message.replace(/^Syntax Error: /, '') });
  },
];

const rule = (make: unknown): ValidationRule => make as ValidationRule;

export const LIMIT_RULES: readonly ValidationRule[] = [
  rule(
    maxDepthRule({
      n: DOCUMENT_LIMITS.depth,
      flattenFragments: true,
      onReject: refuse('QUERY_TOO_DEEP'),
    }),
  ),
  rule(
    maxAliasesRule({
      n: DOCUMENT_LIMITS.aliases,
      // The default lets any number of __typename aliases through.
      allowList: [],
      onReject: refuse('QUERY_TOO_COMPLEX'),
    }),
  ),
  rule(maxDirectivesRule({ n: DOCUMENT_LIMITS.directives, onReject: refuse('QUERY_TOO_COMPLEX') })),
];
