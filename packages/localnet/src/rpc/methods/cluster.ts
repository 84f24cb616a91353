// RPC methods about the cluster itself: health, slots, epochs, supply.
import { SLOTS_PER_EPOCH } from '../../chain/svm.ts';
import { API_VERSION, type RpcMethods, readAt, slotFor } from '../method.ts';
import { address, boolean, fields, list, optional } from '../params.ts';

/** RPC's limit on addresses of getRecentPrioritizationFees. */
const FEE_ADDRESSES_MAX = 128;

export const clusterMethods: RpcMethods = {
  getHealth: () => 'ok',
  getVersion: () => ({ 'solana-core': API_VERSION, 'feature-set': 0 }),
  getGenesisHash: ({ chain }) => chain.genesisHash,
  getIdentity: ({ identity }) => ({ identity }),
  getSlot: ({ chain }, params) => slotFor(chain, fields(params[0], 'config')),
  // Every slot has a block, so heights are slots.
  getBlockHeight: ({ chain }, params) => slotFor(chain, fields(params[0], 'config')),
  getTransactionCount: ({ chain }) => chain.transactionCount,
  getFirstAvailableBlock: ({ chain }) => chain.history.firstSlot ?? 0,
  minimumLedgerSlot: ({ chain }) => chain.history.firstSlot ?? 0,
  getSlotLeader: ({ identity }) => identity,
  getClusterNodes: () => [],
  getVoteAccounts: () => ({ current: [], delinquent: [] }),

  getEpochSchedule: () => ({
    slotsPerEpoch: SLOTS_PER_EPOCH,
    leaderScheduleSlotOffset: SLOTS_PER_EPOCH,
    warmup: false,
    firstNormalEpoch: 0,
    firstNormalSlot: 0,
  }),

  getEpochInfo({ chain }, params) {
    const slot = slotFor(chain, fields(params[0], 'config'));
    return {
      absoluteSlot: slot,
      blockHeight: slot,
      epoch: Math.floor(slot / SLOTS_PER_EPOCH),
      slotIndex: slot % SLOTS_PER_EPOCH,
      slotsInEpoch: SLOTS_PER_EPOCH,
      transactionCount: chain.transactionCount,
    };
  },

  getLatestBlockhash({ chain }, params) {
    const { context } = readAt(chain, fields(params[0], 'config'));
    return { context, value: chain.latestBlockhash() };
  },

  isBlockhashValid({ chain }, params) {
    const { context } = readAt(chain, fields(params[1], 'config'));
    const value = chain.isBlockhashGood(address(params[0], 'blockhash') as never);
    return { context, value };
  },

  getSupply({ chain }, params) {
    const config = fields(params[0], 'config');
    const { context } = readAt(chain, config);
    optional(
      config.excludeNonCirculatingAccountsList,
      'excludeNonCirculatingAccountsList',
      boolean,
    );
    const total = chain.accounts.totalLamports();
    return {
      context,
      value: {
        total,
        circulating: total,
        nonCirculating: 0,
        nonCirculatingAccounts: [],
      },
    };
  },

  getRecentPrioritizationFees({ chain }, params) {
    for (const entry of list(params[0] ?? [], 'addresses', FEE_ADDRESSES_MAX)) {
      address(entry, 'address');
    }
    // Blocks are never full, so the smallest fee that lands is none.
    const tip = chain.slotAt('confirmed');
    const first = Math.max(chain.history.firstSlot ?? tip, tip - 149);
    return Array.from({ length: tip - first + 1 }, (_, index) => ({
      slot: first + index,
      prioritizationFee: 0,
    }));
  },
};
