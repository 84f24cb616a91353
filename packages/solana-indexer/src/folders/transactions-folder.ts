// A folder of getTransaction results in any encoding, and of Plerkle's geyser views.
import type { Signature, Slot, TransactionRecord } from '@streamsync/domain';
import { isPlerkleView, readPlerkleView, readTransactionResult } from '../parse/transaction.ts';
import { type FeedFile, jsonStem, readJsonFile } from './feed-files.ts';
import type { FeedReport } from './feed-report.ts';

/** Transactions by slot; of several files of one signature the first that states its outcome. */
export function readTransactionsFolder(
  files: readonly FeedFile[],
  report: FeedReport,
): ReadonlyMap<Slot, readonly TransactionRecord[]> {
  const records = new Map<Signature, TransactionRecord>();
  for (const { path } of files) {
    const stem = jsonStem(path);
    if (stem === 'manifest') continue;
    if (stem === null) {
      report.skipped(path, 'no JSON');
      continue;
    }
    try {
      const json = readJsonFile(path);
      const record = isPlerkleView(json) ? readPlerkleView(json) : readTransactionResult(json);
      const held = records.get(record.signature);
      if (held === undefined || (held.succeeded === null && record.succeeded !== null)) {
        records.set(record.signature, record);
      }
      if (held !== undefined) report.skipped(path, 'another view of the same transaction');
    } catch (error) {
      report.malformed(path, error);
    }
  }
  const bySlot = new Map<Slot, TransactionRecord[]>();
  for (const record of records.values()) {
    const list = bySlot.get(record.slot);
    if (list === undefined) bySlot.set(record.slot, [record]);
    else list.push(record);
  }
  return bySlot;
}
