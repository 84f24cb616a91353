import { parseAddress } from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ADDRESS,
  addressOf,
  join,
  state,
  GOLDEN as TOKEN_GOLDEN,
  PROGRAMS as TOKEN_PROGRAMS,
} from '../tests/golden-accounts.ts';
import { MORE_GOLDEN, MORE_PROGRAMS } from '../tests/golden-programs.ts';
import { encodeAccount } from './encode-account.ts';
import { type ParseResult, parseAccount } from './parse-account.ts';
import { SYSVAR_OWNER } from './programs/sysvars/sysvars.ts';
import { tokenAccountKeys } from './token-account-keys.ts';

const GOLDEN = [...TOKEN_GOLDEN, ...MORE_GOLDEN];
const PROGRAMS = [...TOKEN_PROGRAMS, ...MORE_PROGRAMS];
const SYSVARS = [
  'SysvarC1ock11111111111111111111111111111111',
  'SysvarEpochSchedu1e111111111111111111111111',
  'SysvarEpochRewards1111111111111111111111111',
  'SysvarRent111111111111111111111111111111111',
  'SysvarFees111111111111111111111111111111111',
  'SysvarRecentB1ockHashes11111111111111111111',
  'SysvarRewards111111111111111111111111111111',
  'SysvarS1otHashes111111111111111111111111111',
  'SysvarS1otHistory11111111111111111111111111',
  'SysvarStakeHistory1111111111111111111111111',
  'SysvarLastRestartS1ot1111111111111111111111',
].map(parseAddress);
const SOME_PROGRAM = addressOf(99);

/** Whatever the bytes, a result stands for exactly them: the entity has nothing else in it. */
function expectTruthful(owner: typeof ADDRESS, data: Uint8Array, address = ADDRESS): ParseResult {
  const before = data.slice();
  const result = parseAccount(address, state(owner, data));
  if (result.kind === 'parsed') {
    expect(Buffer.compare(encodeAccount(result.account), before)).toBe(0);
    if (result.account.kind === 'tokenAccount') {
      const keys = tokenAccountKeys(owner, data);
      expect(keys).not.toBeNull();
    }
  } else {
    expect(result.offset).toBeGreaterThanOrEqual(0);
    expect(result.offset).toBeLessThanOrEqual(data.length);
    expect(result.program).toBe(owner);
  }
  expect(Buffer.compare(data, before)).toBe(0);
  return result;
}

describe('parseAccount', () => {
  it.each(GOLDEN)('gives back the bytes of a $name', ({ owner, data }) => {
    const result = expectTruthful(owner, data);
    expect(result.kind === 'parsed' && result.account.kind).not.toBe('programAccount');
    expect(result.kind).toBe('parsed');
  });

  it('keeps the header, and leaves an unknown program its bytes', () => {
    const data = join([1, 2, 3]);
    const result = parseAccount(ADDRESS, {
      lamports: 7n,
      owner: SOME_PROGRAM,
      executable: true,
      data,
    });
    expect(result).toEqual({
      kind: 'parsed',
      account: {
        kind: 'programAccount',
        raw: 'UNKNOWN_PROGRAM',
        address: ADDRESS,
        program: SOME_PROGRAM,
        lamports: 7n,
        executable: true,
        sizeBytes: 3,
        data,
      },
    });
  });

  it('takes zeroed accounts of any size for uninitialised', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PROGRAMS), fc.integer({ min: 1, max: 700 }), (owner, size) => {
        const result = parseAccount(ADDRESS, state(owner, new Uint8Array(size)));
        expect(result).toMatchObject({
          kind: 'parsed',
          account: { kind: 'programAccount', raw: 'UNINITIALIZED' },
        });
      }),
    );
  });

  it('never throws and never invents for random bytes of any size', () => {
    // The sizes of the known kinds come up as often as all others together.
    const size = fc.oneof(
      fc.constantFrom(0, 80, 82, 165, 166, 170, 182, 355, 607, 679),
      fc.nat(700),
    );
    const bytes = size.chain((n) => fc.uint8Array({ minLength: n, maxLength: n }));
    fc.assert(
      fc.property(fc.constantFrom(...PROGRAMS), bytes, (owner, data) => {
        expectTruthful(owner, data);
      }),
      { numRuns: 3_000 },
    );
  });

  it('never throws and never invents for random bytes of any sysvar', () => {
    // Small counts come up often, so that lists are read to their ends.
    const bytes = fc
      .tuple(fc.nat(3), fc.uint8Array({ maxLength: 300 }))
      .map(([count, rest]) => join([count, 0, 0, 0, 0, 0, 0, 0], rest));
    const any = fc.oneof(bytes, fc.uint8Array({ maxLength: 300 }));
    const counts = { parsed: 0, malformed: 0 };
    fc.assert(
      fc.property(fc.constantFrom(...SYSVARS), any, (address, data) => {
        counts[expectTruthful(SYSVAR_OWNER, data, address).kind] += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(counts.parsed).toBeGreaterThan(100);
    expect(counts.malformed).toBeGreaterThan(100);
  });

  it.each(GOLDEN)('never throws and never invents for a $name cut short', ({ owner, data }) => {
    for (let size = 0; size < data.length; size += 1) expectTruthful(owner, data.slice(0, size));
  });

  it.each(GOLDEN)(
    'never throws and never invents for a $name with a flipped bit',
    ({ owner, data }) => {
      // Of large accounts every ninth bit: each byte once, and each place in a byte.
      const step = data.length > 500 ? 9 : 1;
      for (let bit = 0; bit < data.length * 8; bit += step) {
        const flipped = data.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expectTruthful(owner, flipped);
      }
    },
  );

  it.each(GOLDEN)(
    'never throws and never invents for a $name with a torn write',
    ({ owner, data }) => {
      fc.assert(
        fc.property(fc.nat(data.length), fc.uint8Array({ maxLength: 64 }), (offset, patch) => {
          const torn = new Uint8Array(Math.max(data.length, offset + patch.length));
          torn.set(data);
          torn.set(patch, offset);
          expectTruthful(owner, torn);
        }),
        { numRuns: 300 },
      );
    },
  );

  it.each(GOLDEN)('reads a $name that is a view into a larger buffer', ({ owner, data }) => {
    const larger = join(new Uint8Array(13).fill(255), data, new Uint8Array(9).fill(255));
    const view = larger.subarray(13, 13 + data.length);
    expect(parseAccount(ADDRESS, state(owner, view))).toEqual(
      parseAccount(ADDRESS, state(owner, data)),
    );
  });
});
