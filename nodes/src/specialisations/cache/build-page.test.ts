import { type AccountState, addressFromBytes, PAGE_BYTES_MAX } from '@streamsync/domain';
import { decodeAccountPage, encodeAccountItem, encodeAccountPage } from '@streamsync/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPage } from './build-page.ts';

const address = fc.uint8Array({ minLength: 32, maxLength: 32 });
const state: fc.Arbitrary<AccountState> = fc.record({
  lamports: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  owner: address.map(addressFromBytes),
  executable: fc.boolean(),
  data: fc.uint8Array({ maxLength: 400 }),
});

describe('a page built from items', () => {
  it('is the page that the wire encodes from states', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(address, state), { maxLength: 20 }),
        fc.boolean(),
        (list, more) => {
          const built = buildPage(
            list.map(([bytes, each]) => ({ address: bytes, item: encodeAccountItem(each) })),
            more,
          );
          const entries = list.map(([bytes, each]) => ({
            address: addressFromBytes(bytes),
            state: each,
          }));
          expect(Buffer.from(built)).toEqual(Buffer.from(encodeAccountPage({ entries, more })));
        },
      ),
    );
  });

  it('ends before its size limit, says that there is more, and always has one entry', () => {
    const large = encodeAccountItem({
      lamports: 1n,
      owner: addressFromBytes(new Uint8Array(32)),
      executable: false,
      data: new Uint8Array(PAGE_BYTES_MAX - 100),
    });
    const entries = [1, 2, 3].map((byte) => ({
      address: new Uint8Array(32).fill(byte),
      item: large,
    }));
    const page = decodeAccountPage(buildPage(entries, false));
    expect(page.entries).toHaveLength(1);
    expect(page.more).toBe(true);
  });
});
