// Records of bytes outside of the JavaScript heap: pages of 4 MiB, records in size classes, freed ones
// reused. A million Buffers of 200 bytes cost three times their bytes; here they cost a tenth more.
// A reference is a record's place in units of 16 bytes; 0 is none.
import { invariant } from '@streamsync/domain';

const UNIT_BYTES = 16;
const PAGE_BYTES = 4 * 1024 * 1024;
/** A small arena grows by pages. */
const SINGLE_PAGES = 4;
/**
 * A larger one by this many at once: 64 MiB are above what malloc ever takes from its heap, between whose
 * short-lived pieces a page would lie; what is not written yet takes no memory.
 */
const BLOCK_PAGES = 16;
/** Larger records get a buffer of their own, so that a page never ends in a large unused rest. */
const PAGED_BYTES_MAX = 256 * 1024;
/** References from here on name large records. */
const LARGE_FIRST = 0x8000_0000;

/** Where a record lies: `bytes[start]` is its first byte. */
export interface Place {
  bytes: Buffer;
  start: number;
}

export class ByteArena {
  readonly #pages: Buffer[] = [];
  /** Pages of the newest block that are not in use yet, last first. */
  #spare: Buffer[] = [];
  /** The first byte of the newest page that no record has had yet. */
  #next = PAGE_BYTES;
  /** References of freed records by their class. */
  readonly #free = new Map<number, number[]>();
  readonly #large = new Map<number, Buffer>();
  #largeNext = LARGE_FIRST;

  /** Forgets every record. */
  clear(): void {
    this.#pages.length = 0;
    this.#spare = [];
    this.#next = PAGE_BYTES;
    this.#free.clear();
    this.#large.clear();
    this.#largeNext = LARGE_FIRST;
  }

  /** A record of at least `sizeBytes`, of arbitrary content. */
  allocate(sizeBytes: number): number {
    if (sizeBytes > PAGED_BYTES_MAX) return this.#allocateLarge(sizeBytes);
    const classBytes = classOf(sizeBytes);
    const freed = this.#free.get(classBytes)?.pop();
    if (freed !== undefined) return freed;
    if (this.#next + classBytes > PAGE_BYTES) {
      this.#pages.push(this.#newPage());
      // Reference 0 is none, so the first unit of the first page stays unused.
      this.#next = this.#pages.length === 1 ? UNIT_BYTES : 0;
    }
    const at = (this.#pages.length - 1) * PAGE_BYTES + this.#next;
    this.#next += classBytes;
    invariant(at / UNIT_BYTES < LARGE_FIRST, 'an arena holds at most 32 GiB');
    return at / UNIT_BYTES;
  }

  /** Gives back a record that was allocated with `sizeBytes`. */
  free(reference: number, sizeBytes: number): void {
    if (reference >= LARGE_FIRST) {
      this.#large.delete(reference);
      return;
    }
    const classBytes = classOf(sizeBytes);
    const list = this.#free.get(classBytes);
    if (list === undefined) this.#free.set(classBytes, [reference]);
    else list.push(reference);
  }

  /** Sets `place` to where the record lies; it is passed in, so that a read allocates nothing. */
  locate(reference: number, place: Place): void {
    if (reference >= LARGE_FIRST) {
      const bytes = this.#large.get(reference);
      invariant(bytes !== undefined, 'a large record is held');
      place.bytes = bytes;
      place.start = 0;
      return;
    }
    const at = reference * UNIT_BYTES;
    const page = this.#pages[Math.floor(at / PAGE_BYTES)];
    invariant(page !== undefined, 'a reference lies in a page');
    place.bytes = page;
    place.start = at % PAGE_BYTES;
  }

  #newPage(): Buffer {
    if (this.#pages.length < SINGLE_PAGES) return Buffer.allocUnsafeSlow(PAGE_BYTES);
    if (this.#spare.length === 0) {
      const block = Buffer.allocUnsafeSlow(BLOCK_PAGES * PAGE_BYTES);
      for (let page = BLOCK_PAGES - 1; page >= 0; page -= 1) {
        this.#spare.push(block.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES));
      }
    }
    const page = this.#spare.pop();
    invariant(page !== undefined, 'a block has pages');
    return page;
  }

  #allocateLarge(sizeBytes: number): number {
    invariant(this.#largeNext <= 0xffff_ffff, 'references of large records fit 32 bits');
    const reference = this.#largeNext;
    this.#largeNext += 1;
    this.#large.set(reference, Buffer.allocUnsafeSlow(sizeBytes));
    return reference;
  }
}

/** Rounds up to a multiple of 16 or of an eighth of the power of two below, whichever is more. */
function classOf(sizeBytes: number): number {
  const shift = Math.max(4, 31 - Math.clz32(sizeBytes) - 3);
  const mask = (1 << shift) - 1;
  return (sizeBytes + mask) & ~mask;
}
