// What the ingest needs of a store, whatever it keeps: slots go in exactly once and in order, and come
// out again when the chain turns out to have gone another way. Invariant: readers and the disk see a
// slot, a rollback or a forgetting whole or not at all, also across kill -9.
import type { Address, Pin, Slot, SlotUpdate } from '@streamsync/domain';

/** A block's transactions, of a slot whose account writes were missed or are not wanted. */
export type HistorySlot = Omit<SlotUpdate, 'accounts'>;

export interface SlotStore {
  /** The last applied slot, behind which a source resumes; null before the first. */
  readonly cursor: Slot | null;

  /** Up to `count` applied slots with their blockhashes, newest first: where a source looks for the fork. */
  recentPins(count: number): Pin[];

  /** Owners of the accounts that exist at the tip; none where it keeps no accounts. */
  owners(): Address[];

  /** Whether the history holds the slot, so that a source need not fetch it again. */
  holdsHistory(slot: Slot): boolean;

  /**
   * Applies a slot. Readers see it when the promise resolves, which waits for room in the disk's
   * queue. A slot that is applied already changes nothing. A slot at or below the tip of another
   * blockhash, or whose parent is an applied slot below the tip, first undoes what is above its parent.
   * @throws StreamSyncError DISK_FULL, STORE_FAILED; FORK_TOO_DEEP where what it replaces can no longer
   * be undone: then `forgetAccounts` and a snapshot
   */
  applySlot(update: SlotUpdate): Promise<void>;

  /** Keeps the block and the transactions of a slot that is not applied. @throws as `applySlot` */
  applyHistory(history: HistorySlot): Promise<void>;

  /**
   * Takes a part of a snapshot of `slot`, which is above the tip: the state of every covered account,
   * in any number of parts. Until `endSnapshot` readers see the slots applied before.
   */
  addSnapshot(slot: Slot, accounts: SlotUpdate['accounts']): Promise<void>;

  /** Ends the snapshot: what it did not name no longer exists, and its slot becomes readable. */
  endSnapshot(update: SlotUpdate): Promise<void>;

  /**
   * Undoes everything above `slot`, on disk when the promise resolves; a snapshot that was begun is
   * given up. True where nothing above `slot` is left; false, and nothing is changed, where `slot` is
   * below what can be undone.
   */
  rollback(slot: Slot): Promise<boolean>;

  /**
   * Forgets the accounts and the applied slots, so that `cursor` is null and a snapshot can follow; of
   * history what finality has not settled. On disk when the promise resolves.
   */
  forgetAccounts(): Promise<void>;

  /** Resolves when everything applied so far is on disk. @throws StreamSyncError DISK_FULL, STORE_FAILED */
  flush(): Promise<void>;

  close(): Promise<void>;
}
