// A JSON body to a GraphQL request. The same refusals as GraphQL over HTTP asks for, each with a code.
import { StreamSyncError } from '@streamsync/domain';
import type { QueryRequest } from '../pipeline/ports.ts';

export type QueryParams = Pick<QueryRequest, 'query' | 'operationName' | 'variables'>;

/** A request as it was sent: with its document, or with what names one. */
export interface SentParams extends Omit<QueryParams, 'query'> {
  readonly query: string | null;
  /** GraphQL over HTTP's name of a document that the server has. */
  readonly documentId: string | null;
  /** The hash of automatically persisted queries, lowercase hex. */
  readonly sha256Hash: string | null;
}

function bad(message: string): StreamSyncError {
  return new StreamSyncError('BAD_REQUEST', {}, { message });
}

/** @throws StreamSyncError BAD_REQUEST */
export function parseParams(body: string): SentParams {
  return checkParams(parseJson(body));
}

/** @throws StreamSyncError BAD_REQUEST */
export function parseJson(body: string): unknown {
  try {
    // A byte order mark says nothing in UTF-8: RFC 8259 lets it be passed over.
    return JSON.parse(body.charCodeAt(0) === 0xfeff ? body.slice(1) : body);
  } catch {
    throw bad('The body is not JSON.');
  }
}

/** What a GET asks, whose objects are JSON. @throws StreamSyncError BAD_REQUEST */
export function paramsOfUrl(url: string): SentParams {
  const { searchParams } = new URL(url, 'http://gateway');
  const asked: Record<string, unknown> = {};
  for (const name of ['query', 'operationName', 'documentId']) {
    asked[name] = searchParams.get(name);
  }
  for (const name of ['variables', 'extensions']) {
    const text = searchParams.get(name);
    if (text === null || text === '') continue;
    try {
      asked[name] = JSON.parse(text);
    } catch {
      throw bad(`The parameter "${name}" is not JSON.`);
    }
  }
  return checkParams(asked);
}

/** @throws StreamSyncError BAD_REQUEST */
export function checkParams(json: unknown): SentParams {
  if (Array.isArray(json)) throw bad('Batches are not supported: send one operation a request.');
  if (typeof json !== 'object' || json === null) throw bad('The body is not a JSON object.');
  const { query, operationName, variables, extensions, documentId, ...others } = json as Record<
    string,
    unknown
  >;
  for (const other in others)
    throw bad(`Unexpected parameter "${other.slice(0, 64)}" in the body.`);
  if (query != null && typeof query !== 'string') {
    throw bad('The parameter "query" must be the document, as text.');
  }
  if (operationName != null && typeof operationName !== 'string') {
    throw bad('The parameter "operationName" must be text.');
  }
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) {
    throw bad('The parameter "variables" must be an object.');
  }
  if (extensions != null && (typeof extensions !== 'object' || Array.isArray(extensions))) {
    throw bad('The parameter "extensions" must be an object.');
  }
  if (documentId != null && typeof documentId !== 'string') {
    throw bad('The parameter "documentId" must be text.');
  }
  return {
    query: query ?? null,
    operationName: operationName || null,
    variables: (variables ?? NO_VARIABLES) as Record<string, unknown>,
    documentId: documentId ?? null,
    sha256Hash: extensions == null ? null : hashOf(extensions as Record<string, unknown>),
  };
}

const NO_VARIABLES: Readonly<Record<string, unknown>> = Object.freeze({});

/** @throws StreamSyncError BAD_REQUEST where there is one and it is none */
function hashOf({ persistedQuery }: Record<string, unknown>): string | null {
  if (persistedQuery == null) return null;
  const { version, sha256Hash } = persistedQuery as Record<string, unknown>;
  if (version !== undefined && version !== 1) {
    throw bad('Persisted queries of version 1 are supported.');
  }
  if (typeof sha256Hash !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256Hash)) {
    throw bad('The "sha256Hash" of a persisted query must be SHA-256 in hex.');
  }
  return sha256Hash.toLowerCase();
}
