// Reads deterministic CBOR and refuses everything else: longer forms than needed, indefinite
// lengths, floats, tags, unsorted or repeated keys, lengths past the end, trailing bytes. What is
// accepted re-encodes to the same bytes, so that bytes can be compared in place of values.
import { StreamSyncError } from '@streamsync/domain';
import {
  MAJOR_ARRAY,
  MAJOR_BYTES,
  MAJOR_MAP,
  MAJOR_NEGATIVE,
  MAJOR_TEXT,
  MAJOR_UNSIGNED,
} from './writer.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Nesting of anything that this system sends is below 10; deeper input is hostile. */
const DEPTH_MAX = 16;

function malformed(why: string, offset: number): StreamSyncError {
  return new StreamSyncError(
    'MALFORMED_MESSAGE',
    { offset },
    { message: `Not deterministic CBOR of the expected form: ${why} at byte ${offset}.` },
  );
}

/** A cursor over CBOR bytes. Byte strings are views of the input, not copies. */
export class CborReader {
  readonly #bytes: Uint8Array;
  #offset: number;
  #depth = 0;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  /** @throws StreamSyncError MALFORMED_MESSAGE, as every method here */
  unsigned(): number {
    const value = this.#head(MAJOR_UNSIGNED);
    if (!Number.isSafeInteger(value)) throw this.fail('a number that is too large');
    return value;
  }

  integer(): bigint {
    const start = this.#offset;
    const major = (this.#peek() >> 5) as number;
    if (major !== MAJOR_UNSIGNED && major !== MAJOR_NEGATIVE) throw this.fail('not an integer');
    const magnitude = (this.#peek() & 0x1f) === 27 ? this.#head64() : BigInt(this.#head(major));
    if (this.#offset === start) throw this.fail('not an integer');
    return major === MAJOR_NEGATIVE ? -1n - magnitude : magnitude;
  }

  u64(): bigint {
    if (this.#peek() >> 5 !== MAJOR_UNSIGNED) throw this.fail('not an unsigned integer');
    return this.integer();
  }

  /** A byte string; when `sizeBytes` is given, of exactly that size. */
  bytes(sizeBytes?: number): Uint8Array {
    const length = this.#head(MAJOR_BYTES);
    if (sizeBytes !== undefined && length !== sizeBytes) {
      throw this.fail(`a byte string of ${length} bytes where ${sizeBytes} belong`);
    }
    return this.#take(length);
  }

  text(lengthMax = 65_536): string {
    const length = this.#head(MAJOR_TEXT);
    if (length > lengthMax) throw this.fail('a text that is too long');
    const start = this.#offset;
    try {
      return utf8.decode(this.#take(length));
    } catch {
      throw malformed('text that is not UTF-8', start);
    }
  }

  /** The number of items that follow; each takes at least a byte, so it is bounded by the input. */
  array(length?: number): number {
    const count = this.#head(MAJOR_ARRAY);
    if (count > this.#bytes.length - this.#offset)
      throw this.fail('an array longer than the input');
    if (length !== undefined && count !== length) {
      throw this.fail(`an array of ${count} where ${length} belong`);
    }
    return count;
  }

  boolean(): boolean {
    const byte = this.#peek();
    if (byte !== 0xf4 && byte !== 0xf5) throw this.fail('not a boolean');
    this.#offset += 1;
    return byte === 0xf5;
  }

  /** Reads `read()` unless the next item is null. */
  nullable<Value>(read: () => Value): Value | null {
    if (this.#peek() !== 0xf6) return read();
    this.#offset += 1;
    return null;
  }

  isNull(): boolean {
    if (this.#peek() !== 0xf6) return false;
    this.#offset += 1;
    return true;
  }

  /** A map with text keys: calls `entry` for each key in order; it must read the value. */
  entries(entry: (key: string) => void): void {
    const count = this.#head(MAJOR_MAP);
    let previous: Uint8Array | null = null;
    for (let index = 0; index < count; index += 1) {
      const start = this.#offset;
      const key = this.text(256);
      const encoded = this.#bytes.subarray(start, this.#offset);
      if (previous !== null && compareBytes(previous, encoded) >= 0) {
        throw malformed('map keys out of order', start);
      }
      previous = encoded;
      entry(key);
    }
  }

  /** Passes over one item, checking that it is deterministic, and returns a view of its bytes. */
  skip(): Uint8Array {
    const start = this.#offset;
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw this.fail('nesting that is too deep');
    const first = this.#peek();
    switch (first >> 5) {
      case MAJOR_UNSIGNED:
      case MAJOR_NEGATIVE:
        this.integer();
        break;
      case MAJOR_BYTES:
        this.bytes();
        break;
      case MAJOR_TEXT:
        this.text(Number.MAX_SAFE_INTEGER);
        break;
      case MAJOR_ARRAY: {
        const count = this.array();
        for (let index = 0; index < count; index += 1) this.skip();
        break;
      }
      case MAJOR_MAP:
        this.entries(() => {
          this.skip();
        });
        break;
      default:
        if (first !== 0xf4 && first !== 0xf5 && first !== 0xf6) throw this.fail('a float or a tag');
        this.#offset += 1;
    }
    this.#depth -= 1;
    return this.#bytes.subarray(start, this.#offset);
  }

  /** Asserts that everything was read. */
  end(): void {
    if (this.#offset !== this.#bytes.length) throw this.fail('trailing bytes');
  }

  fail(why: string): StreamSyncError {
    return malformed(why, this.#offset);
  }

  #peek(): number {
    const byte = this.#bytes[this.#offset];
    if (byte === undefined) throw this.fail('the input ends early');
    return byte;
  }

  #take(length: number): Uint8Array {
    const start = this.#offset;
    if (length > this.#bytes.length - start) throw this.fail('the input ends early');
    this.#offset = start + length;
    return this.#bytes.subarray(start, start + length);
  }

  #head(major: number): number {
    const first = this.#peek();
    if (first >> 5 !== major)
      throw this.fail(`an item of type ${first >> 5} where ${major} belongs`);
    const info = first & 0x1f;
    if (info < 24) {
      this.#offset += 1;
      return info;
    }
    if (info === 27) return Number(this.#head64());
    if (info > 27) throw this.fail('an indefinite or reserved length');
    const size = 1 << (info - 24);
    const at = this.#offset;
    if (at + 1 + size > this.#bytes.length) throw this.fail('the input ends early');
    let value = 0;
    for (let index = 1; index <= size; index += 1) {
      value = value * 256 + (this.#bytes[at + index] as number);
    }
    const leastOfSize = size === 1 ? 24 : size === 2 ? 0x100 : 0x1_0000;
    if (value < leastOfSize) throw this.fail('a length or number in a longer form than needed');
    this.#offset = at + 1 + size;
    return value;
  }

  #head64(): bigint {
    const at = this.#offset;
    if (at + 9 > this.#bytes.length) throw this.fail('the input ends early');
    let high = 0;
    let low = 0;
    for (let index = 1; index <= 4; index += 1)
      high = high * 256 + (this.#bytes[at + index] as number);
    for (let index = 5; index <= 8; index += 1)
      low = low * 256 + (this.#bytes[at + index] as number);
    if (high === 0) throw this.fail('a number in a longer form than needed');
    this.#offset = at + 9;
    return (BigInt(high) << 32n) | BigInt(low);
  }
}

/** Bytewise order, the shorter first where one is the beginning of the other. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (left[index] as number) - (right[index] as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && compareBytes(left, right) === 0;
}
