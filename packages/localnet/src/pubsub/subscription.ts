// What a subscription is: something that turns a closed slot, or a transaction of the open one, into
// notifications. One file beside this one makes each kind from its parameters.
import type { Chain } from '../chain/chain.ts';
import type { ClosedSlot, ExecutedTransaction } from '../chain/types.ts';
import type { Params } from '../rpc/params.ts';

export interface Subscription {
  /** The method of its notifications, e.g. 'accountNotification'. */
  readonly notification: string;
  /**
   * Results for a slot that closed. Kinds with `stage` 'state' are all sent before those with
   * 'slot', which tell that the slot is complete.
   */
  readonly stage: 'state' | 'slot';
  onSlotClosed?(closed: ClosedSlot): readonly unknown[];
  /** Results for a transaction at once, when it runs. */
  onExecuted?(transaction: ExecutedTransaction, slot: number): readonly unknown[];
  /** Results to send right after the subscription was confirmed. */
  onSubscribed?(): readonly unknown[];
  /** Whether it has said all that it will ever say, and ends by itself. */
  isDone?(): boolean;
}

/** @throws RpcError when the parameters do not fit */
export type Subscribe = (chain: Chain, params: Params) => Subscription;
