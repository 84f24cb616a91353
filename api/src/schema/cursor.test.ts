import { addressFromBytes, StreamSyncError } from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cursorsOf, parseCursor } from './cursor.ts';

const address = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(addressFromBytes);
const listName = fc.record({
  list: fc.constantFrom('tokenAccounts.byOwner', 'tokenAccounts.byMint'),
  key: address,
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
        expect(parseCursor(name, cursorsOf(name)(last))).toBe(last);
      }),
    );
  });

  it('are refused by every other list', () => {
    fc.assert(
      fc.property(listName, listName, address, (mine, other, last) => {
        fc.pre(mine.list !== other.list || mine.key !== other.key);
        expect(codeOf(() => parseCursor(other, cursorsOf(mine)(last)))).toBe('INVALID_CURSOR');
      }),
    );
  });

  it('are one text each: no other text is the same cursor, and no text is ever a crash', () => {
    fc.assert(
      fc.property(listName, address, fc.string(), fc.nat(60), (name, last, text, at) => {
        expect(codeOf(() => parseCursor(name, text))).toBe('INVALID_CURSOR');
        const cursor = cursorsOf(name)(last);
        const padded = `${cursor.slice(0, at)}=${cursor.slice(at)}`;
        expect(codeOf(() => parseCursor(name, padded))).toBe('INVALID_CURSOR');
      }),
    );
  });
});
