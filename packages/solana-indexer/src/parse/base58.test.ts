import { base58 } from '@scure/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base58Of } from './base58.ts';

describe('base58 of any size', () => {
  it('decodes what another implementation encodes, leading zero bytes included', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.uint8Array({ maxLength: 1_300 }), (zeros, rest) => {
        const bytes = Uint8Array.from([...new Uint8Array(zeros), ...rest]);
        expect(base58Of(base58.encode(bytes), 'data')).toEqual(bytes);
      }),
    );
  });

  it('refuses what is not base58, and what is longer than any instruction', () => {
    for (const text of ['0', 'O', 'l', 'I', 'a b', '\u20ac', 'zz\u0000', '+/', 7, null]) {
      expect(() => base58Of(text, 'data')).toThrow(
        expect.objectContaining({ code: 'SOURCE_FAILED' }),
      );
    }
    expect(() => base58Of('2'.repeat(16_385), 'data')).toThrow('base58 of a transaction');
    expect(base58Of('z'.repeat(16_384), 'data').length).toBe(11_998);
  });
});
