import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExactJson } from './json.ts';

/** JSON text with u64 as bare numbers, as RPC writes it. */
function write(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(write).join(' , ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    return `{${entries.map(([key, each]) => `${JSON.stringify(key)}: ${write(each)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** What the parse promises: whole numbers of 16 digits and more are text. */
function expected(value: unknown): unknown {
  if (typeof value === 'bigint') return value < 10n ** 15n ? Number(value) : value.toString();
  if (Array.isArray(value)) return value.map(expected);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, expected(each)]));
  }
  return value;
}

const tricky = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '[12345678901234567890,',
    ':12345678901234567890}',
    '\\":12345678901234567890,"',
    '"',
    '\\',
  ),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    tricky,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(
      // RPC's names have no escapes. V8 13.6 itself mistakes an escaped name for another one.
      fc.stringMatching(/^[a-zA-Z0-9:,[\] ]{0,24}$/),
      tie('value'),
      { maxKeys: 5 },
    ),
  ),
})).value;

describe('exact JSON', () => {
  it('keeps every u64, and touches no string whatever it holds', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(parseExactJson(write(value))).toEqual(expected(value));
      }),
      { numRuns: 500 },
    );
  });

  it('leaves fractions and exponents to JSON', () => {
    const text = '[0.12345678901234567890, 1234567890123456.5, 1234567890123456e3, -1]';
    expect(parseExactJson(text)).toEqual(JSON.parse(text));
  });
});
