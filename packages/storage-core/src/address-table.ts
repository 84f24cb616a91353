// A hash table from 32-byte addresses to entry numbers, in typed arrays: 44 bytes an address at most
// half empty. The hash is seeded by the process, so nobody can grind addresses that collide.
import { randomInt } from 'node:crypto';
import { invariant } from '@streamsync/domain';

const ADDRESS_BYTES = 32;
/** Entries of one page of keys. */
const PAGE_ENTRIES = 32_768;
const PAGE_BITS = 15;
const CAPACITY_MIN = 1_024;
const EMPTY = 0;
/** Of the first two bytes of an address. */
const BUCKETS = 65_536;

export class AddressTable {
  readonly #seed: number;
  /** Entry number + 1 by place; 0 is empty. Linear probing, at most 3/4 full. */
  #places = new Uint32Array(CAPACITY_MIN);
  readonly #keys: Buffer[] = [];
  #entries = 0;
  readonly #freed: number[] = [];

  /** Forgets every address. */
  clear(): void {
    this.#places = new Uint32Array(CAPACITY_MIN);
    this.#keys.length = 0;
    this.#entries = 0;
    this.#freed.length = 0;
  }

  constructor(seed: number = randomInt(0x7fff_ffff)) {
    this.#seed = seed | 1;
  }

  /** Addresses that are held. */
  get size(): number {
    return this.#entries - this.#freed.length;
  }

  /** Entry numbers are below this. */
  get entryEnd(): number {
    return this.#entries;
  }

  /** The address's entry number, or -1. */
  find(address: Uint8Array): number {
    const mask = this.#places.length - 1;
    for (let place = this.#hash(address, 0) & mask; ; place = (place + 1) & mask) {
      const entry = (this.#places[place] as number) - 1;
      if (entry < 0) return -1;
      if (this.#isKey(entry, address)) return entry;
    }
  }

  /** The address's entry number; a new one where it was not held. */
  add(address: Uint8Array): number {
    invariant(address.length === ADDRESS_BYTES, 'an address has 32 bytes');
    const held = this.find(address);
    if (held !== -1) return held;
    if ((this.size + 1) * 4 > this.#places.length * 3) this.#grow();
    const entry = this.#freed.pop() ?? this.#entries++;
    const page = entry >> PAGE_BITS;
    let keys = this.#keys[page];
    if (keys === undefined) {
      keys = Buffer.allocUnsafeSlow(PAGE_ENTRIES * ADDRESS_BYTES);
      this.#keys[page] = keys;
    }
    keys.set(address, (entry % PAGE_ENTRIES) * ADDRESS_BYTES);
    this.#put(this.#hash(address, 0), entry);
    return entry;
  }

  /** Removes an entry; its number is given to a later address. */
  remove(entry: number): void {
    const mask = this.#places.length - 1;
    let hole = this.#hashOf(entry) & mask;
    while (this.#places[hole] !== entry + 1) {
      invariant(this.#places[hole] !== EMPTY, 'an entry that is removed is held');
      hole = (hole + 1) & mask;
    }
    // Entries behind the hole move into it unless their own place lies behind it too.
    for (let place = (hole + 1) & mask; ; place = (place + 1) & mask) {
      const moved = this.#places[place] as number;
      if (moved === EMPTY) break;
      const home = this.#hashOf(moved - 1) & mask;
      if (((place - home) & mask) < ((place - hole) & mask)) continue;
      this.#places[hole] = moved;
      hole = place;
    }
    this.#places[hole] = EMPTY;
    this.#freed.push(entry);
  }

  /** A view of the entry's address. */
  key(entry: number): Buffer {
    const start = (entry % PAGE_ENTRIES) * ADDRESS_BYTES;
    return this.#pageOf(entry).subarray(start, start + ADDRESS_BYTES);
  }

  /** Entries in the order of their addresses: by their first two bytes at once, then within those. */
  *sorted(entries: Iterable<number>): Generator<number> {
    const unsorted = Uint32Array.from(entries);
    const starts = new Uint32Array(BUCKETS + 1);
    const bucketOf = (entry: number) => this.key(entry).readUInt16BE(0);
    for (const entry of unsorted)
      starts[bucketOf(entry) + 1] = (starts[bucketOf(entry) + 1] ?? 0) + 1;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      starts[bucket + 1] = (starts[bucket + 1] ?? 0) + (starts[bucket] ?? 0);
    }
    const ends = Uint32Array.from(starts);
    const order = new Uint32Array(unsorted.length);
    for (const entry of unsorted) {
      const bucket = bucketOf(entry);
      order[ends[bucket] ?? 0] = entry;
      ends[bucket] = (ends[bucket] ?? 0) + 1;
    }
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      const part = order.subarray(starts[bucket], ends[bucket]);
      part.sort((left, right) => this.key(left).compare(this.key(right)));
      yield* part;
    }
  }

  #grow(): void {
    const places = this.#places;
    this.#places = new Uint32Array(places.length * 2);
    for (const held of places) if (held !== EMPTY) this.#put(this.#hashOf(held - 1), held - 1);
  }

  #put(hash: number, entry: number): void {
    const mask = this.#places.length - 1;
    let place = hash & mask;
    while (this.#places[place] !== EMPTY) place = (place + 1) & mask;
    this.#places[place] = entry + 1;
  }

  #hashOf(entry: number): number {
    return this.#hash(this.#pageOf(entry), (entry % PAGE_ENTRIES) * ADDRESS_BYTES);
  }

  /** Multiply and mix over the 8 words, from the seed. */
  #hash(bytes: Uint8Array, start: number): number {
    let hash = this.#seed;
    for (let at = start; at < start + ADDRESS_BYTES; at += 4) {
      const word =
        (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24);
      hash = Math.imul(hash ^ word, 0x9e37_79b1);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0x85eb_ca6b);
    return (hash ^ (hash >>> 13)) >>> 0;
  }

  #isKey(entry: number, address: Uint8Array): boolean {
    const keys = this.#pageOf(entry);
    const start = (entry % PAGE_ENTRIES) * ADDRESS_BYTES;
    for (let index = 0; index < ADDRESS_BYTES; index += 1) {
      if (keys[start + index] !== address[index]) return false;
    }
    return true;
  }

  #pageOf(entry: number): Buffer {
    const page = this.#keys[entry >> PAGE_BITS];
    invariant(page !== undefined, 'an entry has a page');
    return page;
  }
}
