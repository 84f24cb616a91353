import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CborReader } from './reader.ts';
import { CborWriter } from './writer.ts';

type Value = bigint | string | boolean | null | Uint8Array | Value[] | { [key: string]: Value };

const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n }),
    fc.integer().map(BigInt),
    fc.string({ unit: 'grapheme' }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 30 }),
    fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), tie('value'), { maxKeys: 5 }),
  ),
})).value;

function write(writer: CborWriter, item: Value): void {
  if (item === null) writer.null();
  else if (typeof item === 'bigint') writer.integer(item);
  else if (typeof item === 'string') writer.text(item);
  else if (typeof item === 'boolean') writer.boolean(item);
  else if (item instanceof Uint8Array) writer.bytes(item);
  else if (Array.isArray(item)) {
    writer.array(item.length);
    for (const inner of item) write(writer, inner);
  } else {
    const entries = Object.entries(item).map(([key, inner]) => {
      return { key: Buffer.from(new CborWriter().text(key).finish()), inner };
    });
    entries.sort((left, right) => Buffer.compare(left.key, right.key));
    writer.map(entries.length);
    for (const { key, inner } of entries) {
      writer.raw(key);
      write(writer, inner);
    }
  }
}

const bytesOf = (item: Value) => {
  const writer = new CborWriter();
  write(writer, item);
  return Uint8Array.from(writer.finish());
};
const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));

describe('deterministic CBOR', () => {
  it('is byte for byte what an independent encoder writes, and is read back whole', () => {
    fc.assert(
      fc.property(value, (item) => {
        const bytes = bytesOf(item);
        expect(bytes).toEqual(Uint8Array.from(encode(item)));
        const reader = new CborReader(bytes);
        expect(reader.skip().length).toBe(bytes.length);
        reader.end();
      }),
      { numRuns: 500 },
    );
  });

  it('reads what it accepts only in the one form that it writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const reader = new CborReader(bytes);
        try {
          const first = bytes[0] as number;
          if (first >> 5 <= 1) {
            const number = reader.integer();
            expect(Uint8Array.from(new CborWriter().integer(number).finish())).toEqual(
              bytes.slice(0, reader.offset),
            );
          } else {
            reader.skip();
          }
        } catch (error) {
          expect(error).toMatchObject({ code: 'MALFORMED_MESSAGE' });
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['a number in a longer form', '1817'],
    ['a 16-bit number that fits 8', '190017'],
    ['a 64-bit number that fits 32', '1b00000000ffffffff'],
    ['a length in a longer form', '580161'],
    ['an indefinite byte string', '5f4161ff'],
    ['an indefinite array', '9f01ff'],
    ['a float', 'f93c00'],
    ['a tag', 'c001'],
    ['undefined', 'f7'],
    ['a byte string past the end', '5864'],
    ['a huge byte string', '5b0000ffffffffffff'],
    ['an array longer than the input', '9b0000ffffffffffff'],
    ['keys out of order', 'a261620161610a'],
    ['a repeated key', 'a2616101616102'],
    ['text that is not UTF-8', '61ff'],
    ['an early end', '8201'],
    ['nothing', ''],
    ['nesting without end', '81'.repeat(40)],
  ])('refuses %s', (_name, text) => {
    expect(() => new CborReader(hex(text)).skip()).toThrow(
      expect.objectContaining({ code: 'MALFORMED_MESSAGE' }),
    );
  });

  it('refuses trailing bytes', () => {
    const reader = new CborReader(hex('0101'));
    reader.unsigned();
    expect(() => reader.end()).toThrow(expect.objectContaining({ code: 'MALFORMED_MESSAGE' }));
  });
});
