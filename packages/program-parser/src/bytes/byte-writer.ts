// The other direction of ByteReader: fields into data of a known size. What lies behind the last
// field stays zero; a field that does not fit must be zero, as the empty options are that an old
// account ends before.
import { type Address, addressBytes, type Blockhash, invariant } from '@streamsync/domain';
import type { Residue } from './byte-reader.ts';

const utf8 = new TextEncoder();

export class ByteWriter {
  #data = new Uint8Array(512);
  #view = new DataView(this.#data.buffer);
  offset = 0;

  /**
   * Makes room for `sizeBytes` (zeros) and returns where they start. It may replace the view, so a
   * caller takes the place first and the view after.
   */
  skip(sizeBytes: number): number {
    const start = this.offset;
    const end = start + sizeBytes;
    if (end > this.#data.length) {
      const larger = new Uint8Array(Math.max(end, this.#data.length * 2));
      larger.set(this.#data);
      this.#data = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.offset = end;
    return start;
  }

  u8(value: number): void {
    const start = this.skip(1);
    this.#view.setUint8(start, value);
  }

  u16(value: number): void {
    const start = this.skip(2);
    this.#view.setUint16(start, value, true);
  }

  i16(value: number): void {
    const start = this.skip(2);
    this.#view.setInt16(start, value, true);
  }

  u32(value: number): void {
    const start = this.skip(4);
    this.#view.setUint32(start, value, true);
  }

  /** Fills in a length that was skipped before. */
  u32At(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }

  u16At(offset: number, value: number): void {
    this.#view.setUint16(offset, value, true);
  }

  u64(value: bigint): void {
    const start = this.skip(8);
    this.#view.setBigUint64(start, value, true);
  }

  i64(value: bigint): void {
    const start = this.skip(8);
    this.#view.setBigInt64(start, value, true);
  }

  f64(value: number): void {
    const start = this.skip(8);
    this.#view.setFloat64(start, value, true);
  }

  bool(value: boolean): void {
    this.u8(value ? 1 : 0);
  }

  address(value: Address | Blockhash): void {
    this.bytes(addressBytes(value));
  }

  /** A key where 32 zero bytes stand for none. */
  addressOrZero(value: Address | null): void {
    if (value === null) this.skip(32);
    else this.address(value);
  }

  bytes(value: Uint8Array): void {
    const start = this.skip(value.length);
    this.#data.set(value, start);
  }

  text(value: string): number {
    const encoded = utf8.encode(value);
    this.bytes(encoded);
    return encoded.length;
  }

  /** The data, `sizeBytes` long, with the residue put back. */
  finish(sizeBytes: number, residue: readonly Residue[]): Uint8Array {
    const data = new Uint8Array(sizeBytes);
    for (let index = sizeBytes; index < this.offset; index += 1) {
      invariant(this.#data[index] === 0, 'the fields of an account fit its size');
    }
    data.set(this.#data.subarray(0, Math.min(sizeBytes, this.offset)));
    for (const { offset, bytes } of residue) data.set(bytes, offset);
    return data;
  }
}
