// What a method of the RPC face is, and the reads that most methods start with.

import type { View } from '../chain/accounts.ts';
import type { Chain } from '../chain/chain.ts';
import type { Commitment } from '../chain/types.ts';
import type { Faucet } from '../faucet.ts';
import type { Log } from '../log.ts';
import { RpcError } from './errors.ts';
import { commitment, type Fields, optional, type Params, whole } from './params.ts';

export interface RpcContext {
  readonly chain: Chain;
  readonly faucet: Faucet;
  /** Base58 of this process's identity. */
  readonly identity: string;
  readonly log: Log;
}

/** Answers one call. @throws RpcError for everything that a client can get wrong */
export type RpcMethod = (context: RpcContext, params: Params) => unknown;
export type RpcMethods = Readonly<Record<string, RpcMethod>>;

export const API_VERSION = '3.1.8';

/** The state that a call reads, and the `context` that its answer states. */
export function readAt(
  chain: Chain,
  config: Fields,
): { readonly view: View; readonly context: { slot: number; apiVersion: string } } {
  const { view, slot } = chain.viewAt(commitment(config));
  checkMinContextSlot(slot, config);
  return { view, context: { slot, apiVersion: API_VERSION } };
}

/** The slot of a commitment, for calls that answer with a slot or a height. */
export function slotFor(chain: Chain, config: Fields): number {
  const slot = chain.slotAt(commitment(config));
  checkMinContextSlot(slot, config);
  return slot;
}

/** The commitment of a history call, which RPC refuses for the open slot. */
export function historyCommitment(config: Fields): Commitment {
  const level = commitment(config);
  if (level === 'processed') {
    throw new RpcError('invalidParams', 'Method does not support commitment below `confirmed`');
  }
  return level;
}

function checkMinContextSlot(slot: number, config: Fields): void {
  const slotMin = optional(config.minContextSlot, 'minContextSlot', whole);
  if (slotMin !== undefined && slot < slotMin) {
    throw new RpcError('minContextSlotNotReached', 'Minimum context slot has not been reached', {
      contextSlot: slot,
    });
  }
}
