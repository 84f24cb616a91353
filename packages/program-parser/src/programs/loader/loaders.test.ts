import { parseAddress } from '@streamsync/domain';
import { describe, expect, it } from 'vitest';
import { ADDRESS, addressOf, fill, join, state, u32, u64 } from '../../../tests/golden-accounts.ts';
import {
  BUFFER,
  FINAL_PROGRAM_DATA,
  LOADER_V3,
  LOADER_V4_PROGRAM,
  PROGRAM_DATA,
  UPGRADEABLE,
  V4_PROGRAM,
} from '../../../tests/golden-programs.ts';
import { encodeAccount } from '../../encode-account.ts';
import { parseAccount } from '../../parse-account.ts';

const CODE = join([0x7f], fill(40, 1));

describe('the upgradeable loader', () => {
  const parse = (data: Uint8Array) => parseAccount(ADDRESS, state(LOADER_V3, data));

  it('reads programs, their data and buffers', () => {
    expect(parse(UPGRADEABLE)).toMatchObject({
      account: { kind: 'upgradeableProgram', programData: addressOf(1) },
    });
    expect(parse(PROGRAM_DATA)).toMatchObject({
      account: {
        kind: 'programData',
        deployedSlot: 77n,
        upgradeAuthority: addressOf(1),
        code: CODE,
      },
    });
    expect(parse(BUFFER)).toMatchObject({
      account: { kind: 'programBuffer', authority: addressOf(1) },
    });
  });

  it('finds the code behind an authority that was given up', () => {
    expect(parse(FINAL_PROGRAM_DATA)).toMatchObject({
      account: { upgradeAuthority: null, code: CODE },
    });
  });

  it('does not copy the code', () => {
    const result = parse(PROGRAM_DATA);
    if (result.kind !== 'parsed' || result.account.kind !== 'programData') expect.fail('no data');
    expect(result.account.code.buffer).toBe(PROGRAM_DATA.buffer);
  });

  it.each([
    ['a state of the future', u32(4), 'BAD_ENUM'],
    ['data that ends before its code', join(u32(3), u64(7), [0]), 'TRUNCATED'],
  ])('refuses %s', (_what, data, why) => {
    expect(parse(data)).toMatchObject({ kind: 'malformed', why });
  });
});

describe.each([
  'BPFLoader1111111111111111111111111111111111',
  'BPFLoader2111111111111111111111111111111111',
])('%s', (loader) => {
  const owner = parseAddress(loader);

  it('has programs that are nothing but code, once they are executable', () => {
    const result = parseAccount(ADDRESS, { ...state(owner, CODE), executable: true });
    expect(result).toMatchObject({ account: { kind: 'finalProgram', code: CODE } });
    if (result.kind !== 'parsed') expect.fail('malformed');
    expect(encodeAccount(result.account)).toEqual(CODE);
    expect(encodeAccount(result.account).buffer).not.toBe(CODE.buffer);
    expect(parseAccount(ADDRESS, state(owner, CODE))).toMatchObject({
      account: { raw: 'UNINITIALIZED' },
    });
  });
});

describe('loader v4', () => {
  const parse = (data: Uint8Array) => parseAccount(ADDRESS, state(LOADER_V4_PROGRAM, data));

  it('reads a deployed program', () => {
    expect(parse(V4_PROGRAM)).toMatchObject({
      account: {
        kind: 'loaderV4Program',
        deployedSlot: 5n,
        status: 'deployed',
        authorityOrNextVersion: addressOf(1),
      },
    });
  });

  it('refuses a status that there is not', () => {
    const data = join(V4_PROGRAM.subarray(0, 40), u64(3));
    expect(parse(data)).toMatchObject({ kind: 'malformed', why: 'BAD_ENUM', offset: 40 });
  });
});
