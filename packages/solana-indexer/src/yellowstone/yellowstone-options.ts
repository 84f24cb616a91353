// What a source over Yellowstone gRPC is given.
import type { Address } from '@streamsync/domain';
import type { Log } from '@streamsync/runtime';

export interface YellowstoneSourceOptions {
  /** http:// or https://, as providers give it. */
  readonly url: string;
  /** The provider's token; shown nowhere. */
  readonly xToken?: string;
  /** JSON-RPC of the same cluster: genesis, snapshots and history. */
  readonly rpcUrl: string;
  /**
   * Whether every account of the chain is streamed, as localnet and servers of one's own allow. Slots
   * are STREAMED then; otherwise what is declared is followed, and slots are POLLED, because a stream
   * by owners does not tell of an account that moves to another owner.
   */
  readonly everyAccount: boolean;
  readonly programs?: readonly Address[];
  readonly addresses?: readonly Address[];
  /** Whether slots carry their transactions; default true. */
  readonly transactions?: boolean;
  /** How far back history is fetched, in slots; default 20,000. */
  readonly backfillSlotsMax?: number;
  /** Milliseconds without a new slot after which a stream is tried anew; default 30,000. */
  readonly silentMs?: number;
  /** Milliseconds for which parts of a slot, or its parent, are waited for; default 2,000. */
  readonly reorderMs?: number;
  readonly log: Log;
}

/** A chain makes a slot every 0.4 s: a stream that tells of none for so long is tried anew. */
export const SILENT_MS_DEFAULT = 30_000;
/** Servers send the parts of a slot within milliseconds. */
export const REORDER_MS_DEFAULT = 2_000;
