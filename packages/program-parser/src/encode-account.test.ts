import { U64_MAX } from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ADDRESS, addressOf, SPL_TOKEN, state, TOKEN_2022 } from '../tests/golden-accounts.ts';
import { encodeAccount } from './encode-account.ts';
import { parseAccount } from './parse-account.ts';
import type { Mint, TokenAccount } from './programs/token/token-programs.ts';

const address = fc.nat(255).map(addressOf);
const u64 = fc.bigInt({ min: 0n, max: U64_MAX });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

const header = {
  address: ADDRESS,
  lamports: 1_000n,
  executable: false,
  residue: [],
};

const tokenAccount: fc.Arbitrary<TokenAccount> = fc
  .record({
    mint: address,
    owner: address,
    amount: u64,
    delegate: optional(address),
    state: fc.constantFrom('initialized' as const, 'frozen' as const),
    nativeReserveLamports: optional(u64),
    delegatedAmount: u64,
    closeAuthority: optional(address),
    program: fc.constantFrom(SPL_TOKEN, TOKEN_2022),
  })
  .map((fields) => ({
    ...header,
    ...fields,
    kind: 'tokenAccount',
    sizeBytes: 165,
    extensions: [],
  }));

/** A mint of Token-2022 with texts of any length, and zeros behind the last extension. */
const mint: fc.Arbitrary<Mint> = fc
  .record({
    mintAuthority: optional(address),
    supply: u64,
    decimals: fc.nat(255),
    freezeAuthority: optional(address),
    updateAuthority: optional(address),
    name: fc.string({ unit: 'grapheme', maxLength: 40 }),
    uri: fc.string({ unit: 'grapheme', maxLength: 300 }),
    additionalMetadata: fc.array(fc.record({ key: fc.string(), value: fc.string() }), {
      maxLength: 4,
    }),
  })
  .map(({ updateAuthority, name, uri, additionalMetadata, ...fields }) => ({
    ...header,
    ...fields,
    kind: 'mint',
    program: TOKEN_2022,
    // More than the largest texts above need: a grapheme has at most some tens of bytes.
    sizeBytes: 60_000,
    extensions: [
      { type: 'nonTransferable' },
      { type: 'unknown', number: 4_000, bytes: new Uint8Array([1, 2]) },
      {
        type: 'tokenMetadata',
        updateAuthority,
        mint: ADDRESS,
        name,
        symbol: '',
        uri,
        additionalMetadata,
      },
    ],
  }));

describe('encodeAccount', () => {
  it('writes what parseAccount reads back, for any token account and any extended mint', () => {
    fc.assert(
      fc.property(fc.oneof(tokenAccount, mint), (account) => {
        const data = encodeAccount(account);
        expect(data.length).toBe(account.sizeBytes);
        expect(parseAccount(ADDRESS, state(account.program, data))).toEqual({
          kind: 'parsed',
          account,
        });
      }),
      { numRuns: 300 },
    );
  });

  it('refuses fields that do not fit the size', () => {
    fc.assert(
      fc.property(tokenAccount, (account) => {
        expect(() => encodeAccount({ ...account, sizeBytes: 40 })).toThrow('invariant broken');
      }),
      { numRuns: 20 },
    );
  });

  it('gives a copy of the bytes of a ProgramAccount', () => {
    const data = new Uint8Array([1, 2, 3]);
    const result = parseAccount(ADDRESS, state(addressOf(1), data));
    if (result.kind !== 'parsed') expect.fail('malformed');
    const copy = encodeAccount(result.account);
    expect(copy).toEqual(data);
    expect(copy.buffer).not.toBe(data.buffer);
  });
});
