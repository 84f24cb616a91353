// The RPC calls of a source, each as typed values.

import { setTimeout as wait } from 'node:timers/promises';
import {
  type AccountWrite,
  type Address,
  type Blockhash,
  parseSlot,
  type Slot,
} from '@streamsync/domain';
import type { Genesis } from '../chain-source.ts';
import { readAccountOrClosed, readKeyedAccount } from '../parse/account.ts';
import { type BlockRecord, readBlock } from '../parse/block.ts';
import { blockhashOf, listOf, objectOf, slotOf } from '../parse/guards.ts';
import { isBlockCleanedUp, isBlockMissing, type RpcHttpClient } from './http-client.ts';

/** State is read as the last closed slot left it: what a confirmed slot left no longer changes. */
export const COMMITMENT = 'confirmed';
/** RPC's limit on addresses of one getMultipleAccounts. */
const ADDRESSES_MAX = 100;
/** A slot is announced a moment before some servers serve its block. */
const BLOCK_TRIES = 40;
const BLOCK_RETRY_MS = 50;
/** RPC's limit on the range of getBlocks. */
const BLOCKS_RANGE_MAX = 500_000n;

/** Accounts as of one slot. */
export interface AccountsAtSlot {
  readonly slot: Slot;
  readonly accounts: readonly AccountWrite[];
}

export async function readProgram(
  rpc: RpcHttpClient,
  program: Address,
  signal: AbortSignal,
): Promise<AccountsAtSlot> {
  const answer = objectOf(
    await rpc.call(
      'getProgramAccounts',
      [program, { encoding: 'base64', commitment: COMMITMENT, withContext: true }],
      signal,
    ),
    'getProgramAccounts',
  );
  return {
    slot: slotOf(objectOf(answer.context, 'context').slot, 'slot'),
    accounts: listOf(answer.value, 'accounts').map(readKeyedAccount),
  };
}

/** Up to `ADDRESSES_MAX` addresses a part; those without an account have the state null. */
export async function readAddresses(
  rpc: RpcHttpClient,
  addresses: readonly Address[],
  signal: AbortSignal,
): Promise<AccountsAtSlot[]> {
  const parts: Address[][] = [];
  for (let start = 0; start < addresses.length; start += ADDRESSES_MAX) {
    parts.push(addresses.slice(start, start + ADDRESSES_MAX));
  }
  return Promise.all(
    parts.map(async (part) => {
      const answer = objectOf(
        await rpc.call(
          'getMultipleAccounts',
          [part, { encoding: 'base64', commitment: COMMITMENT }],
          signal,
        ),
        'getMultipleAccounts',
      );
      const values = listOf(answer.value, 'accounts');
      return {
        slot: slotOf(objectOf(answer.context, 'context').slot, 'slot'),
        accounts: part.map((address, index) => ({
          address,
          state: values[index] === null ? null : readAccountOrClosed(values[index]),
        })),
      };
    }),
  );
}

/** The newest slot that the server serves. */
export async function readSlot(rpc: RpcHttpClient, signal: AbortSignal): Promise<Slot> {
  return slotOf(await rpc.call('getSlot', [{ commitment: COMMITMENT }], signal), 'slot');
}

/** The block of a slot as the server has it now. @throws SOURCE_FAILED, also where it has none */
export async function readBlockNow(
  rpc: RpcHttpClient,
  slot: Slot,
  options: { readonly transactions: boolean; readonly signal: AbortSignal },
): Promise<BlockRecord> {
  return readBlock(await callGetBlock(rpc, slot, options), slot);
}

/**
 * The block of a slot that was announced. A server that serves a higher slot and not this one, twice
 * in a row, has none: the slot is on a fork that the chain left, or never was.
 * @throws SOURCE_FAILED when it does not come
 */
export async function readBlockOf(
  rpc: RpcHttpClient,
  slot: Slot,
  options: { readonly transactions: boolean; readonly signal: AbortSignal },
): Promise<BlockRecord> {
  let wasPassed = false;
  for (let tries = 1; ; tries += 1) {
    try {
      return await readBlockNow(rpc, slot, options);
    } catch (error) {
      if (!isBlockMissing(error) || tries >= BLOCK_TRIES || wasPassed) throw error;
      wasPassed = (await readSlot(rpc, options.signal)) > slot;
      await wait(BLOCK_RETRY_MS, undefined, { signal: options.signal });
    }
  }
}

/** A block of the history; null when the server no longer has it. */
export async function readOldBlock(
  rpc: RpcHttpClient,
  slot: Slot,
  signal: AbortSignal,
): Promise<BlockRecord | null> {
  try {
    return readBlock(await callGetBlock(rpc, slot, { transactions: true, signal }), slot);
  } catch (error) {
    if (isBlockMissing(error) || isBlockCleanedUp(error)) return null;
    throw error;
  }
}

function callGetBlock(
  rpc: RpcHttpClient,
  slot: Slot,
  options: { readonly transactions: boolean; readonly signal: AbortSignal },
): Promise<unknown> {
  const config = {
    encoding: 'base64',
    commitment: COMMITMENT,
    maxSupportedTransactionVersion: 0,
    transactionDetails: options.transactions ? 'full' : 'none',
    rewards: false,
  };
  return rpc.call('getBlock', [Number(slot), config], options.signal);
}

/** Slots with a block, ascending. */
export async function readSlots(
  rpc: RpcHttpClient,
  range: { readonly slotFirst: Slot; readonly slotLast: Slot },
  signal: AbortSignal,
): Promise<Slot[]> {
  const slots: Slot[] = [];
  for (let from: bigint = range.slotFirst; from <= range.slotLast; ) {
    const end = from + BLOCKS_RANGE_MAX - 1n;
    const to = end < range.slotLast ? end : range.slotLast;
    const answer = await rpc.call(
      'getBlocks',
      [Number(from), Number(to), { commitment: COMMITMENT }],
      signal,
    );
    for (const slot of listOf(answer, 'slots')) slots.push(slotOf(slot, 'slot'));
    from = to + 1n;
  }
  return slots;
}

export async function readFirstAvailableSlot(
  rpc: RpcHttpClient,
  signal: AbortSignal,
): Promise<Slot> {
  return slotOf(await rpc.call('getFirstAvailableBlock', [], signal), 'slot');
}

export async function readGenesisHash(rpc: RpcHttpClient, signal: AbortSignal): Promise<Blockhash> {
  return blockhashOf(await rpc.call('getGenesisHash', [], signal), 'genesis hash');
}

/** The genesis, and whether the server's history begins with it: slot 0 or 1 has its first block. */
export async function readGenesis(rpc: RpcHttpClient, signal: AbortSignal): Promise<Genesis> {
  const [genesisHash, slotFirst] = await Promise.all([
    readGenesisHash(rpc, signal),
    readFirstAvailableSlot(rpc, signal),
  ]);
  return { genesisHash, slotFirst: slotFirst <= 1n ? parseSlot(slotFirst) : null };
}
