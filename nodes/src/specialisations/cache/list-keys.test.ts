import {
  type AccountState,
  type Address,
  addressFromBytes,
  PROGRAM_INDEXES,
} from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM, SYSTEM_PROGRAM, TOKEN_2022_PROGRAM } from '@streamsync/program-parser';
import { encodeAccountItem } from '@streamsync/wire';
import { describe, expect, it } from 'vitest';
import { INDEX_NAMES, listKeysOf } from './list-keys.ts';

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

/** The lists of an account as text, by their names. */
const listsOf = (item: Uint8Array | null) =>
  Object.fromEntries(listKeysOf(item).map(({ name, key }) => [name, addressFromBytes(key)]));

const ofProgram = (program: Address, size: number, put: (data: Uint8Array) => void) => {
  const data = new Uint8Array(size);
  put(data);
  return encodeAccountItem({ lamports: 1n, owner: program, executable: false, data });
};

describe('the lists of an account', () => {
  it.each([SPL_TOKEN_PROGRAM, TOKEN_2022_PROGRAM])(
    'of %s are its program, the holder and the mint',
    (program) => {
      expect(listsOf(tokenAccount(program))).toEqual({
        program,
        tokenOwner: addressFromBytes(owner),
        mint: addressFromBytes(mint),
      });
    },
  );

  it('leave out a token account that is not initialised', () => {
    expect(listsOf(tokenAccount(SPL_TOKEN_PROGRAM, 0))).toEqual({ program: SPL_TOKEN_PROGRAM });
  });

  it('of any other account are its program alone', () => {
    expect(listsOf(encodeAccountItem(plain))).toEqual({ program: SYSTEM_PROGRAM });
  });

  it('of an account that is gone are none', () => {
    expect(listKeysOf(null)).toEqual([]);
    expect(listKeysOf(encodeAccountItem(null))).toEqual([]);
  });

  it.each(INDEX_NAMES)('has %s where its condition holds, and only there', (name) => {
    const { program, where, keyOffset } = PROGRAM_INDEXES[name];
    const whole = keyOffset + 32;
    const matches = (data: Uint8Array) => {
      for (const { offset, bytes } of where) data.set(bytes, offset);
      data.set(owner, keyOffset);
    };
    expect(listsOf(ofProgram(program, whole, matches))[name]).toBe(addressFromBytes(owner));
    expect(listsOf(ofProgram(program, whole + 99, matches))[name]).toBe(addressFromBytes(owner));
    expect(listsOf(ofProgram(SYSTEM_PROGRAM, whole, matches))[name]).toBeUndefined();
    expect(
      listsOf(ofProgram(program, whole - 1, (data) => data.fill(1)))[name],
      'too short for its key',
    ).toBeUndefined();
    for (const { offset } of where) {
      const spoilt = ofProgram(program, whole, (data) => {
        matches(data);
        data[offset] = 77;
      });
      expect(listsOf(spoilt)[name]).toBeUndefined();
    }
  });
});
