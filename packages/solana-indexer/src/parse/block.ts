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

const BLOCKHASH = /"blockhash"\s*:\s*"([^"]*)"/;
const PREVIOUS = /"previousBlockhash"\s*:\s*"([^"]*)"/;
const PARENT_SLOT = /"parentSlot"\s*:\s*(\d{1,20})\b/;

/**
 * A block's place in the chain from the beginning of its JSON, without parsing it; null where that
 * does not stand before the transactions. @throws StreamSyncError SOURCE_FAILED as `readBlock`
 */
export function readBlockHead(
  text: string,
  slot: Slot,
): Pick<BlockRecord, 'slot' | 'parentSlot' | 'blockhash' | 'previousBlockhash'> | null {
  const end = /"(?:transactions|rewards|signatures)"\s*:/.exec(text)?.index;
  if (end === undefined) return null;
  const head = text.slice(0, end);
  const blockhash = BLOCKHASH.exec(head)?.[1];
  const previousBlockhash = PREVIOUS.exec(head)?.[1];
  const parentSlot = PARENT_SLOT.exec(head)?.[1];
  if (blockhash === undefined || previousBlockhash === undefined || parentSlot === undefined) {
    return null;
  }
  return {
    slot,
    parentSlot: slotOf(parentSlot, 'parentSlot'),
    blockhash: blockhashOf(blockhash, 'blockhash'),
    previousBlockhash: blockhashOf(previousBlockhash, 'previousBlockhash'),
  };
}
