// A table of the journal whose records carry their checksums (checksum.ts). What it hands out was
// checked, and `verify` finds what is missing: LMDB counts its records itself, and their keys ascend.
import type { Database, RangeOptions, RootDatabase } from 'lmdb';
import { damaged, openRecord, sealRecord } from './checksum.ts';

export class SealedTable {
  readonly #name: string;
  readonly #table: Database<Buffer, Buffer>;

  constructor(root: RootDatabase<Buffer, Buffer>, name: string) {
    this.#name = name;
    this.#table = root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
  }

  get size(): number {
    return (this.#table.getStats() as { entryCount?: number }).entryCount ?? 0;
  }

  /** @throws StreamSyncError STORE_DAMAGED */
  get(key: Uint8Array): Buffer | undefined {
    const record = this.#table.get(key as Buffer);
    return record === undefined ? undefined : openRecord(this.#name, key, record);
  }

  /** @throws StreamSyncError STORE_DAMAGED */
  *range(options: RangeOptions): Generator<{ key: Buffer; value: Buffer }> {
    for (const { key, value } of this.#table.getRange(options)) {
      yield { key, value: openRecord(this.#name, key, value) };
    }
  }

  keys(options: RangeOptions): Iterable<Buffer> {
    return this.#table.getKeys(options);
  }

  put(key: Uint8Array, value: Uint8Array): void {
    void this.#table.put(key as Buffer, sealRecord(this.#name, key, value));
  }

  putSync(key: Uint8Array, value: Uint8Array): void {
    this.#table.putSync(key as Buffer, sealRecord(this.#name, key, value));
  }

  remove(key: Uint8Array): void {
    void this.#table.remove(key as Buffer);
  }

  removeSync(key: Uint8Array): void {
    this.#table.removeSync(key as Buffer);
  }

  removeFrom(start: Buffer): void {
    for (const key of [...this.keys({ start })]) this.removeSync(key);
  }

  clearSync(): void {
    this.#table.clearSync();
  }

  /** Every record, and at the end that there were as many as LMDB counts. @throws as `range` */
  *verified(): Generator<{ key: Buffer; value: Buffer }> {
    let count = 0;
    let before: Buffer | null = null;
    for (const record of this.range({})) {
      if (before !== null && before.compare(record.key) >= 0) {
        throw damaged(this.#name, record.key, 'its keys are out of order');
      }
      before = record.key;
      count += 1;
      yield record;
    }
    if (count !== this.size) {
      throw damaged(this.#name, before, `it holds ${count} of ${this.size} records`);
    }
  }

  /** Reads every record. @throws StreamSyncError STORE_DAMAGED */
  verify(): void {
    for (const _ of this.verified());
  }
}
