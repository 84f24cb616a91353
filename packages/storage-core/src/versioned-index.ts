// Ordered lists as of a slot: key (32 bytes) to the addresses that belong to it, each with the slots
// in which it did. All lists live in one sorted run of packed records (key, member, from, until),
// cut into chunks, so that a million lists of one entry cost no more than one list of a million.
import { invariant, type Slot } from '@streamsync/domain';
import { slotNumber } from './bytes.ts';
import { CHUNK_RECORDS, FOREVER, IndexChunk, KEY_BYTES, NAME_BYTES } from './index-chunk.ts';
import type { ReadMiss } from './versioned-accounts.ts';

export interface IndexPage {
  /** Members in bytewise order. */
  readonly addresses: readonly Uint8Array[];
  /** Whether the list goes on after the last of them. */
  readonly more: boolean;
}

export type IndexMiss = Exclude<ReadMiss, 'notCovered'>;

/** Slots that lie this far below the first one that is seen still have a place on the scale. */
const SCALE_BELOW = 2 ** 31;

interface Place {
  chunk: number;
  record: number;
}

export class VersionedIndex {
  readonly #chunks: IndexChunk[] = [new IndexChunk()];
  /** Names whose membership ended, by the slot in which it did. */
  #ended: { slot: number; name: Buffer }[] = [];
  /** A restart replays versions by address, not by slot. */
  #endedInOrder = true;
  #records = 0;
  #firstSlot = 0;
  #tipSlot = -1;
  /** The slot below the first of the scale: records hold slots in 32 bits, counted from here. */
  #scaleStart: number | null = null;

  /** Records, those that ended within the window included. */
  get size(): number {
    return this.#records;
  }

  /** `member` belongs to `key` from `slot` on. Adding a member twice changes nothing. */
  add(slot: Slot, key: Uint8Array, member: Uint8Array): void {
    const at = slotNumber(slot);
    const name = nameOf(key, member);
    if (this.#openRecord(name) === null) this.#insert(name, at);
  }

  /** `member` no longer belongs to `key` from `slot` on. Removing a stranger changes nothing. */
  remove(slot: Slot, key: Uint8Array, member: Uint8Array): void {
    const at = slotNumber(slot);
    const name = nameOf(key, member);
    const open = this.#openRecord(name);
    if (open === null) return;
    const chunk = this.#chunkAt(open.chunk);
    if (chunk.from(open.record) >= this.#time(at)) {
      this.#delete(open);
      return;
    }
    chunk.end(open.record, this.#time(at));
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
      this.#dropEnded(name, this.#time(ended));
    }
    if (dropped > 0) this.#ended = this.#ended.slice(dropped);
  }

  /** Undoes what began or ended above `slot`, which is readable. */
  rollback(slot: Slot): void {
    const at = slotNumber(slot);
    invariant(at >= this.#firstSlot, 'a rollback stays within the window');
    for (let index = this.#chunks.length - 1; index >= 0; index -= 1) {
      const chunk = this.#chunkAt(index);
      this.#records -= chunk.rollback(this.#time(at));
      if (chunk.count === 0 && this.#chunks.length > 1) this.#chunks.splice(index, 1);
    }
    this.#ended = this.#ended.filter((ended) => ended.slot <= at);
    this.#tipSlot = Math.min(this.#tipSlot, at);
  }

  /** Forgets everything. */
  clear(): void {
    this.#chunks.splice(0, this.#chunks.length, new IndexChunk());
    this.#ended = [];
    this.#endedInOrder = true;
    this.#records = 0;
    this.#firstSlot = 0;
    this.#tipSlot = -1;
    this.#scaleStart = null;
  }

  /** Up to `limit` members of `key` as of `slot`, those after `after`. */
  page(
    key: Uint8Array,
    slot: Slot,
    after: Uint8Array | null,
    limit: number,
  ): IndexPage | IndexMiss {
    const addresses: Uint8Array[] = [];
    let more = false;
    const miss = this.visit(key, slot, after, (member) => {
      if (addresses.length === limit) {
        more = true;
        return false;
      }
      addresses.push(Uint8Array.from(member));
      return true;
    });
    return miss ?? { addresses, more };
  }

  /**
   * Calls with the members of `key` as of `slot`, those after `after`, in bytewise order, until it
   * returns false. A member is a view, valid during the call.
   */
  visit(
    key: Uint8Array,
    slot: Slot,
    after: Uint8Array | null,
    each: (member: Buffer) => boolean,
  ): IndexMiss | null {
    const miss = this.#missOf(slot);
    if (miss !== null) return miss;
    const at = this.#time(Number(slot));
    const place =
      after === null ? this.#bound(nameOf(key, ZEROS), 0) : this.#placeAfter(key, after);
    for (let index = place.chunk; index < this.#chunks.length; index += 1) {
      const chunk = this.#chunkAt(index);
      for (let record = index === place.chunk ? place.record : 0; record < chunk.count; record++) {
        if (!chunk.hasKey(record, key)) return null;
        if (chunk.isMember(record, at) && !each(chunk.member(record))) return null;
      }
    }
    return null;
  }

  /**
   * How many members `key` has as of `slot`. Looks at the records of the list's first and last chunk and
   * of those that changed since the slot; of the others it takes the count that is kept.
   */
  count(key: Uint8Array, slot: Slot): number | IndexMiss {
    const miss = this.#missOf(slot);
    if (miss !== null) return miss;
    const at = this.#time(Number(slot));
    const first = this.#bound(nameOf(key, ZEROS), 0);
    const end = this.#placeAfter(key, ONES);
    let members = 0;
    for (let index = first.chunk; index <= end.chunk; index += 1) {
      const chunk = this.#chunkAt(index);
      members += chunk.countMembers(
        index === first.chunk ? first.record : 0,
        index === end.chunk ? end.record : chunk.count,
        at,
      );
    }
    return members;
  }

  #missOf(slot: Slot): IndexMiss | null {
    const at = Number(slot);
    if (at > this.#tipSlot) return 'notApplied';
    return at < this.#firstSlot ? 'beforeWindow' : null;
  }

  /** A slot on the scale of the records; slots below the scale are one and the same past. */
  #time(slot: number): number {
    this.#scaleStart ??= Math.max(0, slot - SCALE_BELOW) - 1;
    const time = slot - this.#scaleStart;
    invariant(time < FOREVER, 'an index spans fewer than 2^31 slots above its first');
    return Math.max(0, time);
  }

  /** The place of the record of `name` that is still open. */
  #openRecord(name: Buffer): Place | null {
    return this.#find(name, FOREVER);
  }

  #dropEnded(name: Buffer, ended: number): void {
    const place = this.#find(name, ended);
    if (place !== null) this.#delete(place);
  }

