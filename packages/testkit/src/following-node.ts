// A speed node with a fault that follows a real chain over RPC: its store is the real one and its
// answers are right until the fault spoils them, so that a network in use can be given a liar.
import { addressBytes, type Slot } from '@streamsync/domain';
import { silentLog } from '@streamsync/runtime';
import { createRpcSource } from '@streamsync/solana-indexer';
import { ChainStore, isMiss } from '@streamsync/storage-core';
import {
  type Call,
  decodeAddressArguments,
  equalBytes,
  HEARTBEAT_PINS_MAX,
} from '@streamsync/wire';
import type { Fault } from './faults.ts';
import { type FaultyNode, startFaultyNode } from './faulty-node.ts';

export interface FollowingNodeOptions {
  readonly fault: Fault;
  readonly operator: string;
  readonly rpcUrl: string;
  readonly wsUrl: string;
  /** For the answers of a slow node. */
  readonly lateMs?: number;
}

export interface FollowingNode {
  readonly node: FaultyNode;
  stop(): Promise<void>;
}

/** Resolves when it has caught up with the chain. */
export async function startFollowingNode(options: FollowingNodeOptions): Promise<FollowingNode> {
  const { rpcUrl, wsUrl } = options;
  const aborter = new AbortController();
  const { signal } = aborter;
  const source = createRpcSource({ rpcUrl, wsUrl, completeStream: true, log: silentLog });
  const { genesisHash } = await source.genesis(signal);
  const store = ChainStore.open({
    genesisHash,
    folder: null,
    keeps: { accounts: true, transactions: false },
  });
  const node = await startFaultyNode({
    fault: options.fault,
    operator: options.operator,
    specialisation: 'speed',
    genesisHash: addressBytes(genesisHash),
    ...(options.lateMs === undefined ? {} : { lateMs: options.lateMs }),
    pins: () =>
      store.timeline
        .applied()
        .slice(-HEARTBEAT_PINS_MAX)
        .map(({ slot, blockhash }) => ({ slot, blockhash: addressBytes(blockhash) })),
    answer: (call) => answerFrom(store, call),
  });
  const caughtUp = Promise.withResolvers<void>();
  const following = (async () => {
    for await (const event of source.events({ signal, cursor: null })) {
      if (event.kind === 'snapshot') await store.addSnapshot(event.slot, event.accounts);
      else if (event.kind === 'snapshotEnd') await store.endSnapshot(event.update);
      else if (event.kind === 'slot') await store.applySlot(event.update);
      else if (event.kind === 'caughtUp') caughtUp.resolve();
      if (event.kind === 'slot' || event.kind === 'snapshotEnd') node.slotApplied();
    }
  })();
  following.catch((error: unknown) => caughtUp.reject(error));
  await caughtUp.promise;
  return {
    node,
    stop: async () => {
      aborter.abort();
      await following.catch(() => {});
      await node.stop();
      await store.close();
    },
  };
}

function answerFrom(store: ChainStore, call: Call) {
  const refused = (code: 'SLOT_NOT_AVAILABLE' | 'UNKNOWN_OPERATION') =>
    ({ kind: 'error', code, message: 'not here' }) as const;
  if (call.operation !== 'account.get') return refused('UNKNOWN_OPERATION');
  const applied = store.timeline.at(call.slot as Slot);
  if (applied === null || !equalBytes(addressBytes(applied.blockhash), call.blockhash)) {
    return refused('SLOT_NOT_AVAILABLE');
  }
  const items: Uint8Array[] = [];
  for (const item of call.items) {
    const found = store.accounts.item(decodeAddressArguments(item), applied.slot);
    if (isMiss(found)) return refused('SLOT_NOT_AVAILABLE');
    items.push(Uint8Array.from(found));
  }
  return { kind: 'items' as const, items };
}
