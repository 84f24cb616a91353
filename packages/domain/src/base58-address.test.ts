import { base58 } from '@scure/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase58Of32, encodeBase58At } from './base58-address.ts';

const any32 = fc
  .tuple(fc.nat(32), fc.uint8Array({ minLength: 32, maxLength: 32 }))
  .map(([zeros, bytes]) => bytes.fill(0, 0, zeros));

/** What an independent decoder makes of the text. */
function reference(text: string): Uint8Array | null {
  try {
    const bytes = base58.decode(text);
    return bytes.length === 32 ? bytes : null;
  } catch {
    return null;
  }
}

describe('base58 of 32 bytes', () => {
  it('equals that of @scure/base for any bytes at any offset, and is read back', () => {
    fc.assert(
      fc.property(any32, fc.nat(5), (bytes, offset) => {
        const data = new Uint8Array(offset + 32);
        data.set(bytes, offset);
        const text = encodeBase58At(data, offset);
        expect(text).toBe(base58.encode(bytes));
        expect(decodeBase58Of32(text)).toEqual(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([0, 1, 255])('equals it for 32 bytes of %i', (byte) => {
    const bytes = new Uint8Array(32).fill(byte);
    expect(encodeBase58At(bytes, 0)).toBe(base58.encode(bytes));
    expect(decodeBase58Of32(base58.encode(bytes))).toEqual(bytes);
  });

  it('is refused exactly where @scure/base refuses it', () => {
    const letters = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
    const digits = fc.string({
      unit: fc.constantFrom(...letters, '1', 'z', '0', 'O', 'l', '\u00e9', ' '),
      minLength: 30,
      maxLength: 46,
    });
    const valid = fc.string({ unit: fc.constantFrom(...letters), minLength: 43, maxLength: 44 });
    fc.assert(
      fc.property(fc.oneof(digits, valid), (text) => {
        expect(decodeBase58Of32(text)).toEqual(reference(text));
      }),
      { numRuns: 5_000 },
    );
    for (const text of ['z'.repeat(44), '1'.repeat(32), '1'.repeat(31), '1'.repeat(33), '']) {
      expect(decodeBase58Of32(text)).toEqual(reference(text));
    }
  });
});
