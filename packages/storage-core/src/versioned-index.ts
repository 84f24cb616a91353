// Ordered lists as of a slot: key (32 bytes) to the addresses that belong to it, each with the slots
// in which it did. All lists live in one sorted run of packed records (key, member, from, until),
// cut into chunks, so that a million lists of one entry cost no more than one list of a million.
import { invariant, type Slot } from '@streamsync/domain';
import { asBuffer, slotNumber } from './bytes.ts';
import type { ReadMiss } from './versioned-accounts.ts';

export interface IndexPage {
  /** Members in bytewise order. */
  readonly addresses: readonly Uint8Array[];
  /** Whether the list goes on after the last of them. */
  readonly more: boolean;
}

const KEY_BYTES = 32;
const NAME_BYTES = 2 * KEY_BYTES;
/** A chunk holds up to this many records: its insertions move 4 KiB on average. */
const CHUNK_RECORDS = 128;
const FOREVER = Number.MAX_SAFE_INTEGER;

interface Chunk {
  /** Names (key and member) of the records, sorted, then by `from`. */
  readonly names: Buffer;
  readonly from: Float64Array;
  readonly until: Float64Array;
  count: number;
}

const makeChunk = (): Chunk => ({
  names: Buffer.allocUnsafeSlow(CHUNK_RECORDS * NAME_BYTES),
  from: new Float64Array(CHUNK_RECORDS),
  until: new Float64Array(CHUNK_RECORDS),
  count: 0,
});

interface Place {
  chunk: number;
  record: number;
}

export class VersionedIndex {
  readonly #chunks: Chunk[] = [makeChunk()];
  /** Names whose membership ended, by the slot in which it did. */
  #ended: { slot: number; name: Buffer }[] = [];
  /** A restart replays versions by address, not by slot. */
  #endedInOrder = true;
  #records = 0;
  #firstSlot = 0;
  #tipSlot = -1;

  /** Records, those that ended within the window included. */
  get size(): number {
    return this.#records;
  }

  /** `member` belongs to `key` from `slot` on. Adding a member twice changes nothing. */
  add(slot: Slot, key: Uint8Array, member: Uint8Array): void {
    const at = slotNumber(slot);
    const name = nameOf(key, member);
    const open = this.#openRecord(name);
    if (open !== null) return;
    this.#insert(name, at);
  }

