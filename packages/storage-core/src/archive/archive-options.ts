// What an archive's store is opened with, and what it says of itself.
import type { Blockhash } from '@streamsync/domain';
import type { Log } from '@streamsync/runtime';
import type { ChainStoreStats } from '../chain-store.ts';

export interface ArchiveStoreOptions {
  readonly folder: string;
  readonly genesisHash: Blockhash;
  readonly windowSlots?: number;
  /** Whether the source's account writes are all there are, so that they are history. */
  readonly keepsAccountWrites: boolean;
  /** Whether an address that no write named is known not to exist. */
  readonly absentIsKnown: (address: Uint8Array) => boolean;
  readonly log: Log;
}

export interface ArchiveStats extends ChainStoreStats {
  readonly segments: number;
  readonly blocksInMemory: number;
  readonly damagedSegments: number;
}
