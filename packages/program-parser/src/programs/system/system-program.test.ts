import { describe, expect, it } from 'vitest';
import {
  ADDRESS,
  addressOf,
  join,
  LEGACY_NONCE,
  NONCE,
  pad,
  SYSTEM,
  state,
  u32,
  zeros,
} from '../../../tests/golden-accounts.ts';
import { parseAccount } from '../../parse-account.ts';

const parse = (data: Uint8Array) => parseAccount(ADDRESS, state(SYSTEM, data));

describe('the system program', () => {
  it('owns wallets: lamports and no data', () => {
    expect(parse(zeros(0))).toMatchObject({
      kind: 'parsed',
      account: { kind: 'systemAccount', lamports: 1_000n, sizeBytes: 0 },
    });
  });

  it.each([
    ['current', NONCE],
    ['legacy', LEGACY_NONCE],
  ] as const)('owns durable nonces of the %s version', (version, data) => {
    expect(parse(data)).toMatchObject({
      account: {
        kind: 'nonceAccount',
        version,
        authority: addressOf(1),
        blockhash: addressOf(2),
        lamportsPerSignature: 5_000n,
      },
    });
  });

  it('leaves a nonce that was withdrawn as bytes', () => {
    const withdrawn = join(u32(1), u32(0), NONCE.subarray(8));
    expect(parse(withdrawn)).toMatchObject({
      account: { kind: 'programAccount', raw: 'UNINITIALIZED' },
    });
  });

  it.each([
    ['a version of the future', join(u32(2), NONCE.subarray(4)), 'BAD_ENUM', 0],
    ['a state that is none', join(u32(1), u32(2), NONCE.subarray(8)), 'BAD_ENUM', 4],
    ['a nonce that is cut short', NONCE.subarray(0, 79), 'WRONG_SIZE', 79],
    ['a nonce with bytes behind it', pad(NONCE, 81), 'WRONG_SIZE', 81],
  ])('refuses %s', (_what, data, why, offset) => {
    expect(parse(data)).toEqual({
      kind: 'malformed',
      address: ADDRESS,
      program: SYSTEM,
      why,
      offset,
    });
  });
});
