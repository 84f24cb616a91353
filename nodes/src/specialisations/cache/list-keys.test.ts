import { type AccountState, type Address, addressBytes } from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM, SYSTEM_PROGRAM, TOKEN_2022_PROGRAM } from '@streamsync/program-parser';
import { encodeAccountItem } from '@streamsync/wire';
import { describe, expect, it } from 'vitest';
import { listKeysOf } from './list-keys.ts';

const mint = new Uint8Array(32).fill(7);
const owner = new Uint8Array(32).fill(9);

function tokenAccount(program: Address, stateByte = 1): Uint8Array {
  const data = new Uint8Array(165);
  data.set(mint, 0);
  data.set(owner, 32);
  data[108] = stateByte;
  return encodeAccountItem({ lamports: 5n, owner: program, executable: false, data });
}

const plain: AccountState = {
  lamports: 1n,
  owner: SYSTEM_PROGRAM,
  executable: false,
  data: new Uint8Array(0),
};

describe('the lists of an account', () => {
  it.each([SPL_TOKEN_PROGRAM, TOKEN_2022_PROGRAM])(
    'of %s are its program, the holder and the mint',
    (program) => {
      const keys = listKeysOf(tokenAccount(program));
      expect(keys?.program).toEqual(addressBytes(program));
      expect(Buffer.from(keys?.tokenOwner ?? [])).toEqual(Buffer.from(owner));
      expect(Buffer.from(keys?.mint ?? [])).toEqual(Buffer.from(mint));
    },
  );

  it('leave out a token account that is not initialised', () => {
    expect(listKeysOf(tokenAccount(SPL_TOKEN_PROGRAM, 0))?.mint).toBeNull();
  });

  it('of any other account are its program alone', () => {
    expect(listKeysOf(encodeAccountItem(plain))).toEqual({
      program: addressBytes(SYSTEM_PROGRAM),
      tokenOwner: null,
      mint: null,
    });
  });

  it('of an account that is gone are none', () => {
    expect(listKeysOf(null)).toBeNull();
    expect(listKeysOf(encodeAccountItem(null))).toBeNull();
  });
});
