import { addressFromBytes } from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressAt } from './base58-address.ts';

describe('addressAt', () => {
  it('equals the base58 of @scure/base for any 32 bytes at any offset', () => {
    const any32 = fc
      .tuple(fc.nat(32), fc.uint8Array({ minLength: 32, maxLength: 32 }))
      .map(([zeros, bytes]) => bytes.fill(0, 0, zeros));
    fc.assert(
      fc.property(any32, fc.nat(5), (bytes, offset) => {
        const data = new Uint8Array(offset + 32);
        data.set(bytes, offset);
        expect(addressAt(data, offset)).toBe(addressFromBytes(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([0, 1, 255])('equals it for 32 bytes of %i', (byte) => {
    const bytes = new Uint8Array(32).fill(byte);
    expect(addressAt(bytes, 0)).toBe(addressFromBytes(bytes));
  });
});
