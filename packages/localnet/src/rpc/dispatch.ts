// JSON-RPC 2.0 over text: one call or a batch in, one answer or a list out. Every failure becomes an
// error object with a code; nothing thrown by a method leaves with its stack.
import { RPC_ERROR_CODES, RpcError } from './errors.ts';
import { stringifyRpc } from './json.ts';
import type { RpcContext, RpcMethods } from './method.ts';
import { accountMethods } from './methods/accounts.ts';
import { blockMethods } from './methods/blocks.ts';
import { clusterMethods } from './methods/cluster.ts';
import { tokenMethods } from './methods/tokens.ts';
import { transactionMethods } from './methods/transactions.ts';

/** Calls of one batch; web3.js batches up to its caller's list, and public providers stop at 1,000. */
const BATCH_CALLS_MAX = 1_000;

export const RPC_METHODS: RpcMethods = {
  ...accountMethods,
  ...blockMethods,
  ...clusterMethods,
  ...tokenMethods,
  ...transactionMethods,
};

/** The JSON text that answers `body`; null when it holds nothing but notifications. */
export function dispatch(context: RpcContext, body: string): string | null {
  let request: unknown;
  try {
    request = JSON.parse(body);
  } catch {
    return stringifyRpc(failure(null, new RpcError('parseError', 'Parse error')));
  }
  if (!Array.isArray(request)) {
    const answer = answerCall(context, request);
    return answer === null ? null : stringifyRpc(answer);
  }
  if (request.length === 0 || request.length > BATCH_CALLS_MAX) {
    const why = request.length === 0 ? 'Invalid request' : `A batch has at most ${BATCH_CALLS_MAX}`;
    return stringifyRpc(failure(null, new RpcError('invalidRequest', why)));
  }
  const answers = request.flatMap((call) => answerCall(context, call) ?? []);
  return answers.length === 0 ? null : stringifyRpc(answers);
}

export type CallId = string | number | null;

/** The parts of a JSON-RPC call; null when it is not one. */
export function readCall(
  request: unknown,
): { id: CallId | undefined; method: string; params: readonly unknown[] } | null {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) return null;
  const { jsonrpc, id, method, params } = request as Record<string, unknown>;
  if (jsonrpc !== '2.0' || typeof method !== 'string') return null;
  if (id !== undefined && id !== null && typeof id !== 'string' && typeof id !== 'number') {
    return null;
  }
  if (params !== undefined && params !== null && !Array.isArray(params)) return null;
  return { id, method, params: params ?? [] };
}

function answerCall(context: RpcContext, request: unknown): object | null {
  const call = readCall(request);
  if (call === null) return failure(null, new RpcError('invalidRequest', 'Invalid request'));
  const { id, method, params } = call;
  const run = Object.hasOwn(RPC_METHODS, method) ? RPC_METHODS[method] : undefined;
  let answer: object;
  try {
    if (run === undefined) throw new RpcError('methodNotFound', 'Method not found');
    answer = { jsonrpc: '2.0', result: run(context, params), id: id ?? null };
  } catch (cause) {
    answer = failure(id ?? null, cause, () =>
      context.log.error({ method, cause: String(cause) }, 'an RPC method failed'),
    );
  }
  // A call without an id is a notification, which gets no answer.
  return id === undefined ? null : answer;
}

/** The error answer; `report` is called for what no client caused. */
export function failure(id: CallId, cause: unknown, report: () => void = () => {}): object {
  if (cause instanceof RpcError) {
    const { code, message, data } = cause;
    return {
      jsonrpc: '2.0',
      error: { code, message, ...(data === undefined ? {} : { data }) },
      id,
    };
  }
  report();
  return {
    jsonrpc: '2.0',
    error: { code: RPC_ERROR_CODES.internalError, message: 'Internal error' },
    id,
  };
}
