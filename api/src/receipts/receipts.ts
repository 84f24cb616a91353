// The receipts room: what was served, to whom it is owed, as it stands now and on disk.
import type { RaceRecord, ReceiptPort } from '../pipeline/ports.ts';
import { ReceiptFile } from './receipt-file.ts';
import { ReceiptRing } from './receipt-ring.ts';
import { WrittenReceipts } from './written-receipts.ts';

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
  // Before the file is written on: what it holds now is what earlier runs wrote.
  const written = folder === null ? null : new WrittenReceipts(folder, onFailure);
  const file = folder === null ? null : new ReceiptFile({ folder, nowMs, onFailure });
  return {
    issue: (receipt, races) => {
      const kept = { receipt, races };
      ring.add(kept);
      file?.add(kept);
    },
    query: (queryId) => ring.query(queryId) ?? written?.find(queryId) ?? null,
    race: (id) => ring.race(id) ?? writtenRace(written, id),
    stop: async () => {
      await file?.stop();
      await written?.stop();
    },
  };
}

/** By `<query id>-<race index>`. */
async function writtenRace(
  written: WrittenReceipts | null,
  id: string,
): Promise<RaceRecord | null> {
  const receipt = await written?.find(id.slice(0, id.lastIndexOf('-')));
  return receipt?.races.find((race) => race.id === id) ?? null;
}
