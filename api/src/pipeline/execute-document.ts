// Runs a prepared document. One that comes back is compiled (graphql-jit), one that comes once is
// interpreted (graphql-js): compiling costs more than a run, and hostile documents never repeat.
// Compiling takes about 10 ms, a whole guarantee, so it is done after the query that asked for it.
import { StreamSyncError } from '@streamsync/domain';
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getOperationAST,
} from 'graphql/index.js';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import { COMPILED_FIELDS_MAX, compiledFields } from './compile-size.ts';
import type { QueryContext } from './ports.ts';
import { compilePlain, type WritePlain } from './write-plain.ts';

/** From this use on a document is compiled. */
const COMPILED_FROM_USE = 3;
/** A field of compiled code takes some 7 KB, a document of `account` half a megabyte: 35 MB of it. */
const COMPILED_FIELDS_TOTAL_MAX = 5_000;
/** One that left is compiled again when it has been asked for so many times as often: a working set
 * that is too large must not be compiled around the clock. */
const RECOMPILED_FACTOR = 4;
/** Documents that wait to be compiled; what does not fit is asked for again by its next use. */
const WAITING_MAX = 64;

/** What is run; the same object for the same document. */
export interface RunnableDocument {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly kind: 'query' | 'mutation' | 'subscription';
  /** How often it was asked for. */
  readonly uses: number;
  /** What it reads from the chain. */
  readonly reads: readonly unknown[];
}

/** What ran: a result, or for plain documents its data as text. */
export type DocumentResult = ExecutionResult & { readonly dataText?: string };

/** @throws StreamSyncError unless the document's operation is a query */
export function requireQuery(
  { kind }: RunnableDocument,
  { readOnly }: { readonly readOnly: boolean },
): void {
  if (kind === 'query') return;
  if (readOnly && kind === 'mutation') throw new StreamSyncError('METHOD_NOT_ALLOWED');
  if (kind === 'subscription') {
    throw new StreamSyncError(
      'NOT_ACCEPTABLE',
      {},
      {
        message: 'A subscription is a stream: accept text/event-stream, or connect by WebSocket.',
      },
    );
  }
  throw new StreamSyncError(
    'GRAPHQL_VALIDATION_FAILED',
    { operation: kind },
    { message: `This schema has no ${kind}s.` },
  );
}

interface Compiled {
  /** False for what cannot be compiled: it is interpreted as before. */
  readonly query: CompiledQuery | false;
  /** Of its code. */
  readonly fields: number;
}

const NOT_COMPILED: Compiled = Object.freeze({ query: false, fields: 1 });

function tryCompile(schema: GraphQLSchema, prepared: RunnableDocument): Compiled {
  const operation = getOperationAST(prepared.document, prepared.operationName);
  // graphql-jit 0.8 loses the default of a non-null variable.
  if (!operation || operation.variableDefinitions?.some((variable) => variable.defaultValue)) {
    return NOT_COMPILED;
  }
  const fields = compiledFields(schema, prepared.document, operation);
  if (fields > COMPILED_FIELDS_MAX) return NOT_COMPILED;
  try {
    const query = compileQuery(schema, prepared.document, prepared.operationName ?? undefined, {
      disablingCapturingStackErrors: true,
    });
    return isCompiledQuery(query) ? { query, fields: Math.max(1, fields) } : NOT_COMPILED;
  } catch {
    return NOT_COMPILED;
  }
}

export type ExecuteDocument = (
  prepared: RunnableDocument,
  variables: Readonly<Record<string, unknown>>,
  context: QueryContext,
  /** Of a subscription: the event. */
  root?: unknown,
) => DocumentResult | Promise<DocumentResult>;

/** `compileAfterMs`: how long after a query its document is compiled; 0 compiles before it runs. */
export function createExecutor(schema: GraphQLSchema, compileAfterMs: number): ExecuteDocument {
  const compiled = new LRUCache<RunnableDocument, Compiled>({
    maxSize: COMPILED_FIELDS_TOTAL_MAX,
    sizeCalculation: ({ fields }) => fields,
  });
  /** The use from which a document that was compiled before is compiled again. */
  const recompiledFrom = new WeakMap<RunnableDocument, number>();

  /** By the document, as long as it is kept; null: it is not plain. */
  const plain = new WeakMap<RunnableDocument, WritePlain | null>();

  const waiting = new Set<RunnableDocument>();

  function compile(prepared: RunnableDocument): CompiledQuery | false {
    const made = tryCompile(schema, prepared);
    compiled.set(prepared, made);
    recompiledFrom.set(prepared, prepared.uses * RECOMPILED_FACTOR);
    return made.query;
  }

  /** One at a time, so that queries run in between. */
  function compileNext(): void {
    const [next] = waiting;
    if (next === undefined) return;
    waiting.delete(next);
    compile(next);
    if (waiting.size > 0) setTimeout(compileNext, compileAfterMs).unref();
  }

  function compiledOf(prepared: RunnableDocument): CompiledQuery | false {
    if (prepared.uses < COMPILED_FROM_USE) return false;
    const known = compiled.get(prepared);
    if (known !== undefined) return known.query;
    if (prepared.uses < (recompiledFrom.get(prepared) ?? 0)) return false;
    if (compileAfterMs === 0) return compile(prepared);
    if (waiting.size === 0) setTimeout(compileNext, compileAfterMs).unref();
    if (waiting.size < WAITING_MAX) waiting.add(prepared);
    return false;
  }

  /** Cheap to compile, some 50 us, and so compiled by the query that asks for it. */
  function plainOf(prepared: RunnableDocument): WritePlain | null {
    if (prepared.uses < COMPILED_FROM_USE || prepared.reads.length > 0) return null;
    const known = plain.get(prepared);
    if (known !== undefined) return known;
    const write = compilePlain(schema, prepared);
    plain.set(prepared, write);
    return write;
  }

  return (prepared, variables, context, root) => {
    const write = plainOf(prepared);
    if (write !== null) {
      const dataText = write(variables, context);
      if (dataText !== null) return { dataText };
      // What was not plain once, a promise or an error, is so again: it is not run twice each time.
      plain.set(prepared, null);
    }
    // Events are rendered once for all their subscribers: they are too few to be worth compiling.
    const query = prepared.kind === 'query' && compiledOf(prepared);
    if (query !== false) return query.query(undefined, context, variables) as ExecutionResult;
    return execute({
      schema,
      document: prepared.document,
      operationName: prepared.operationName,
      variableValues: variables,
      contextValue: context,
      rootValue: root,
    }) as ExecutionResult | Promise<ExecutionResult>;
  };
}
