// What the archive's index takes of a slot, of its account writes and of a seal, and how an update
// becomes it.
import {
  addressBytes,
  type BlockRecord,
  type SlotUpdate,
  signatureBytes,
} from '@streamsync/domain';
import { encodeAccountItem, encodeBlockItem } from '@streamsync/wire';
import type { HistorySlot } from '../slot-store.ts';
import type { WriteStretch } from './history-types.ts';
import type { Segment } from './segment.ts';

export interface IndexedBlock {
  /** The canonical block. */
  readonly item: Uint8Array;
  /** By their place in the block. */
  readonly signatures: readonly Uint8Array[];
}

export interface IndexedWrite {
  readonly address: Uint8Array;
  /** The canonical account; canonical null closes it. */
  readonly item: Uint8Array;
}

export interface IndexedSlot {
  readonly slot: number;
  /** Null where the slot's transactions are not known as a whole. */
  readonly block: IndexedBlock | null;
  readonly writes: readonly IndexedWrite[];
  /** Whether the writes are a part of a snapshot of the slot. */
  readonly isSnapshot: boolean;
  /** Replaces the stretches in which account writes are known; null leaves them. */
  readonly stretches: readonly WriteStretch[] | null;
}

export interface SealedChange {
  readonly added: readonly { readonly segment: Segment; readonly slots: readonly number[] }[];
  readonly removed: readonly number[];
  /** Slots that no longer wait for a segment. */
  readonly sealed: readonly number[];
}

export const withoutAccounts = (update: SlotUpdate): SlotUpdate => ({ ...update, accounts: [] });

export function encodeWrite({ address, state }: SlotUpdate['accounts'][number]): IndexedWrite {
  return { address: addressBytes(address), item: encodeAccountItem(state) };
}

export function indexedBlock(update: HistorySlot): IndexedBlock {
  const { slot, parentSlot, blockhash, previousBlockhash, blockTimeSeconds, blockHeight } = update;
  const block: BlockRecord = {
    slot,
    parentSlot,
    blockhash,
    previousBlockhash,
    blockTimeSeconds,
    blockHeight,
    transactionCount: update.transactions.length,
  };
  return {
    item: Uint8Array.from(encodeBlockItem(block)),
    signatures: update.transactions.map(({ signature }) => signatureBytes(signature)),
  };
}
