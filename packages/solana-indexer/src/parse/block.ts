// RPC's getBlock result, with or without its transactions.
import type { Blockhash, Slot, TransactionRecord } from '@streamsync/domain';
import { blockhashOf, listOf, nullableOf, objectOf, secondsOf, slotOf, u64Of } from './guards.ts';
import { readTransaction } from './transaction.ts';

export interface BlockRecord {
  readonly slot: Slot;
  readonly parentSlot: Slot | null;
  readonly blockhash: Blockhash;
  /** Null in a block that was cut from its chain. */
  readonly previousBlockhash: Blockhash | null;
  /** Unix seconds; null in old blocks. */
  readonly blockTimeSeconds: bigint | null;
  /** Null in old blocks. */
  readonly blockHeight: bigint | null;
  /** Empty when the block was asked for without them. */
  readonly transactions: readonly TransactionRecord[];
}

/** @throws StreamSyncError SOURCE_FAILED with the field that is not of RPC's form */
export function readBlock(json: unknown, slot: Slot): BlockRecord {
  const block = objectOf(json, 'block');
  const blockTimeSeconds = nullableOf(block.blockTime, 'blockTime', secondsOf);
  const transactions = nullableOf(block.transactions, 'transactions', listOf) ?? [];
  return {
    slot,
    parentSlot: nullableOf(block.parentSlot, 'parentSlot', slotOf),
    blockhash: blockhashOf(block.blockhash, 'blockhash'),
    previousBlockhash: nullableOf(block.previousBlockhash, 'previousBlockhash', blockhashOf),
    blockTimeSeconds,
    blockHeight: nullableOf(block.blockHeight, 'blockHeight', u64Of),
    transactions: transactions.map((each, blockIndex) =>
      readTransaction(each, { slot, blockTimeSeconds, blockIndex }),
    ),
  };
}
