import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressBytes,
  addressFromBytes,
  parseAddress,
  parseSignature,
  parseSlot,
  signatureBytes,
  signatureFromBytes,
  U64_MAX,
} from './units.ts';

const bytesOf = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });

describe('addresses and signatures', () => {
  it('go from bytes to text and back', () => {
    fc.assert(
      fc.property(bytesOf(32), bytesOf(64), (address, signature) => {
        expect(addressBytes(parseAddress(addressFromBytes(address)))).toEqual(address);
        expect(signatureBytes(parseSignature(signatureFromBytes(signature)))).toEqual(signature);
      }),
    );
  });

  it.each([
    '',
    '0',
    'O0Il',
    '1'.repeat(31),
    '1'.repeat(33),
    'z'.repeat(44),
    'a'.repeat(10_000),
    ' 1111',
  ])('refuses %j as an address', (text) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'INVALID_ADDRESS' }));
  });
});

describe('slots', () => {
  it('hold every u64', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: U64_MAX }), (slot) => {
        expect(parseSlot(slot.toString())).toBe(slot);
      }),
    );
  });

  it.each(['-1', '1.5', '0x10', '18446744073709551616', '', 'ten', '1e3'])('refuse %j', (text) => {
    expect(() => parseSlot(text)).toThrow(expect.objectContaining({ code: 'INVALID_SLOT' }));
  });
});
