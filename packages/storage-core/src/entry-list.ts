// Entry numbers in the order in which they were added, in 4 bytes each: what each slot wrote.
const CAPACITY_MIN = 16;

export class EntryList {
  #entries = new Uint32Array(CAPACITY_MIN);
  #count = 0;

  push(entry: number): void {
    if (this.#count === this.#entries.length) {
      const grown = new Uint32Array(this.#entries.length * 2);
      grown.set(this.#entries);
      this.#entries = grown;
    }
    this.#entries[this.#count] = entry;
    this.#count += 1;
  }

  /** A view, valid until the next `push`. */
  entries(): Uint32Array {
    return this.#entries.subarray(0, this.#count);
  }
}

/** One bit for each entry number. */
export class EntryMarks {
  #bits = new Uint8Array(CAPACITY_MIN);

  mark(entry: number): void {
    const at = entry >> 3;
    if (at >= this.#bits.length) {
      const grown = new Uint8Array(Math.max(at + 1, this.#bits.length * 2));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (entry & 7));
  }

  has(entry: number): boolean {
    return ((this.#bits[entry >> 3] ?? 0) & (1 << (entry & 7))) !== 0;
  }
}
