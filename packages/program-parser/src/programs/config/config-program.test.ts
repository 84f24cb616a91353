import { parseAddress } from '@streamsync/domain';
import { describe, expect, it } from 'vitest';
import {
  ADDRESS,
  addressOf,
  f64,
  fill,
  join,
  key,
  state,
  u64,
} from '../../../tests/golden-accounts.ts';
import { CONFIG, OTHER_CONFIG, VALIDATOR_INFO } from '../../../tests/golden-programs.ts';
import { encodeAccount } from '../../encode-account.ts';
import { parseAccount } from '../../parse-account.ts';

const parse = (data: Uint8Array, at = ADDRESS) => parseAccount(at, state(CONFIG, data));

describe('the config program', () => {
  it('reads what a validator publishes about itself', () => {
    expect(parse(VALIDATOR_INFO)).toMatchObject({
      account: {
        kind: 'validatorInfo',
        identity: addressOf(2),
        json: '{"name":"Größe","website":"https://x"}',
      },
    });
  });

  it('reads the stake configuration at its address', () => {
    const at = parseAddress('StakeConfig11111111111111111111111111111111');
    expect(parse(join([0], f64(0.25), [12]), at)).toMatchObject({
      account: { kind: 'stakeConfig', warmupCooldownRate: 0.25, slashPenalty: 12, keys: [] },
    });
  });

  it('leaves data of another meaning as bytes', () => {
    expect(parse(OTHER_CONFIG)).toMatchObject({
      account: {
        kind: 'configAccount',
        keys: [{ key: addressOf(9), signer: true }],
        configData: fill(7, 1),
      },
    });
  });

  it('counts more keys than one byte holds', () => {
    const keys = Array.from({ length: 200 }, () => join(key(9), [0]));
    const data = join([0xc8, 0x01], ...keys, [5]);
    const result = parse(data);
    if (result.kind !== 'parsed') expect.fail(result.why);
    expect(result.account).toMatchObject({ configData: new Uint8Array([5]) });
    expect(encodeAccount(result.account)).toEqual(data);
  });

  it.each([
    ['a count in a longer way than it needs', join([0x81, 0x00], fill(60, 1)), 'OUT_OF_RANGE'],
    ['a count past 16 bits', join([0xff, 0xff, 0x04], fill(60, 1)), 'OUT_OF_RANGE'],
    ['a count that never ends', fill(60, 0xff), 'OUT_OF_RANGE'],
    ['more keys than bytes', join([5], fill(60, 1)), 'TRUNCATED'],
    [
      'a text longer than the account',
      join(VALIDATOR_INFO.subarray(0, 67), u64(2n ** 40n), fill(20, 65)),
      'TRUNCATED',
    ],
  ])('refuses %s', (_what, data, why) => {
    expect(parse(data)).toMatchObject({ kind: 'malformed', why });
  });
});
