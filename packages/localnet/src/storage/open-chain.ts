// Makes the chain: a fresh one in memory, or the one that a folder holds. The folder has
// genesis.json (the genesis hash, fixed for good), snapshot.bin (the accounts of one slot) and the
// slot log (every slot of the history; those after the snapshot are applied to it).

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  type AccountState,
  type Blockhash,
  blockhashFromBytes,
  parseAddress,
} from '@streamsync/domain';
import { makeFolder } from '@streamsync/runtime';
import { Chain } from '../chain/chain.ts';
import { faucetGenesisAccount } from '../faucet.ts';
import type { Log } from '../log.ts';
import { onFiles, readIfThere, replaceFile } from './files.ts';
import { SEGMENT_SLOTS, SlotLog } from './slot-log.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';

export interface OpenChainOptions {
  readonly dir: string | null;
  readonly nowMs: () => number;
  readonly log: Log;
}

export interface OpenChain {
  readonly chain: Chain;
  /** Saves the state of the last closed slot. */
  close(): void;
}

/** @throws StreamSyncError FOLDER_NOT_WRITABLE, DISK_FULL, STORE_FAILED */
export function openChain({ dir, nowMs, log }: OpenChainOptions): OpenChain {
  if (dir === null) {
    const chain = freshChain(blockhashFromBytes(randomBytes(32)), nowMs);
    chain.start();
    return { chain, close: () => {} };
  }
  return onFiles(dir, () => {
    makeFolder(dir);
    const snapshotPath = join(dir, 'snapshot.bin');
    const slotLog = new SlotLog(dir);
    const chain = freshChain(readOrMakeGenesis(join(dir, 'genesis.json')), nowMs);
    restore(chain, snapshotPath, slotLog);
    chain.start();
    log.info(
      { dir, slot: chain.slotAt('processed'), accounts: chain.accounts.size },
      'opened the chain',
    );

    const save = () => {
      const slot = chain.slotAt('confirmed');
      // The log first: a snapshot must never be ahead of it.
      slotLog.sync();
      writeSnapshot(snapshotPath, { slot, accounts: chain.accounts.changed() });
      slotLog.dropBefore(Math.min(slot, chain.history.firstSlot ?? slot));
    };
    chain.onEvents({
      executed: () => {},
      slotClosed: (closed) =>
        onFiles(dir, () => {
          slotLog.append(closed);
          if (closed.block.slot % SEGMENT_SLOTS === 0) save();
        }),
    });
    return {
      chain,
      close: () =>
        onFiles(dir, () => {
          save();
          slotLog.close();
        }),
    };
  });
}

function freshChain(genesisHash: Blockhash, nowMs: () => number): Chain {
  const genesisAccounts = [faucetGenesisAccount(genesisHash)];
  return new Chain({ genesisHash, genesisAccounts, nowMs });
}

function readOrMakeGenesis(path: string): Blockhash {
  const saved = readIfThere(path);
  if (saved !== null) {
    const { genesisHash } = JSON.parse(saved.toString('utf8')) as { genesisHash: string };
    return parseAddress(genesisHash) as string as Blockhash;
  }
  const genesisHash = blockhashFromBytes(randomBytes(32));
  replaceFile(path, [Buffer.from(`${JSON.stringify({ genesisHash })}\n`)]);
  return genesisHash;
}

function restore(chain: Chain, snapshotPath: string, slotLog: SlotLog): void {
  const snapshot = readSnapshot(snapshotPath);
  for (const [address, state] of snapshot?.accounts ?? [])
    chain.accounts.restore(address, copyOf(state));
  const snapshotSlot = snapshot?.slot ?? 0;
  let slotLast: number | null = null;
  for (const { block, writes } of slotLog.read()) {
    const expected = slotLast === null ? null : slotLast + 1;
    const isGap = expected === null ? block.slot > snapshotSlot + 1 : block.slot !== expected;
    if (isGap) throw new Error(`slot ${expected ?? snapshotSlot + 1} is missing from the slot log`);
    chain.restoreBlock(block);
    slotLast = block.slot;
    if (block.slot <= snapshotSlot) continue;
    for (const [address, state] of writes) chain.accounts.restore(address, state && copyOf(state));
  }
  if ((slotLast ?? 0) < snapshotSlot) throw new Error('the slot log ends before the snapshot');
}

/** Data read by node:v8 is a view that would keep the whole file in memory. */
function copyOf(state: AccountState): AccountState {
  return { ...state, data: state.data.slice() };
}
