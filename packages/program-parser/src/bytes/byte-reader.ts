// A cursor over an account's data, little endian as every Solana program writes. A read past the
// end or of an impossible value throws MalformedBytes. Bytes that a layout gives no meaning, such as
// the stale key behind an empty option, are kept as residue, so that re-encoding restores them.
import { type Address, addressAt, type Blockhash } from '@streamsync/domain';
import { MalformedBytes, type MalformedReason } from './malformed-bytes.ts';

/** Meaningless bytes that an account nevertheless holds. */
export interface Residue {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const NO_RESIDUE: readonly Residue[] = Object.freeze([]);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class ByteReader {
  readonly data: Uint8Array;
  offset = 0;
  /** Reads stop here; at most the size of the data. */
  readonly end: number;
  readonly #view: DataView;
  #residue: Residue[] | null = null;

  constructor(data: Uint8Array, offset = 0, end = data.length) {
    this.data = data;
    this.offset = offset;
    this.end = end;
    this.#view = new DataView(data.buffer, data.byteOffset, data.length);
  }

  get residue(): readonly Residue[] {
    return this.#residue ?? NO_RESIDUE;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  /** Throws at the current offset, or at the start of the value just read. */
  fail(why: MalformedReason, offset = this.offset): never {
    throw new MalformedBytes(why, offset);
  }

  /** Moves past `sizeBytes` and returns where they start. */
  take(sizeBytes: number): number {
    const start = this.offset;
    if (sizeBytes > this.end - start) throw new MalformedBytes('TRUNCATED', start);
    this.offset = start + sizeBytes;
    return start;
  }

  /** A reader of the next `sizeBytes` alone; this one moves past them. It keeps no residue. */
  within(sizeBytes: number): ByteReader {
    const start = this.take(sizeBytes);
    return new ByteReader(this.data, start, start + sizeBytes);
  }

  u8(): number {
    return this.data[this.take(1)] as number;
  }

  u16(): number {
    return this.#view.getUint16(this.take(2), true);
  }

  i16(): number {
    return this.#view.getInt16(this.take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.take(4), true);
  }

  u64(): bigint {
    const start = this.take(8);
    const low = this.#view.getUint32(start, true);
    const high = this.#view.getUint32(start + 4, true);
    // Most amounts fit a double; BigInt(number) is then cheaper than getBigUint64.
    return high < 0x20_0000
      ? BigInt(high * 0x1_0000_0000 + low)
      : this.#view.getBigUint64(start, true);
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.take(8), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.take(8), true);
  }

  bool(): boolean {
    const value = this.u8();
    if (value > 1) this.fail('BAD_BOOLEAN', this.offset - 1);
    return value === 1;
  }

  address(): Address {
    return addressAt(this.data, this.take(32));
  }

  blockhash(): Blockhash {
    return this.address() as string as Blockhash;
  }

  /** A key where 32 zero bytes stand for none. */
  addressOrZero(): Address | null {
    const start = this.take(32);
    return this.isZero(start, 32) ? null : addressAt(this.data, start);
  }

  bytes(sizeBytes: number): Uint8Array {
    const start = this.take(sizeBytes);
    return this.data.subarray(start, start + sizeBytes);
  }

  /** Exactly `sizeBytes` of UTF-8. */
  text(sizeBytes: number): string {
    const bytes = this.bytes(sizeBytes);
    try {
      return utf8.decode(bytes);
    } catch {
      return this.fail('BAD_TEXT', this.offset - sizeBytes);
    }
  }

  /** Moves past bytes without meaning and keeps them where they are not zero. */
  leftover(sizeBytes: number): void {
    const offset = this.take(sizeBytes);
    if (this.isZero(offset, sizeBytes)) return;
    this.#residue ??= [];
    this.#residue.push({ offset, bytes: this.data.subarray(offset, offset + sizeBytes) });
  }

  isZero(offset: number, sizeBytes: number): boolean {
    const { data } = this;
    for (let index = offset; index < offset + sizeBytes; index += 1) {
      if (data[index] !== 0) return false;
    }
    return true;
  }
}
