import { describe, expect, it } from 'vitest';
import {
  ADDRESS,
  addressOf,
  entry,
  extendedAccount,
  extendedMint,
  FROZEN_MINT,
  FULL_TOKEN_ACCOUNT,
  fill,
  join,
  key,
  MINT,
  MINT_WITH_STALE_KEY,
  MULTISIG,
  SPL_TOKEN,
  state,
  TOKEN_2022,
  TOKEN_ACCOUNT,
  u32,
  u64,
  zeros,
} from '../../../tests/golden-accounts.ts';
import { encodeAccount } from '../../encode-account.ts';
import { parseAccount } from '../../parse-account.ts';

const parse = (owner: typeof SPL_TOKEN, data: Uint8Array) =>
  parseAccount(ADDRESS, state(owner, data));

function patched(data: Uint8Array, offset: number, bytes: Uint8Array | readonly number[]) {
  const copy = data.slice();
  copy.set(bytes, offset);
  return copy;
}

describe.each([
  ['SPL Token', SPL_TOKEN],
  ['Token-2022', TOKEN_2022],
])('%s', (_name, program) => {
  it('has mints', () => {
    expect(parse(program, MINT)).toMatchObject({
      account: {
        kind: 'mint',
        program,
        mintAuthority: addressOf(1),
        supply: 1_000_000n,
        decimals: 6,
        freezeAuthority: null,
        extensions: [],
        residue: [],
      },
    });
    expect(parse(program, FROZEN_MINT)).toMatchObject({
      account: { mintAuthority: null, supply: 2n ** 64n - 1n, freezeAuthority: addressOf(2) },
    });
  });

  it('has token accounts', () => {
    expect(parse(program, TOKEN_ACCOUNT)).toMatchObject({
      account: {
        kind: 'tokenAccount',
        program,
        mint: addressOf(1),
        owner: addressOf(2),
        amount: 42n,
        delegate: null,
        state: 'initialized',
        nativeReserveLamports: null,
        delegatedAmount: 0n,
        closeAuthority: null,
        extensions: [],
      },
    });
    expect(parse(program, FULL_TOKEN_ACCOUNT)).toMatchObject({
      account: {
        amount: 2n ** 60n,
        delegate: addressOf(3),
        state: 'frozen',
        nativeReserveLamports: 2_039_280n,
        delegatedAmount: 17n,
        closeAuthority: addressOf(4),
      },
    });
  });

  it('has multisigs', () => {
    expect(parse(program, MULTISIG)).toMatchObject({
      account: {
        kind: 'multisig',
        signersRequired: 2,
        signers: [addressOf(1), addressOf(2), addressOf(3)],
      },
    });
  });

  it('reads a cleared key as none and keeps its bytes', () => {
    const result = parse(program, MINT_WITH_STALE_KEY);
    expect(result).toMatchObject({
      account: { freezeAuthority: null, residue: [{ offset: 50, bytes: key(9) }] },
    });
    if (result.kind !== 'parsed') expect.fail('malformed');
    expect(encodeAccount(result.account)).toEqual(MINT_WITH_STALE_KEY);
  });

  it.each([
    ['a mint without a state', patched(MINT, 45, [0]), 'NOT_INITIALIZED', 45],
    ['a mint with a lying flag', patched(MINT, 45, [2]), 'BAD_BOOLEAN', 45],
    ['a mint with a lying tag', patched(MINT, 0, u32(2)), 'BAD_OPTION_TAG', 0],
    ['a token account without a state', patched(TOKEN_ACCOUNT, 108, [0]), 'NOT_INITIALIZED', 108],
    ['a token account with a lying state', patched(TOKEN_ACCOUNT, 108, [3]), 'BAD_ENUM', 108],
    ['a token account with a lying tag', patched(TOKEN_ACCOUNT, 129, [9]), 'BAD_OPTION_TAG', 129],
    ['a multisig of twelve', patched(MULTISIG, 1, [12]), 'OUT_OF_RANGE', 1],
    ['a multisig of none', patched(MULTISIG, 0, [0]), 'OUT_OF_RANGE', 0],
    ['a token account cut short', FULL_TOKEN_ACCOUNT.subarray(0, 164), 'WRONG_SIZE', 164],
  ])('refuses %s', (_what, data, why, offset) => {
    expect(parse(program, data)).toMatchObject({ kind: 'malformed', program, why, offset });
  });
});

describe('the sizes that tell the programs apart', () => {
  it('leave SPL Token no extensions', () => {
    expect(parse(SPL_TOKEN, extendedMint(entry(9)))).toMatchObject({ why: 'WRONG_SIZE' });
  });

  it('make 355 bytes a multisig even in Token-2022', () => {
    const disguised = extendedAccount(entry(900, zeros(355 - 166 - 4)));
    expect(disguised.length).toBe(355);
    expect(parse(TOKEN_2022, disguised)).toMatchObject({ kind: 'malformed' });
  });

  it('need the holder byte and zeros before it', () => {
    const mint = extendedMint(entry(9));
    expect(parse(TOKEN_2022, patched(mint, 165, [3]))).toMatchObject({
      why: 'BAD_ENUM',
      offset: 165,
    });
    expect(parse(TOKEN_2022, patched(mint, 165, [0]))).toMatchObject({ why: 'BAD_ENUM' });
    expect(parse(TOKEN_2022, patched(mint, 100, [1]))).toMatchObject({ why: 'NONZERO_PADDING' });
  });

  it('leave an account whose extensions came before its entity as bytes', () => {
    const half = join(zeros(165), [0], entry(7));
    expect(parse(TOKEN_2022, half)).toMatchObject({
      account: { kind: 'programAccount', raw: 'UNINITIALIZED' },
    });
  });
});

describe('native accounts', () => {
  it('keep amounts above 2^53 exact', () => {
    for (const amount of [2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n]) {
      const data = patched(TOKEN_ACCOUNT, 64, u64(amount));
      expect(parse(SPL_TOKEN, data)).toMatchObject({ account: { amount } });
    }
  });

  it('keep stale bodies of every option', () => {
    const data = patched(patched(TOKEN_ACCOUNT, 113, fill(8, 5)), 133, fill(32, 6));
    const result = parse(SPL_TOKEN, data);
    if (result.kind !== 'parsed') expect.fail('malformed');
    expect(result.account).toMatchObject({ nativeReserveLamports: null, closeAuthority: null });
    expect(encodeAccount(result.account)).toEqual(data);
  });
});
