import { U64_MAX } from '@streamsync/domain';
import fc from 'fast-check';
import { type GraphQLScalarType, isScalarType, Kind } from 'graphql/index.js';
import { describe, expect, it } from 'vitest';
import { schema } from './index.ts';
import { jsonValue } from './json-value.ts';

function scalar(name: string): GraphQLScalarType {
  const type = schema.getType(name);
  if (!isScalarType(type)) throw new Error(`${name} is a scalar`);
  return type;
}

const u64 = fc.bigInt({ min: 0n, max: U64_MAX });
const i64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

describe.each([
  ['U64', u64],
  ['Slot', u64],
  ['I64', i64],
] as const)('%s', (name, values) => {
  it('is decimal text in every response, however small', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(scalar(name).serialize(value)).toBe(value.toString());
      }),
    );
  });

  it('reads text, variables and literals without losing a digit', () => {
    fc.assert(
      fc.property(values, (value) => {
        const text = value.toString();
        expect(scalar(name).parseValue(text)).toBe(value);
        expect(scalar(name).parseLiteral({ kind: Kind.INT, value: text })).toBe(value);
        expect(scalar(name).parseLiteral({ kind: Kind.STRING, value: text })).toBe(value);
      }),
    );
  });

  it.each([U64_MAX + 1n, -(2n ** 63n) - 1n])('refuses %s', (value) => {
    expect(() => scalar(name).parseValue(value.toString())).toThrow();
  });

  it.each([1.5, Number.NaN, 2 ** 60, '', ' 1', '0x10', '1e3', true, null, {}, []])(
    'refuses %s',
    (value) => {
      expect(() => scalar(name).parseValue(value)).toThrow();
    },
  );
});

describe.each(['Address', 'Signature'])('%s', (name) => {
  it('refuses whatever is no base58 of its size, with a code', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(() => scalar(name).parseValue(value)).toThrow(
          expect.objectContaining({ code: `INVALID_${name.toUpperCase()}` }),
        );
      }),
    );
  });
});

describe('jsonValue', () => {
  it('turns numbers of 64 bits into text and bytes into base64, at any depth', () => {
    expect(jsonValue({ a: [1n, { b: Uint8Array.of(0xde, 0xad) }], c: null, d: 1.5 })).toEqual({
      a: ['1', { b: '3q0=' }],
      c: null,
      d: 1.5,
    });
  });
});
