import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CborReader } from './reader.ts';
import { CborWriter } from './writer.ts';

/** The head of RFC 8949 for text, and its UTF-8. */
function reference(text: string): Uint8Array {
  const utf8 = Buffer.from(text);
  const { length } = utf8;
  const head =
    length < 24
      ? [0x60 | length]
      : length < 256
        ? [0x78, length]
        : [0x79, length >>> 8, length & 0xff];
  return Uint8Array.from([...head, ...utf8]);
}

describe('text in CBOR', () => {
  it('is UTF-8 behind its length, of any length and in any script, between other items', () => {
    const ascii = fc.string({ unit: fc.constantFrom(...'Program log: 0'), maxLength: 300 });
    const any = fc.string({ unit: 'grapheme', maxLength: 120 });
    fc.assert(
      fc.property(fc.array(fc.oneof(ascii, any), { maxLength: 6 }), fc.nat(30), (texts, hint) => {
        const writer = new CborWriter(hint).array(texts.length);
        for (const text of texts) writer.text(text);
        const bytes = writer.finish();
        expect(Buffer.from(bytes)).toEqual(
          Buffer.concat([Uint8Array.of(0x80 | texts.length), ...texts.map(reference)]),
        );
        const reader = new CborReader(bytes);
        reader.array();
        expect(texts.map(() => reader.text())).toEqual(texts);
      }),
    );
  });

  it.each([23, 24, 95, 96, 97, 255, 256])('has the right head at %i characters', (length) => {
    for (const text of ['a'.repeat(length), `${'a'.repeat(length - 1)}\u00e9`]) {
      expect(new CborWriter(0).text(text).finish()).toEqual(reference(text));
    }
  });
});
