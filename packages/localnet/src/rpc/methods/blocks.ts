// RPC methods over closed blocks.
import type { Chain } from '../../chain/chain.ts';
import { blockEncoding, encodeBlock } from '../encode-block.ts';
import { RpcError } from '../errors.ts';
import { historyCommitment, type RpcMethods } from '../method.ts';
import { type Fields, fields, invalidRange, optional, whole } from '../params.ts';

/** RPC's limit on the range of getBlocks. */
const BLOCKS_RANGE_MAX = 500_000;

export const blockMethods: RpcMethods = {
  getBlock({ chain }, params) {
    const config =
      typeof params[1] === 'string' ? { encoding: params[1] } : fields(params[1], 'config');
    return encodeBlock(closedBlock(chain, whole(params[0], 'slot'), config), blockEncoding(config));
  },

  getBlockTime({ chain }, params) {
    return closedBlock(chain, whole(params[0], 'slot'), { commitment: 'confirmed' })
      .blockTimeSeconds;
  },

  getBlocks({ chain }, params) {
    const start = whole(params[0], 'startSlot');
    // The last slot may be left out, and the config then takes its place.
    const hasEnd = typeof params[1] === 'number';
    const config = fields(hasEnd || params[1] === null ? params[2] : params[1], 'config');
    const end = hasEnd ? whole(params[1], 'endSlot') : Number.MAX_SAFE_INTEGER;
    return slotRange(chain, start, end, config);
  },

  getBlocksWithLimit({ chain }, params) {
    const start = whole(params[0], 'startSlot');
    const limit = whole(params[1], 'limit');
    if (limit > BLOCKS_RANGE_MAX) throw invalidRange(BLOCKS_RANGE_MAX);
    return slotRange(chain, start, start + limit - 1, fields(params[2], 'config'));
  },
};

function slotRange(chain: Chain, start: number, end: number, config: Fields): number[] {
  const last = Math.min(end, chain.slotAt(historyCommitment(config)));
  const first = Math.max(start, chain.history.firstSlot ?? Number.MAX_SAFE_INTEGER);
  if (last < first) return [];
  if (last - first > BLOCKS_RANGE_MAX) throw invalidRange(BLOCKS_RANGE_MAX);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** @throws RpcError -32001 before the history, -32004 behind the commitment's slot */
function closedBlock(chain: Chain, slot: number, config: Fields) {
  optional(config.minContextSlot, 'minContextSlot', whole);
  const tip = chain.slotAt(historyCommitment(config));
  if (slot > tip) {
    throw new RpcError('blockNotAvailable', `Block not available for slot ${slot}`);
  }
  const block = chain.history.block(slot);
  if (block === null) {
    throw new RpcError(
      'blockCleanedUp',
      `Block ${slot} cleaned up, does not exist on node. First available block: ${chain.history.firstSlot ?? 0}`,
    );
  }
  return block;
}
