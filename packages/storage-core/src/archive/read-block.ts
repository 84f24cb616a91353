// A block's transactions as the journal has them.
import type { TransactionRecord } from '@streamsync/domain';
import { decodeTransactionItem } from '@streamsync/wire';
import { slotOfNumber } from '../bytes.ts';
import type { TransactionStore } from '../transaction-store.ts';
import type { ArchiveIndex } from './archive-index.ts';

export interface BlockTransactions {
  readonly records: readonly TransactionRecord[];
  readonly signatures: readonly Uint8Array[];
}

/** Null where one of the `count` transactions is missing. */
export function readBlockTransactions(
  from: {
    readonly index: Pick<ArchiveIndex, 'signature'>;
    readonly transactions: Pick<TransactionStore, 'item'>;
  },
  slot: number,
  count: number,
): BlockTransactions | null {
  const records: TransactionRecord[] = [];
  const signatures: Uint8Array[] = [];
  for (let at = 0; at < count; at += 1) {
    const signature = from.index.signature(slot, at);
    if (signature === null) return null;
    const item = from.transactions.item(signature, slotOfNumber(slot));
    const record = item === 'notCovered' ? null : decodeTransactionItem(item);
    if (record === null) return null;
    records.push(record);
    signatures.push(signature);
  }
  return { records, signatures };
}
