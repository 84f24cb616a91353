import { describe, expect, it } from 'vitest';
import {
  ADDRESS,
  addressOf,
  join,
  key,
  state,
  text,
  u32,
  u64,
} from '../../../tests/golden-accounts.ts';
import {
  CORE,
  CORE_ASSET,
  CORE_ASSET_OF_FUTURE,
  FULL_CORE_ASSET,
  OLD_CORE_COLLECTION,
} from '../../../tests/golden-programs.ts';
import { parseAccount } from '../../parse-account.ts';

const parse = (data: Uint8Array) => parseAccount(ADDRESS, state(CORE, data));

const HEADER_AT = CORE_ASSET.length;
const PLUGINS_AT = HEADER_AT + 9;

/** An asset with `bodies` between header and registry, and burn delegates at `offsets`. */
function withBurnDelegates(bodies: Uint8Array, offsets: readonly (number | bigint)[]): Uint8Array {
  const records = offsets.map((offset) => join([2], [1], u64(offset)));
  const registryAt = u64(PLUGINS_AT + bodies.length);
  return join(CORE_ASSET, [3], registryAt, bodies, [4], u32(offsets.length), ...records, u32(0));
}

describe('Metaplex Core', () => {
  it('reads an asset without plugins', () => {
    expect(parse(CORE_ASSET)).toMatchObject({
      account: {
        kind: 'coreAsset',
        owner: addressOf(1),
        updateAuthority: { kind: 'collection', address: addressOf(2) },
        name: 'Asset',
        uri: 'https://a',
        sequence: null,
        plugins: [],
        registryOffset: null,
      },
    });
  });

  it('reads what plugins say and store', () => {
    const result = parse(FULL_CORE_ASSET);
    if (result.kind !== 'parsed' || result.account.kind !== 'coreAsset') expect.fail('no asset');
    const { plugins, externalPlugins } = result.account;
    expect(plugins[0]).toMatchObject({
      type: 'royalties',
      authority: { kind: 'updateAuthority' },
      fields: {
        basisPoints: 500,
        creators: [{ address: addressOf(1), percentage: 100 }],
        ruleSet: { kind: 'programAllowList', programs: [addressOf(2)] },
      },
    });
    expect(plugins[3]?.authority).toEqual({ kind: 'address', address: addressOf(40) });
    expect(externalPlugins.map(({ data }) => data?.length ?? null)).toEqual([
      3,
      null,
      0,
      null,
      null,
      20,
      null,
    ]);
  });

  it('keeps plugins of the future as bytes, up to where the next starts', () => {
    expect(parse(CORE_ASSET_OF_FUTURE)).toMatchObject({
      account: {
        sequence: 4n,
        plugins: [
          { type: 'unknown', number: 200, bytes: new Uint8Array([200, 1, 2, 3]) },
          { type: 'burnDelegate' },
        ],
      },
    });
  });

  it('reads an update delegate from before it had additional delegates', () => {
    expect(parse(OLD_CORE_COLLECTION)).toMatchObject({
      account: {
        kind: 'coreCollection',
        mintedCount: 3,
        currentSize: 2,
        plugins: [{ type: 'updateDelegate', fields: { additionalDelegates: null } }],
      },
    });
  });

  it('takes a burnt asset for uninitialised', () => {
    expect(parse(join([0]))).toMatchObject({ account: { raw: 'UNINITIALIZED' } });
  });

  const one = join([2]);
  it.each([
    ['two plugins in one place', withBurnDelegates(one, [PLUGINS_AT, PLUGINS_AT]), 'OUT_OF_RANGE'],
    ['a plugin before the header', withBurnDelegates(one, [0]), 'OUT_OF_RANGE'],
    ['a plugin in the registry', withBurnDelegates(one, [PLUGINS_AT + 1]), 'OUT_OF_RANGE'],
    ['a plugin beyond every number', withBurnDelegates(one, [2n ** 64n - 1n]), 'OUT_OF_RANGE'],
    [
      'a plugin of another type than its record',
      withBurnDelegates(join([3]), [PLUGINS_AT]),
      'BAD_ENUM',
    ],
    ['a registry behind the end', join(CORE_ASSET, [3], u64(2n ** 63n)), 'OUT_OF_RANGE'],
    ['a registry inside the header', join(CORE_ASSET, [3], u64(HEADER_AT)), 'OUT_OF_RANGE'],
    [
      'countless plugins',
      join(CORE_ASSET, [3], u64(PLUGINS_AT), [4], u32(2 ** 32 - 1)),
      'TRUNCATED',
    ],
    [
      'a plugin that reaches into the next',
      join(
        CORE_ASSET,
        [3],
        u64(PLUGINS_AT + 10),
        // Attributes with one pair, cut by the burn delegate that stands 9 bytes on.
        [6],
        u32(1),
        u32(5),
        [2],
        [4],
        u32(2),
        join([6], [1], u64(PLUGINS_AT)),
        join([2], [1], u64(PLUGINS_AT + 9)),
        u32(0),
      ),
      'TRUNCATED',
    ],
    ['a key of none with fields', join([0], key(1), text('x')), 'NOT_INITIALIZED'],
  ])('refuses %s', (_what, data, why) => {
    expect(parse(data)).toMatchObject({ kind: 'malformed', why });
  });
});
