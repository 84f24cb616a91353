import { describe, expect, it } from 'vitest';
import {
  ADDRESS,
  addressOf,
  CORRUPT_METADATA,
  EARLY_METADATA,
  fill,
  join,
  METADATA,
  state,
  TOKEN_METADATA,
  u32,
} from '../../../tests/golden-accounts.ts';
import { encodeAccount } from '../../encode-account.ts';
import { parseAccount } from '../../parse-account.ts';

const parse = (data: Uint8Array) => parseAccount(ADDRESS, state(TOKEN_METADATA, data));

function patched(data: Uint8Array, offset: number, bytes: Uint8Array | readonly number[]) {
  const copy = data.slice();
  copy.set(bytes, offset);
  return copy;
}

const NO_TAIL = {
  tokenStandard: null,
  collection: null,
  uses: null,
  collectionDetails: null,
  programmableConfig: null,
};

describe('Token Metadata', () => {
  it('reads every field, texts without their padding', () => {
    expect(parse(METADATA)).toEqual({
      kind: 'parsed',
      account: {
        kind: 'tokenMetadata',
        address: ADDRESS,
        program: TOKEN_METADATA,
        lamports: 1_000n,
        executable: false,
        sizeBytes: 679,
        residue: [],
        updateAuthority: addressOf(1),
        mint: addressOf(2),
        name: 'Name',
        symbol: 'SYM',
        uri: 'https://example.org/1.json',
        textSizes: { nameBytes: 32, symbolBytes: 10, uriBytes: 200 },
        sellerFeeBasisPoints: 550,
        creators: [
          { address: addressOf(3), verified: true, sharePercent: 60 },
          { address: addressOf(4), verified: false, sharePercent: 40 },
        ],
        primarySaleHappened: true,
        isMutable: false,
        editionNonce: 254,
        tokenStandard: 'programmableNonFungible',
        collection: { verified: true, key: addressOf(5) },
        uses: { method: 'multiple', remaining: 2n, total: 3n },
        collectionDetails: { version: 'v1', size: 4_993n },
        programmableConfig: { version: 'v1', ruleSet: addressOf(6) },
        hasCorruptTail: false,
      },
    });
  });

  it('reads accounts that end before the later fields', () => {
    expect(parse(EARLY_METADATA)).toMatchObject({
      account: { creators: null, editionNonce: null, ...NO_TAIL, hasCorruptTail: false },
    });
  });

  it('reads a corrupt tail as absent, as the program does, and keeps its bytes', () => {
    const result = parse(CORRUPT_METADATA);
    expect(result).toMatchObject({
      account: { name: 'Name', editionNonce: 255, ...NO_TAIL, hasCorruptTail: true },
    });
    if (result.kind !== 'parsed') expect.fail('malformed');
    expect(encodeAccount(result.account)).toEqual(CORRUPT_METADATA);
  });

  it('keeps what the program marks in the padding', () => {
    const marked = patched(METADATA, 678, [1]);
    const result = parse(marked);
    expect(result).toMatchObject({ account: { tokenStandard: 'programmableNonFungible' } });
    if (result.kind !== 'parsed') expect.fail('malformed');
    expect(encodeAccount(result.account)).toEqual(marked);
  });

  it('leaves a key of the future as bytes', () => {
    expect(parse(join([15], fill(240, 1)))).toMatchObject({
      account: { kind: 'programAccount', raw: 'UNKNOWN_KIND' },
    });
  });

  it.each([
    ['a key of none with fields', patched(METADATA, 0, [0]), 'NOT_INITIALIZED', 0],
    ['a name that passes its limit', patched(METADATA, 65, u32(33)), 'BAD_TEXT', 65],
    ['a name that is not UTF-8', patched(METADATA, 69, [0xc3, 0x28]), 'BAD_TEXT', 69],
    ['six creators', patched(METADATA, 322, u32(6)), 'OUT_OF_RANGE', 322],
    ['countless creators', patched(METADATA, 322, u32(2 ** 32 - 1)), 'OUT_OF_RANGE', 322],
    ['a flag of 2', patched(EARLY_METADATA, 322, [2]), 'BAD_BOOLEAN', 322],
    ['an end inside of a field', METADATA.subarray(0, 410), 'TRUNCATED', 402],
    ['an end inside of a text', METADATA.subarray(0, 80), 'TRUNCATED', 69],
    ['an end behind a tag', join(EARLY_METADATA, [1]), 'TRUNCATED', EARLY_METADATA.length + 1],
  ])('refuses %s', (_what, data, why, offset) => {
    expect(parse(data)).toMatchObject({ kind: 'malformed', why, offset });
  });
});
