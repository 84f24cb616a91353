// One PubSub socket: its subscriptions and what is waiting to be sent. A reader that does not keep
// up is closed with a reason, because a follower that misses a notification would be wrong for good.
import type { RawData, WebSocket } from 'ws';
import type { Chain } from '../chain/chain.ts';
import { failure, readCall } from '../rpc/dispatch.ts';
import { invalidParams, RpcError } from '../rpc/errors.ts';
import { stringifyRpc } from '../rpc/json.ts';
import { whole } from '../rpc/params.ts';
import { accountSubscribe, programSubscribe } from './accounts.ts';
import { rootSubscribe, slotSubscribe } from './slots.ts';
import type { Subscribe, Subscription } from './subscription.ts';
import { blockSubscribe, logsSubscribe, signatureSubscribe } from './transactions.ts';

/** Bytes that may wait for a slow reader: some seconds of full blocks. */
export const QUEUED_BYTES_MAX = 32 * 1024 * 1024;
/** A follower of single accounts needs many; beyond this one connection would slow every slot. */
export const SUBSCRIPTIONS_MAX = 10_000;
/** WebSocket's code for a policy violation (RFC 6455 §7.4.1). */
const CLOSE_POLICY = 1_008;
/** Time for a slow reader to receive the reason. */
const SLOW_CLOSE_MS = 5_000;

const KINDS: Readonly<Record<string, Subscribe>> = {
  account: accountSubscribe,
  block: blockSubscribe,
  logs: logsSubscribe,
  program: programSubscribe,
  root: rootSubscribe,
  signature: signatureSubscribe,
  slot: slotSubscribe,
};

export interface ConnectionOptions {
  readonly chain: Chain;
  /** Ids are unique within the server, as on a validator. */
  readonly nextId: () => number;
  readonly queuedBytesMax: number;
  readonly onSlow: (queuedBytes: number) => void;
}

export class Connection {
  readonly #socket: WebSocket;
  readonly #options: ConnectionOptions;
  #subscriptions = new Map<number, { kind: string; subscription: Subscription }>();

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size;
  }

  /** Sends what the subscriptions of one stage have to say. */
  notify(
    results: (subscription: Subscription) => readonly unknown[],
    stage?: Subscription['stage'],
  ): void {
    for (const [id, { subscription }] of this.#subscriptions) {
      if (stage !== undefined && subscription.stage !== stage) continue;
      this.#deliver(id, subscription, results(subscription));
    }
  }

  onMessage(data: RawData): void {
    let request: unknown;
    try {
      request = JSON.parse(data.toString());
    } catch {
      this.#send(failure(null, new RpcError('parseError', 'Parse error')));
      return;
    }
    const call = readCall(request);
    if (call === null) {
      this.#send(failure(null, new RpcError('invalidRequest', 'Invalid request')));
      return;
    }
    const id = call.id ?? null;
    try {
      this.#call(id, call.method, call.params);
    } catch (cause) {
      this.#send(failure(id, cause));
    }
  }

  #call(id: string | number | null, method: string, params: readonly unknown[]): void {
    const [, kind = '', verb] = /^([a-z]+)(Subscribe|Unsubscribe)$/.exec(method) ?? [];
    if (!Object.hasOwn(KINDS, kind)) throw new RpcError('methodNotFound', 'Method not found');
    if (verb === 'Unsubscribe') {
      const subscriptionId = whole(params[0], 'subscription');
      if (this.#subscriptions.get(subscriptionId)?.kind !== kind) {
        throw invalidParams('Invalid subscription id.');
      }
      this.#subscriptions.delete(subscriptionId);
      this.#send({ jsonrpc: '2.0', result: true, id });
      return;
    }
    if (this.#subscriptions.size >= SUBSCRIPTIONS_MAX) {
      throw new RpcError(
        'internalError',
        `A connection has at most ${SUBSCRIPTIONS_MAX} subscriptions`,
      );
    }
    const subscription = KINDS[kind]?.(this.#options.chain, params);
    if (subscription === undefined) throw new RpcError('methodNotFound', 'Method not found');
    const subscriptionId = this.#options.nextId();
    this.#subscriptions.set(subscriptionId, { kind, subscription });
    this.#send({ jsonrpc: '2.0', result: subscriptionId, id });
    this.#deliver(subscriptionId, subscription, subscription.onSubscribed?.() ?? []);
  }

  #deliver(id: number, subscription: Subscription, results: readonly unknown[]): void {
    for (const result of results) {
      this.#send({
        jsonrpc: '2.0',
        method: subscription.notification,
        params: { result, subscription: id },
      });
    }
    if (subscription.isDone?.()) this.#subscriptions.delete(id);
  }

  #send(message: object): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(stringifyRpc(message));
    const queued = this.#socket.bufferedAmount;
    if (queued <= this.#options.queuedBytesMax) return;
    this.#subscriptions.clear();
    this.#options.onSlow(queued);
    this.#socket.close(CLOSE_POLICY, 'reading too slowly: too many notifications are waiting');
    // A reader that reads nothing never sees the close frame, so the socket goes after a moment.
    setTimeout(() => this.#socket.terminate(), SLOW_CLOSE_MS).unref();
  }
}
