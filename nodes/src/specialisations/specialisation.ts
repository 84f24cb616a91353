// What a specialisation is to the rest of a node: a store that applies slots, and operations that
// answer from it at the pin. A new one is a folder beside these and a line in index.ts.
import type {
  Blockhash,
  ErrorCode,
  HistoryRange,
  OperationName,
  Slot,
  Specialisation,
} from '@streamsync/domain';
import type { Log } from '@streamsync/runtime';
import type { SourceCoverage } from '@streamsync/solana-indexer';
import type { ChainStore, SlotStore } from '@streamsync/storage-core';

/**
 * Answers one item of a call as of `slot`, which the node has applied: canonical bytes, or the code
 * of the error that answers the whole call. The bytes may be the store's own, and are valid until
 * it applies the next slot. @throws StreamSyncError MALFORMED_MESSAGE where the arguments are none
 */
export type AnswerItem = (item: Uint8Array, slot: Slot) => Uint8Array | ErrorCode;

/** The same for what cannot be answered at once: its bytes are its own, and stay valid. */
export type AnswerItemLater = (item: Uint8Array, slot: Slot) => Promise<Uint8Array | ErrorCode>;

/** A store as a node needs it, whatever it keeps. */
export type NodeStore = SlotStore & Pick<ChainStore, 'timeline' | 'transactions' | 'stats'>;

export interface SpecialisedStore {
  /** What applies, journals and holds. */
  readonly chain: NodeStore;
  /** Whether it keeps transactions, so that a source fetches the history that it lacks. */
  readonly keepsTransactions: boolean;
  readonly operations: Readonly<Partial<Record<OperationName, AnswerItem>>>;
  /** Operations that are answered later than in the tick that asked. */
  readonly operationsLater?: Readonly<Partial<Record<OperationName, AnswerItemLater>>>;
  /** The oldest slot that it can answer for; null before the first slot. */
  historySlotFirst(): Slot | null;
  /** The stretches of history that it can answer about, ascending; empty where it keeps none. */
  historyRanges(): readonly HistoryRange[];
}

export interface StoreOptions {
  /** The folder of the store's journal. */
  readonly folder: string;
  /** The cluster: a journal of another one is refused. */
  readonly genesisHash: Blockhash;
  readonly coverage: SourceCoverage;
  readonly log?: Log;
}

export interface SpecialisationDefinition {
  readonly name: Specialisation;
  /**
   * Opens the store as of the last slot that its journal committed.
   * @throws StreamSyncError FOLDER_NOT_WRITABLE, DISK_FULL, STORE_FAILED
   */
  openStore(options: StoreOptions): SpecialisedStore;
}
