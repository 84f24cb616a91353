// A run of sorted records of an index: name (key and member), and the slots in which the membership
// began and ended. One buffer of 9 KiB, since a million records are eight thousand chunks.
import { asBuffer } from './bytes.ts';

export const KEY_BYTES = 32;
export const NAME_BYTES = 2 * KEY_BYTES;
/** A chunk holds up to this many records: its insertions move 4 KiB on average. */
export const CHUNK_RECORDS = 128;
/** A time that never comes: the membership has not ended. Times are slots on the index's own scale. */
export const FOREVER = 0xffff_ffff;

export class IndexChunk {
  readonly #names: Buffer;
  readonly #from: Uint32Array;
  readonly #until: Uint32Array;
  #count = 0;
  #open = 0;
  /** No record began or ended after this. */
  #changed = 0;

  constructor() {
    const bytes = new ArrayBuffer(CHUNK_RECORDS * (NAME_BYTES + 8));
    this.#names = Buffer.from(bytes, 0, CHUNK_RECORDS * NAME_BYTES);
    this.#from = new Uint32Array(bytes, CHUNK_RECORDS * NAME_BYTES, CHUNK_RECORDS);
    this.#until = new Uint32Array(bytes, CHUNK_RECORDS * (NAME_BYTES + 4), CHUNK_RECORDS);
  }

  get count(): number {
    return this.#count;
  }

  from(record: number): number {
    return this.#from[record] ?? 0;
  }

  until(record: number): number {
    return this.#until[record] ?? 0;
  }

  isMember(record: number, at: number): boolean {
    return this.from(record) <= at && this.until(record) > at;
  }

  /** A view of the record's member. */
  member(record: number): Buffer {
    const start = record * NAME_BYTES;
    return this.#names.subarray(start + KEY_BYTES, start + NAME_BYTES);
  }

  /** The sign of the record's name against `name`. */
  compare(record: number, name: Uint8Array): number {
    const start = record * NAME_BYTES;
    return this.#names.compare(asBuffer(name), 0, NAME_BYTES, start, start + NAME_BYTES);
  }

  hasKey(record: number, key: Uint8Array): boolean {
    const start = record * NAME_BYTES;
    return this.#names.compare(asBuffer(key), 0, KEY_BYTES, start, start + KEY_BYTES) === 0;
  }

  /** How many of the records from `first` to before `end` are members at a time. */
  countMembers(first: number, end: number, at: number): number {
    if (first === 0 && end === this.#count && this.#changed <= at) return this.#open;
    let members = 0;
    for (let record = first; record < end; record += 1) if (this.isMember(record, at)) members += 1;
    return members;
  }

  insert(record: number, name: Uint8Array, from: number): void {
    const start = record * NAME_BYTES;
    this.#names.copyWithin(start + NAME_BYTES, start, this.#count * NAME_BYTES);
    this.#from.copyWithin(record + 1, record, this.#count);
    this.#until.copyWithin(record + 1, record, this.#count);
    this.#names.set(name, start);
    this.#from[record] = from;
    this.#until[record] = FOREVER;
    this.#count += 1;
    this.#open += 1;
    this.#changed = Math.max(this.#changed, from);
  }

  /** Ends a membership at a time, or opens it again (`FOREVER`). */
  end(record: number, until: number): void {
    if (this.until(record) === FOREVER) this.#open -= 1;
    if (until === FOREVER) this.#open += 1;
    else this.#changed = Math.max(this.#changed, until);
    this.#until[record] = until;
  }

  delete(record: number): void {
    if (this.until(record) === FOREVER) this.#open -= 1;
    const start = record * NAME_BYTES;
    this.#names.copyWithin(start, start + NAME_BYTES, this.#count * NAME_BYTES);
    this.#from.copyWithin(record, record + 1, this.#count);
    this.#until.copyWithin(record, record + 1, this.#count);
    this.#count -= 1;
  }

  /** Moves the upper half of the records into a new chunk. */
  split(): IndexChunk {
    const right = new IndexChunk();
    const half = this.#count >> 1;
    this.#names.copy(right.#names, 0, half * NAME_BYTES, this.#count * NAME_BYTES);
    right.#from.set(this.#from.subarray(half, this.#count));
    right.#until.set(this.#until.subarray(half, this.#count));
    right.#count = this.#count - half;
    this.#count = half;
    right.#changed = this.#changed;
    for (let record = 0; record < right.#count; record += 1) {
      if (right.until(record) === FOREVER) right.#open += 1;
    }
    this.#open -= right.#open;
    return right;
  }

  /** Undoes what began or ended after a time, and returns how many records are gone. */
  rollback(at: number): number {
    if (this.#changed <= at) return 0;
    const before = this.#count;
    for (let record = this.#count - 1; record >= 0; record -= 1) {
      if (this.from(record) > at) this.delete(record);
      else if (this.until(record) > at && this.until(record) !== FOREVER) this.end(record, FOREVER);
    }
    this.#changed = at;
    return before - this.#count;
  }
}
