// The one subscription of a source: accounts, transactions, block messages and slot statuses at
// 'confirmed', which is what stores apply.

import type { Slot } from '@streamsync/domain';
import type { CommitmentLevel, SubscribeRequest } from '@triton-one/yellowstone-grpc';
import type { YellowstoneSourceOptions } from './yellowstone-options.ts';

const ANY = { account: [], owner: [], filters: [] };

export function subscribeRequest(
  { everyAccount, programs = [], addresses = [] }: YellowstoneSourceOptions,
  options: { readonly commitment: CommitmentLevel; readonly fromSlot: Slot | null },
): SubscribeRequest {
  return {
    accounts: everyAccount
      ? { every: ANY }
      : {
          ...(programs.length === 0 ? {} : { programs: { ...ANY, owner: [...programs] } }),
          ...(addresses.length === 0 ? {} : { addresses: { ...ANY, account: [...addresses] } }),
        },
    // Failed ones and votes too: a block states how many it has of all of them.
    transactions: { all: { accountInclude: [], accountExclude: [], accountRequired: [] } },
    slots: { settled: { filterByCommitment: true } },
    blocksMeta: { blocks: {} },
    transactionsStatus: {},
    blocks: {},
    entry: {},
    accountsDataSlice: [],
    commitment: options.commitment,
    ...(options.fromSlot === null ? {} : { fromSlot: String(options.fromSlot) }),
  };
}
