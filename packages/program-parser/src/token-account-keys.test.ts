import { addressFromBytes } from '@streamsync/domain';
import { describe, expect, it } from 'vitest';
import {
  ADDRESS,
  addressOf,
  entry,
  extendedAccount,
  FULL_TOKEN_ACCOUNT,
  GOLDEN,
  SPL_TOKEN,
  SYSTEM,
  state,
  TOKEN_2022,
  TOKEN_ACCOUNT,
  zeros,
} from '../tests/golden-accounts.ts';
import { parseAccount } from './parse-account.ts';
import { tokenAccountKeys } from './token-account-keys.ts';

describe('tokenAccountKeys', () => {
  it.each(GOLDEN)('agrees with the parse of a $name', ({ owner, data }) => {
    const result = parseAccount(ADDRESS, state(owner, data));
    const keys = tokenAccountKeys(owner, data);
    if (result.kind === 'parsed' && result.account.kind === 'tokenAccount') {
      expect(keys && addressFromBytes(keys.mint)).toBe(result.account.mint);
      expect(keys && addressFromBytes(keys.owner)).toBe(result.account.owner);
    } else {
      expect(keys).toBeNull();
    }
  });

  it('gives views, not copies', () => {
    expect(tokenAccountKeys(SPL_TOKEN, TOKEN_ACCOUNT)?.mint.buffer).toBe(TOKEN_ACCOUNT.buffer);
  });

  it.each([
    ['another program', SYSTEM, TOKEN_ACCOUNT],
    ['an unknown program', addressOf(1), TOKEN_ACCOUNT],
    ['an uninitialised account', SPL_TOKEN, zeros(165)],
    ['a size that SPL Token does not have', SPL_TOKEN, extendedAccount(entry(7))],
    ['bytes that are cut short', SPL_TOKEN, FULL_TOKEN_ACCOUNT.subarray(0, 164)],
    ['no bytes', TOKEN_2022, zeros(0)],
  ])('are null for %s', (_what, program, data) => {
    expect(tokenAccountKeys(program, data)).toBeNull();
  });
});