  /** The record of `name` that ended at that time. */
  #find(name: Buffer, until: number): Place | null {
    const place = this.#bound(name, 0);
    for (let index = place.chunk; index < this.#chunks.length; index += 1) {
      const chunk = this.#chunkAt(index);
      for (let record = index === place.chunk ? place.record : 0; record < chunk.count; record++) {
        if (chunk.compare(record, name) !== 0) return null;
        if (chunk.until(record) === until) return { chunk: index, record };
      }
    }
    return null;
  }

  #insert(name: Buffer, from: number): void {
    // A new record comes after all of its name: those ended before.
    let place = this.#bound(name, 1);
    if (this.#chunkAt(place.chunk).count === CHUNK_RECORDS) {
      this.#chunks.splice(place.chunk + 1, 0, this.#chunkAt(place.chunk).split());
      place = this.#bound(name, 1);
    }
    this.#chunkAt(place.chunk).insert(place.record, name, this.#time(from));
    this.#records += 1;
  }

  #delete(place: Place): void {
    const chunk = this.#chunkAt(place.chunk);
    chunk.delete(place.record);
    this.#records -= 1;
    if (chunk.count === 0 && this.#chunks.length > 1) this.#chunks.splice(place.chunk, 1);
  }

  #placeAfter(key: Uint8Array, member: Uint8Array): Place {
    return this.#bound(nameOf(key, member), 1);
  }

  /** The first record whose name is at least (0) or above (1) `name`; maybe one past a chunk's end. */
  #bound(name: Buffer, above: 0 | 1): Place {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const chunk = this.#chunkAt(middle);
      if (chunk.count === 0 || chunk.compare(chunk.count - 1, name) < above) low = middle + 1;
      else high = middle;
    }
    const chunk = this.#chunkAt(low);
    let first = 0;
    let last = chunk.count;
    while (first < last) {
      const middle = (first + last) >> 1;
      if (chunk.compare(middle, name) < above) first = middle + 1;
      else last = middle;
    }
    return { chunk: low, record: first };
  }

  #chunkAt(index: number): IndexChunk {
    const chunk = this.#chunks[index];
    invariant(chunk !== undefined, 'a place lies within the chunks');
    return chunk;
  }
}

const ZEROS = Buffer.alloc(KEY_BYTES);
const ONES = Buffer.alloc(KEY_BYTES, 255);

function nameOf(key: Uint8Array, member: Uint8Array): Buffer {
  invariant(key.length === KEY_BYTES && member.length === KEY_BYTES, 'index names have 32 bytes');
  const name = Buffer.allocUnsafe(NAME_BYTES);
  name.set(key, 0);
  name.set(member, KEY_BYTES);
  return name;
}
