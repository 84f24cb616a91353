// Whether the chain of an RPC server still has what was applied before: asked when a source begins,
// since forks are not told of while nobody listens. A server that is behind, or whose history begins
// later than a pin, says nothing against that pin.
import type { Pin, Slot } from '@streamsync/domain';
import { newestStanding } from '../linking/newest-standing.ts';
import { isBlockCleanedUp, isBlockMissing, type RpcHttpClient } from './http-client.ts';
import { readBlockNow, readSlot } from './read-chain.ts';

/**
 * The slot to roll back to, null where everything stands. Where no pin stands it is 0, which no store
 * can undo to: the asker begins anew. @throws StreamSyncError SOURCE_FAILED
 */
export async function forkBelow(
  rpc: RpcHttpClient,
  pins: readonly Pin[],
  signal: AbortSignal,
): Promise<Slot | null> {
  if (pins.length === 0) return null;
  const tip = await readSlot(rpc, signal);
  const asked = pins.filter(({ slot }) => slot <= tip);
  const hashes = new Map(asked.map(({ slot, blockhash }) => [slot, blockhash]));
  const standing = await newestStanding(asked, async (slot) => {
    try {
      return (await readBlockNow(rpc, slot, { transactions: false, signal })).blockhash;
    } catch (error) {
      if (isBlockMissing(error)) return null;
      if (isBlockCleanedUp(error)) return hashes.get(slot) ?? null;
      throw error;
    }
  });
  if (standing === 'empty' || (standing !== 'none' && standing.slot === asked[0]?.slot))
    return null;
  return standing === 'none' ? (0n as Slot) : standing.slot;
}
