import { addressFromBytes, parseSlot, StreamSyncError } from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ADDRESS_POSITION,
  cursorsOf,
  HISTORY_POSITION,
  type ListName,
  parseCursor,
} from './cursor.ts';

const address = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(addressFromBytes);
const listName = fc.record({
  list: fc.constantFrom('tokenAccounts.byOwner', 'tokenAccounts.byMint'),
  args: fc.tuple(address),
});

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof StreamSyncError) return error.code;
    throw error;
  }
  return 'accepted';
};

describe('cursors', () => {
  it('give back the address that they were made of, to their own list', () => {
    fc.assert(
      fc.property(listName, address, (name, last) => {
        expect(parseCursor(name, ADDRESS_POSITION, cursorsOf(name, ADDRESS_POSITION)(last))).toBe(
          last,
        );
      }),
    );
  });

  it('are refused by every other list', () => {
    fc.assert(
      fc.property(listName, listName, address, (mine, other, last) => {
        fc.pre(mine.list !== other.list || mine.args[0] !== other.args[0]);
        expect(
          codeOf(() =>
            parseCursor(other, ADDRESS_POSITION, cursorsOf(mine, ADDRESS_POSITION)(last)),
          ),
        ).toBe('INVALID_CURSOR');
      }),
    );
  });

  it('are one text each: no other text is the same cursor, and no text is ever a crash', () => {
    fc.assert(
      fc.property(listName, address, fc.string(), fc.nat(60), (name, last, text, at) => {
        expect(codeOf(() => parseCursor(name, ADDRESS_POSITION, text))).toBe('INVALID_CURSOR');
        const cursor = cursorsOf(name, ADDRESS_POSITION)(last);
        const padded = `${cursor.slice(0, at)}=${cursor.slice(at)}`;
        expect(codeOf(() => parseCursor(name, ADDRESS_POSITION, padded))).toBe('INVALID_CURSOR');
      }),
    );
  });

  it('of history give back the slot and the place in it', () => {
    const name: ListName = { list: 'transactions.byAddress', args: ['a', null, 7n] };
    const position = fc.record({
      slot: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(parseSlot),
      index: fc.nat(2 ** 31),
    });
    fc.assert(
      fc.property(position, (place) => {
        const cursor = cursorsOf(name, HISTORY_POSITION)(place);
        expect(parseCursor(name, HISTORY_POSITION, cursor)).toEqual(place);
        for (const args of [
          ['a', 7n, null],
          ['a', null, '8'],
          ['a', null],
          ['a,null', 7n],
        ]) {
          const other = { ...name, args };
          expect(codeOf(() => parseCursor(other, HISTORY_POSITION, cursor))).toBe('INVALID_CURSOR');
        }
        expect(codeOf(() => parseCursor(name, ADDRESS_POSITION, cursor))).toBe('INVALID_CURSOR');
      }),
    );
  });
});
