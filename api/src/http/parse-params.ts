// A JSON body to a GraphQL request. The same refusals as GraphQL over HTTP asks for, each with a code.
import { StreamSyncError } from '@streamsync/domain';
import type { QueryRequest } from '../pipeline/ports.ts';

export type QueryParams = Pick<QueryRequest, 'query' | 'operationName' | 'variables'>;

function bad(message: string): StreamSyncError {
  return new StreamSyncError('BAD_REQUEST', {}, { message });
}

/** @throws StreamSyncError BAD_REQUEST */
export function parseParams(body: string): QueryParams {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw bad('The body is not JSON.');
  }
  if (Array.isArray(json)) throw bad('Batches are not supported: send one operation a request.');
  if (typeof json !== 'object' || json === null) throw bad('The body is not a JSON object.');
  const { query, operationName, variables, extensions, ...others } = json as Record<
    string,
    unknown
  >;
  const [other] = Object.keys(others);
  if (other !== undefined) throw bad(`Unexpected parameter "${other.slice(0, 64)}" in the body.`);
  if (typeof query !== 'string') throw bad('The parameter "query" must be the document, as text.');
  if (operationName != null && typeof operationName !== 'string') {
    throw bad('The parameter "operationName" must be text.');
  }
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) {
    throw bad('The parameter "variables" must be an object.');
  }
  if (extensions != null && (typeof extensions !== 'object' || Array.isArray(extensions))) {
    throw bad('The parameter "extensions" must be an object.');
  }
  return {
    query,
    operationName: operationName || null,
    variables: (variables ?? {}) as Record<string, unknown>,
  };
}