  /** `member` no longer belongs to `key` from `slot` on. Removing a stranger changes nothing. */
  remove(slot: Slot, key: Uint8Array, member: Uint8Array): void {
    const at = slotNumber(slot);
    const name = nameOf(key, member);
    const open = this.#openRecord(name);
    if (open === null) return;
    const chunk = this.#chunkAt(open.chunk);
    if ((chunk.from[open.record] ?? 0) >= at) {
      this.#delete(open);
      return;
    }
    chunk.until[open.record] = at;
    if (at < (this.#ended.at(-1)?.slot ?? 0)) this.#endedInOrder = false;
    this.#ended.push({ slot: at, name });
  }

  /** Makes `slot` readable, and drops memberships that ended at or before `firstSlot`. */
  advance(slot: Slot, firstSlot: Slot): void {
    const at = slotNumber(slot);
    invariant(at > this.#tipSlot, 'a slot is made readable once, in order');
    this.#tipSlot = at;
    this.#firstSlot = Math.max(this.#firstSlot, slotNumber(firstSlot));
    if (!this.#endedInOrder) this.#ended.sort((left, right) => left.slot - right.slot);
    this.#endedInOrder = true;
    let dropped = 0;
    for (const { slot: ended, name } of this.#ended) {
      if (ended > this.#firstSlot) break;
      dropped += 1;
      this.#dropEnded(name, ended);
    }
    if (dropped > 0) this.#ended = this.#ended.slice(dropped);
  }

  /** Undoes what began or ended above `slot`, which is readable. It looks at every record once. */
  rollback(slot: Slot): void {
    const at = slotNumber(slot);
    invariant(at >= this.#firstSlot, 'a rollback stays within the window');
    for (let index = this.#chunks.length - 1; index >= 0; index -= 1) {
      const chunk = this.#chunkAt(index);
      for (let record = chunk.count - 1; record >= 0; record -= 1) {
        if ((chunk.from[record] ?? 0) > at) this.#delete({ chunk: index, record });
        else if (isEndedAbove(chunk.until[record] ?? 0, at)) chunk.until[record] = FOREVER;
      }
    }
    this.#ended = this.#ended.filter((ended) => ended.slot <= at);
    this.#tipSlot = Math.min(this.#tipSlot, at);
  }

  /** Forgets everything. */
  clear(): void {
    this.#chunks.splice(0, this.#chunks.length, makeChunk());
    this.#ended = [];
    this.#endedInOrder = true;
    this.#records = 0;
    this.#firstSlot = 0;
    this.#tipSlot = -1;
  }

  /** Up to `limit` members of `key` as of `slot`, those after `after`. */
  page(
    key: Uint8Array,
    slot: Slot,
    after: Uint8Array | null,
    limit: number,
  ): IndexPage | Exclude<ReadMiss, 'notCovered'> {
    const at = Number(slot);
    if (at > this.#tipSlot) return 'notApplied';
    if (at < this.#firstSlot) return 'beforeWindow';
    invariant(key.length === KEY_BYTES, 'an index key has 32 bytes');
    const from = nameOf(key, after ?? ZEROS);
    const addresses: Uint8Array[] = [];
    const place = this.#lowerBound(from);
    for (let index = place.chunk; index < this.#chunks.length; index += 1) {
      const chunk = this.#chunkAt(index);
      for (let record = index === place.chunk ? place.record : 0; record < chunk.count; record++) {
        const start = record * NAME_BYTES;
        if (chunk.names.compare(key, 0, KEY_BYTES, start, start + KEY_BYTES) !== 0) {
          return { addresses, more: false };
        }
        if ((chunk.from[record] ?? 0) > at || (chunk.until[record] ?? 0) <= at) continue;
        const member = chunk.names.subarray(start + KEY_BYTES, start + NAME_BYTES);
        if (after !== null && member.equals(after)) continue;
        if (addresses.length === limit) return { addresses, more: true };
        addresses.push(Uint8Array.from(member));
      }
    }
    return { addresses, more: false };
  }

  /** The place of the record of `name` that is still open. */
  #openRecord(name: Buffer): Place | null {
    return this.#find(name, (chunk, record) => chunk.until[record] === FOREVER);
  }

  #dropEnded(name: Buffer, ended: number): void {
    const place = this.#find(name, (chunk, record) => chunk.until[record] === ended);
    if (place !== null) this.#delete(place);
  }

  #find(name: Buffer, accepts: (chunk: Chunk, record: number) => boolean): Place | null {
    const place = this.#lowerBound(name);
    for (let index = place.chunk; index < this.#chunks.length; index += 1) {
      const chunk = this.#chunkAt(index);
      for (let record = index === place.chunk ? place.record : 0; record < chunk.count; record++) {
        if (compareAt(chunk, record, name) !== 0) return null;
        if (accepts(chunk, record)) return { chunk: index, record };
      }
    }
    return null;
  }

  #insert(name: Buffer, from: number): void {
    // A new record comes after all of its name: those ended before.
    let place = this.#upperBound(name);
    let chunk = this.#chunkAt(place.chunk);
    if (chunk.count === CHUNK_RECORDS) {
      this.#split(place.chunk);
      place = this.#upperBound(name);
      chunk = this.#chunkAt(place.chunk);
    }
    const start = place.record * NAME_BYTES;
    chunk.names.copyWithin(start + NAME_BYTES, start, chunk.count * NAME_BYTES);
    chunk.from.copyWithin(place.record + 1, place.record, chunk.count);
    chunk.until.copyWithin(place.record + 1, place.record, chunk.count);
    name.copy(chunk.names, start);
    chunk.from[place.record] = from;
    chunk.until[place.record] = FOREVER;
    chunk.count += 1;
    this.#records += 1;
  }

  #delete(place: Place): void {
    const chunk = this.#chunkAt(place.chunk);
    const start = place.record * NAME_BYTES;
    chunk.names.copyWithin(start, start + NAME_BYTES, chunk.count * NAME_BYTES);
    chunk.from.copyWithin(place.record, place.record + 1, chunk.count);
    chunk.until.copyWithin(place.record, place.record + 1, chunk.count);
    chunk.count -= 1;
    this.#records -= 1;
    if (chunk.count === 0 && this.#chunks.length > 1) this.#chunks.splice(place.chunk, 1);
  }

  #split(index: number): void {
    const left = this.#chunkAt(index);
    const right = makeChunk();
    const half = left.count >> 1;
    left.names.copy(right.names, 0, half * NAME_BYTES, left.count * NAME_BYTES);
    right.from.set(left.from.subarray(half, left.count));
    right.until.set(left.until.subarray(half, left.count));
    right.count = left.count - half;
    left.count = half;
    this.#chunks.splice(index + 1, 0, right);
  }

  #lowerBound(name: Buffer): Place {
    return this.#bound(name, 0);
  }

  #upperBound(name: Buffer): Place {
    return this.#bound(name, 1);
  }

  /** The first record whose name is at least (0) or above (1) `name`; maybe one past a chunk's end. */
  #bound(name: Buffer, above: 0 | 1): Place {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const chunk = this.#chunkAt(middle);
      if (chunk.count === 0 || compareAt(chunk, chunk.count - 1, name) < above) low = middle + 1;
      else high = middle;
    }
    const chunk = this.#chunkAt(low);
    let first = 0;
    let last = chunk.count;
    while (first < last) {
      const middle = (first + last) >> 1;
      if (compareAt(chunk, middle, name) < above) first = middle + 1;
      else last = middle;
    }
    return { chunk: low, record: first };
  }

  #chunkAt(index: number): Chunk {
    const chunk = this.#chunks[index];
    invariant(chunk !== undefined, 'a place lies within the chunks');
    return chunk;
  }
}

const isEndedAbove = (until: number, slot: number): boolean => until !== FOREVER && until > slot;

const ZEROS = Buffer.alloc(KEY_BYTES);

function nameOf(key: Uint8Array, member: Uint8Array): Buffer {
  invariant(key.length === KEY_BYTES && member.length === KEY_BYTES, 'index names have 32 bytes');
  const name = Buffer.allocUnsafe(NAME_BYTES);
  name.set(key, 0);
  name.set(member, KEY_BYTES);
  return name;
}

/** The sign of the record's name against `name`. */
function compareAt(chunk: Chunk, record: number, name: Buffer): number {
  const start = record * NAME_BYTES;
  return asBuffer(chunk.names).compare(name, 0, NAME_BYTES, start, start + NAME_BYTES);
}
