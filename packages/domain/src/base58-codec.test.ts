import { base58 } from '@scure/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBase58Codec } from './base58-codec.ts';

const LETTERS = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** What an independent decoder makes of the text. */
function reference(text: string, sizeBytes: number): Uint8Array | null {
  try {
    const bytes = base58.decode(text);
    return bytes.length === sizeBytes ? bytes : null;
  } catch {
    return null;
  }
}

describe.each([32, 64])('base58 of %i bytes', (size) => {
  const codec = createBase58Codec(size);
  const textMax = Math.ceil(size * 1.366);

  it('equals that of @scure/base for any bytes at any offset, and is read back', () => {
    const bytesOfSize = fc
      .tuple(fc.nat(size), fc.uint8Array({ minLength: size, maxLength: size }))
      .map(([zeros, bytes]) => bytes.fill(0, 0, zeros));
    fc.assert(
      fc.property(bytesOfSize, fc.nat(5), (bytes, offset) => {
        const data = new Uint8Array(offset + size);
        data.set(bytes, offset);
        const text = codec.encodeAt(data, offset);
        expect(text).toBe(base58.encode(bytes));
        expect(codec.decode(text)).toEqual(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([0, 1, 255])('equals it where every byte is %i', (byte) => {
    const bytes = new Uint8Array(size).fill(byte);
    expect(codec.encodeAt(bytes, 0)).toBe(base58.encode(bytes));
    expect(codec.decode(base58.encode(bytes))).toEqual(bytes);
  });

  it('is refused exactly where @scure/base refuses it', () => {
    const any = fc.string({
      unit: fc.constantFrom(...LETTERS, '1', 'z', '0', 'O', 'l', '\u00e9', ' '),
      minLength: size - 2,
      maxLength: textMax + 2,
    });
    const valid = fc.string({
      unit: fc.constantFrom(...LETTERS),
      minLength: textMax - 1,
      maxLength: textMax,
    });
    fc.assert(
      fc.property(fc.oneof(any, valid), (text) => {
        expect(codec.decode(text)).toEqual(reference(text, size));
      }),
      { numRuns: 5_000 },
    );
  });

  it('is refused just beyond its largest number and its zeros', () => {
    const largest = base58.encode(new Uint8Array(size).fill(255));
    const beyond = base58.encode(Uint8Array.of(1, ...new Uint8Array(size)));
    for (const text of [
      largest,
      beyond,
      'z'.repeat(textMax),
      '1'.repeat(size),
      '1'.repeat(size - 1),
      '1'.repeat(size + 1),
      `1${largest}`,
      '',
    ]) {
      expect(codec.decode(text), text).toEqual(reference(text, size));
    }
    expect(beyond.length).toBe(largest.length);
  });
});
