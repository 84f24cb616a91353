// Receipts on disk, one JSON line each, for `npm run trace` and for whoever asks later. Written in
// batches beside the request path, once a receipt's races are settled. Invariant: two files of at
// most `fileBytesMax` each, the older one replaced when the newer is full; what waits is bounded.
import { existsSync, statSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureWritableFolder, explainSystemError } from '@streamsync/runtime';
import type { QueryReceipt } from '../pipeline/ports.ts';
import { type KeptReceipt, readReceipt } from './receipt-ring.ts';

export const RECEIPT_FILES = { current: 'receipts.jsonl', older: 'receipts.older.jsonl' } as const;

/** About 50,000 receipts of one race. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

const BATCH_MS = 250;

/** Receipts turned to text in one go: about half a millisecond, which no request notices. */
const SLICE = 32;

/** A race's deadline and the time that roots have, both generously: then it is written as it is. */
const SETTLE_MS_MAX = 3_000;

/** Twelve seconds at 4,000 queries a second; beyond it the newest are not written, and counted. */
const WAITING_MAX = 50_000;

export interface ReceiptFileOptions {
  readonly folder: string;
  readonly nowMs: () => number;
  /** Hears of a disk that is full or gone; receipts stay in memory. */
  readonly onFailure: (error: unknown) => void;
  readonly fileBytesMax?: number;
}

interface Waiting {
  readonly kept: KeptReceipt;
  readonly sinceMs: number;
}

export class ReceiptFile {
  readonly #options: ReceiptFileOptions;
  readonly #file: string;
  readonly #timer: NodeJS.Timeout;
  #waiting: Waiting[] = [];
  #handle: FileHandle | null = null;
  #fileBytes: number;
  #writing: Promise<void> = Promise.resolve();
  #busy = false;
  #dropped = 0;

  /** @throws StreamSyncError FOLDER_NOT_WRITABLE or DISK_FULL */
  constructor(options: ReceiptFileOptions) {
    ensureWritableFolder(options.folder);
    this.#options = options;
    this.#file = join(options.folder, RECEIPT_FILES.current);
    this.#fileBytes = existsSync(this.#file) ? statSync(this.#file).size : 0;
    this.#timer = setInterval(() => {
      if (!this.#busy) this.#writing = this.#writeBatch(false);
    }, BATCH_MS);
    this.#timer.unref();
  }

  /** Receipts that were not written because too many waited, or because the disk failed. */
  get dropped(): number {
    return this.#dropped;
  }

  add(kept: KeptReceipt): void {
    if (this.#waiting.length >= WAITING_MAX) this.#dropped += 1;
    else this.#waiting.push({ kept, sinceMs: this.#options.nowMs() });
  }

  /** Writes everything, settled or not, and closes the file. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await this.#writeBatch(true);
    await this.#handle?.close();
    this.#handle = null;
  }

  async #writeBatch(all: boolean): Promise<void> {
    if (this.#waiting.length === 0) return;
    this.#busy = true;
    const candidates = this.#waiting;
    this.#waiting = [];
    const nowMs = this.#options.nowMs();
    const unsettled: Waiting[] = [];
    let handled = 0;
    try {
      for (let first = 0; first < candidates.length; first += SLICE) {
        let lines = '';
        for (const waiting of candidates.slice(first, first + SLICE)) {
          const receipt = readReceipt(waiting.kept);
          if (all || isSettled(receipt) || nowMs - waiting.sinceMs > SETTLE_MS_MAX) {
            lines += `${receiptLine(receipt)}\n`;
          } else unsettled.push(waiting);
        }
        if (lines !== '') await this.#append(lines);
        else await new Promise((resolve) => setImmediate(resolve));
        handled = first + SLICE;
      }
    } catch (error) {
      this.#dropped += candidates.length - handled;
      this.#options.onFailure(explainSystemError(error, this.#file));
    } finally {
      this.#waiting = [...unsettled, ...this.#waiting];
      this.#busy = false;
    }
  }

  async #append(lines: string): Promise<void> {
    const bytes = Buffer.from(lines);
    const { fileBytesMax = FILE_BYTES_MAX, folder } = this.#options;
    if (this.#fileBytes > 0 && this.#fileBytes + bytes.length > fileBytesMax) {
      await this.#handle?.close();
      this.#handle = null;
      await rename(this.#file, join(folder, RECEIPT_FILES.older));
      this.#fileBytes = 0;
    }
    this.#handle ??= await open(this.#file, 'a');
    await this.#handle.appendFile(bytes);
    this.#fileBytes += bytes.length;
  }
}

/** Whether nothing of it will change any more. */
export function isSettled(receipt: QueryReceipt): boolean {
  return receipt.races.every(({ racers }) =>
    racers.every(
      ({ outcome, resultHash, attested }) =>
        outcome !== 'pending' && (resultHash === null || attested !== null),
    ),
  );
}

/** One line of JSON; u64 as text. */
export function receiptLine(receipt: QueryReceipt): string {
  return JSON.stringify(receipt, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}
