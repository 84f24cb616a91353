// A document's text to what can be run: parsed, within the limits, valid, outlined. The result
// depends on the text and the operation's name alone, so it is kept for the next request.
import { StreamSyncError } from '@streamsync/domain';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql/index.js';
import { LRUCache } from 'lru-cache';
import type { Plan } from '../pipeline/ports.ts';
import { DOCUMENT_LIMITS, LIMIT_RULES } from './document-limits.ts';
import { type OutlinedRead, outlineReads } from './outline.ts';
import { planReads } from './plan.ts';
import { readTerms } from './read-terms.ts';

/** Prepared documents are kept within this many characters of text, about 20 MB with their trees. */
const CACHE_CHARACTERS_MAX = 1_000_000;
/** An application has tens of documents; a tree takes 10 KB even where its text is short. */
const CACHED_DOCUMENTS_MAX = 2_000;
/** Longer documents are rare, and are prepared each time. */
const CACHED_DOCUMENT_CHARACTERS_MAX = 16_384;
const VALIDATION_ERRORS_MAX = 5;
const NO_VARIABLES: Readonly<Record<string, unknown>> = Object.freeze({});

export interface PreparedDocument {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly operationName: string | null;
  readonly reads: readonly OutlinedRead[];
  /** How often it was asked for: what is asked for again is worth compiling. */
  uses: number;
}

export interface PlannerSettings {
  readonly schema: GraphQLSchema;
  /** In thousandths of a cost unit. */
  readonly costMilliUnitsMax: number;
}

export interface Planner {
  /** @throws DocumentRefused, or StreamSyncError */
  prepare(query: string, operationName: string | null): PreparedDocument;
  /** @throws DocumentRefused where variables do not fit, or StreamSyncError */
  plan(prepared: PreparedDocument, variables: Readonly<Record<string, unknown>>): Plan;
}

/** The document is no GraphQL, or does not fit the schema. */
export class DocumentRefused extends Error {
  readonly code: 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED';
  readonly errors: readonly GraphQLError[];

  constructor(code: DocumentRefused['code'], errors: readonly GraphQLError[]) {
    super(code);
    this.code = code;
    this.errors = errors;
  }
}

export function createPlanner({ schema, costMilliUnitsMax }: PlannerSettings): Planner {
  const prepared = new LRUCache<string, PreparedDocument>({
    max: CACHED_DOCUMENTS_MAX,
    maxSize: CACHE_CHARACTERS_MAX,
    maxEntrySize: CACHED_DOCUMENT_CHARACTERS_MAX,
    sizeCalculation: (_document, key) => key.length,
  });

  return {
    prepare(query, operationName) {
      const key = `${operationName ?? ''}\0${query}`;
      const known = prepared.get(key);
      if (known !== undefined) {
        known.uses += 1;
        return known;
      }
      const fresh = prepareDocument(schema, query, operationName);
      prepared.set(key, fresh);
      return fresh;
    },
    plan({ operation, reads }, given) {
      const variables = coerceVariables(schema, operation, given);
      return planReads(
        reads,
        variables,
        readTerms(schema, operation, variables),
        costMilliUnitsMax,
      );
    },
  };
}

/**
 * The variables as the resolvers will see them. A plan over what the request holds would miss the
 * defaults that a document declares: its cost would be too low, and its terms not the ones asked for.
 */
function coerceVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const declared = operation.variableDefinitions ?? [];
  if (declared.length === 0) return NO_VARIABLES;
  const outcome = getVariableValues(schema, declared, given, { maxErrors: VALIDATION_ERRORS_MAX });
  if (outcome.errors) throw new DocumentRefused('GRAPHQL_VALIDATION_FAILED', outcome.errors);
  return outcome.coerced;
}

function prepareDocument(
  schema: GraphQLSchema,
  query: string,
  operationName: string | null,
): PreparedDocument {
  const document = parseDocument(query);
  validate(schema, document, LIMIT_RULES);
  const errors = validate(schema, document, undefined, { maxErrors: VALIDATION_ERRORS_MAX });
  if (errors.length > 0) throw new DocumentRefused('GRAPHQL_VALIDATION_FAILED', errors);
  const operation = getOperationAST(document, operationName);
  if (!operation) {
    throw new StreamSyncError(
      'BAD_REQUEST',
      {},
      {
        message:
          operationName === null
            ? 'The document has several operations: name one in "operationName".'
            : 'The document has no operation of that name.',
      },
    );
  }
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition);
    }
  }
  const reads = outlineReads(schema, operation, fragments);
  return { document, operation, kind: operation.operation, operationName, reads, uses: 1 };
}

function parseDocument(query: string): DocumentNode {
  try {
    return parse(query, { maxTokens: DOCUMENT_LIMITS.tokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    if (/tokens\. Parsing aborted/.test(error.message)) {
      throw new StreamSyncError(
        'QUERY_TOO_COMPLEX',
        { tokensMax: DOCUMENT_LIMITS.tokens },
        { message: `The document has more than ${DOCUMENT_LIMITS.tokens} tokens.` },
      );
    }
    throw new DocumentRefused('GRAPHQL_PARSE_FAILED', [error]);
  }
}
