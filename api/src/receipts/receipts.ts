// The receipts room: what was served, to whom it is owed, as it stands now and on disk.
import type { ReceiptPort } from '../pipeline/ports.ts';
import { ReceiptFile } from './receipt-file.ts';
import { ReceiptRing } from './receipt-ring.ts';

export interface ReceiptsOptions {
  /** Where the files go; null keeps receipts in memory alone. */
  readonly folder: string | null;
  readonly nowMs: () => number;
  readonly onFailure: (error: unknown) => void;
  readonly entriesMax?: number;
}

export interface Receipts extends ReceiptPort {
  /** Writes what waits. */
  stop(): Promise<void>;
}

/** @throws StreamSyncError FOLDER_NOT_WRITABLE or DISK_FULL */
export function createReceipts(options: ReceiptsOptions): Receipts {
  const { folder, nowMs, onFailure, entriesMax } = options;
  const ring = new ReceiptRing(entriesMax);
  const file = folder === null ? null : new ReceiptFile({ folder, nowMs, onFailure });
  return {
    issue: (receipt, races) => {
      const kept = { receipt, races };
      ring.add(kept);
      file?.add(kept);
    },
    query: (queryId) => ring.query(queryId),
    race: (id) => ring.race(id),
    stop: async () => {
      await file?.stop();
    },
  };
}
