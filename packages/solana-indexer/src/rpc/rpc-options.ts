// What a source over RPC is given, and the programs that it follows when nothing else is said.
import { type Address, parseAddress } from '@streamsync/domain';
import type { Log } from '@streamsync/runtime';

export interface RpcSourceOptions {
  /** JSON-RPC over HTTP. */
  readonly rpcUrl: string;
  /** PubSub over WebSocket; the polled source does not use it. */
  readonly wsUrl: string;
  /**
   * Whether the stream sends every change of a slot before the slot itself, as localnet does. Then
   * slots are STREAMED; otherwise the source polls, and slots are POLLED.
   */
  readonly completeStream: boolean;
  /** Programs to follow, beside the defaults of the streamed source. */
  readonly programs?: readonly Address[];
  /** Single addresses to follow. */
  readonly addresses?: readonly Address[];
  /** Whether blocks are read with their transactions; default true. Polled slots have none. */
  readonly transactions?: boolean;
  /** How far back history is fetched, in slots; default 20,000 (what localnet keeps). */
  readonly backfillSlotsMax?: number;
  /** Milliseconds between polls; default 2,000. */
  readonly pollMs?: number;
  readonly log: Log;
}

export const BACKFILL_SLOTS_DEFAULT = 20_000;
export const POLL_MS_DEFAULT = 2_000;

/**
 * Owners of everything that a chain begins with. Programs found among their accounts are followed
 * too, so that a stream that is complete covers every account there is.
 */
export const ROOT_PROGRAMS: readonly Address[] = [
  '11111111111111111111111111111111',
  'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
  'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb',
  'NativeLoader1111111111111111111111111111111',
  'BPFLoader1111111111111111111111111111111111',
  'BPFLoader2111111111111111111111111111111111',
  'BPFLoaderUpgradeab1e11111111111111111111111',
  'LoaderV411111111111111111111111111111111111',
  'Sysvar1111111111111111111111111111111111111',
  'Feature111111111111111111111111111111111111',
  'Config1111111111111111111111111111111111111',
].map(parseAddress);
