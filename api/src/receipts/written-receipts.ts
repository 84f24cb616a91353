// The receipts that earlier runs of this gateway wrote, by the place of their lines: a restart loses no
// receipt that is on disk. Invariant: a look-up is one read of one line. The files are held open, so
// that what replaces them meanwhile changes nothing; their disk is freed when the gateway ends.
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { QueryReceipt } from '../pipeline/ports.ts';
import { RECEIPT_FILES } from './receipt-file.ts';
import { RECEIPTS_MAX } from './receipt-ring.ts';

/** How each line begins: the id is its first member. */
const LINE_HEAD = '{"queryId":"';
const ID_CHARACTERS = 32;
const NEWLINE = 10;
/** Read at once while the places are noted: under a millisecond of work, between which queries run. */
const CHUNK_BYTES = 512 * 1024;
/** Places are kept as one number: the file, and the offset in it. */
const FILE_STEP = 2 ** 40;
/** A receipt has some kilobytes; one of hundreds of races has hundreds. */
const LINE_BYTES_MAX = 4 * 1024 * 1024;

export class WrittenReceipts {
  readonly #folder: string;
  readonly #files: FileHandle[] = [];
  /** By query id, the oldest first. */
  readonly #places = new Map<string, number>();
  readonly #noted: Promise<void>;
  #isStopped = false;

  /** Begins to note the places of what stands in the folder; `onFailure` hears of what cannot be read. */
  constructor(folder: string, onFailure: (error: unknown) => void) {
    this.#folder = folder;
    this.#noted = this.#noteAll().catch(onFailure);
  }

  async find(queryId: string): Promise<QueryReceipt | null> {
    await this.#noted;
    const place = this.#places.get(queryId);
    const file = this.#files[Math.floor((place ?? 0) / FILE_STEP)];
    if (place === undefined || file === undefined || this.#isStopped) return null;
    const line = await readLine(file, place % FILE_STEP);
    return line === null ? null : parseReceipt(line);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#noted;
    await Promise.all(this.#files.map((file) => file.close()));
  }

  async #noteAll(): Promise<void> {
    const names = [RECEIPT_FILES.older, RECEIPT_FILES.current];
    const paths = names.map((name) => join(this.#folder, name)).filter((path) => existsSync(path));
    // All are opened before any is read: what is written meanwhile may replace them.
    for (const path of paths) this.#files.push(await open(path, 'r'));
    for (const [index, file] of this.#files.entries()) await this.#note(file, index * FILE_STEP);
  }

  async #note(file: FileHandle, base: number): Promise<void> {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(CHUNK_BYTES);
    let at = 0;
    while (at < size && !this.#isStopped) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK_BYTES, size - at), at);
      if (bytesRead === 0) return;
      at += this.#noteLines(buffer.subarray(0, bytesRead), base + at);
    }
  }

  /**
   * Notes the lines that end in the chunk; returns where the next one begins. A line longer than a chunk
   * is passed over: its rest has no head.
   */
  #noteLines(chunk: Buffer, place: number): number {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) return start === 0 ? chunk.length : start;
      const head = chunk.toString('latin1', start, start + LINE_HEAD.length + ID_CHARACTERS);
      this.#notePlace(head, place + start);
      start = end + 1;
    }
  }

  #notePlace(head: string, place: number): void {
    if (!head.startsWith(LINE_HEAD)) return;
    this.#places.set(head.slice(LINE_HEAD.length), place);
    if (this.#places.size <= RECEIPTS_MAX) return;
    const [oldest] = this.#places.keys();
    if (oldest !== undefined) this.#places.delete(oldest);
  }
}

async function readLine(file: FileHandle, offset: number): Promise<string | null> {
  for (let sizeBytes = 64 * 1024; sizeBytes <= LINE_BYTES_MAX; sizeBytes *= 8) {
    const buffer = Buffer.alloc(sizeBytes);
    const { bytesRead } = await file.read(buffer, 0, sizeBytes, offset);
    const end = buffer.subarray(0, bytesRead).indexOf(NEWLINE);
    if (end !== -1) return buffer.toString('utf8', 0, end);
    if (bytesRead < sizeBytes) return null;
  }
  return null;
}

/** Slots are texts in the file; whatever else there is was written by a gateway of this version or older. */
function parseReceipt(line: string): QueryReceipt | null {
  try {
    return JSON.parse(line, (key, value: unknown) =>
      (key === 'slot' || key === 'tip') && typeof value === 'string' ? BigInt(value) : value,
    ) as QueryReceipt;
  } catch {
    return null;
  }
}
