import {
  type AccountState,
  addressFromBytes,
  blockhashFromBytes,
  PAGE_ENTRIES_MAX,
  parseSlot,
  signatureFromBytes,
  type TransactionRecord,
} from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pureCrypto } from '../crypto/pure.ts';
import {
  decodeAccountItem,
  decodeAccountPage,
  encodeAccountItem,
  encodeAccountPage,
} from './account.ts';
import {
  decodeAddressArguments,
  decodePageArguments,
  decodeSignatureArguments,
  encodeKeyArguments,
  encodePageArguments,
  operationHash,
} from './arguments.ts';
import { decodeTransactionItem, encodeTransactionItem } from './transaction.ts';

const fixed = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const address = fixed(32).map(addressFromBytes);
const signature = fixed(64).map(signatureFromBytes);
const orNull = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
const state: fc.Arbitrary<AccountState> = fc.record({
  lamports: u64,
  owner: address,
  executable: fc.boolean(),
  data: fc.uint8Array({ maxLength: 300 }),
});
const instruction = fc.record({
  programIdIndex: fc.nat(255),
  accountIndices: fc.array(fc.nat(255)),
  data: fc.uint8Array(),
  stackHeight: orNull(fc.nat(255)),
});
const tokenBalance = fc.record({
  accountIndex: fc.nat(255),
  mint: address,
  owner: orNull(address),
  amount: u64,
  decimals: fc.nat(255),
});
const transaction: fc.Arbitrary<TransactionRecord> = fc.record({
  signature,
  slot: u64.map(parseSlot),
  blockTimeSeconds: orNull(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  blockIndex: orNull(fc.nat()),
  version: fc.oneof(fc.constant('legacy' as const), fc.nat(127)),
  signatures: fc.array(signature, { maxLength: 3 }),
  accountKeys: fc.array(address, { maxLength: 5 }),
  header: orNull(
    fc.record({
      requiredSignatures: fc.nat(255),
      readonlySigned: fc.nat(255),
      readonlyUnsigned: fc.nat(255),
    }),
  ),
  recentBlockhash: orNull(fixed(32).map(blockhashFromBytes)),
  instructions: orNull(fc.array(instruction, { maxLength: 3 })),
  innerInstructions: orNull(
    fc.array(
      fc.record({ index: fc.nat(255), instructions: fc.array(instruction, { maxLength: 2 }) }),
      { maxLength: 2 },
    ),
  ),
  feeLamports: orNull(u64),
  succeeded: orNull(fc.boolean()),
  error: orNull(fc.string()),
  preBalancesLamports: orNull(fc.array(u64, { maxLength: 5 })),
  postBalancesLamports: orNull(fc.array(u64, { maxLength: 5 })),
  preTokenBalances: orNull(fc.array(tokenBalance, { maxLength: 3 })),
  postTokenBalances: orNull(fc.array(tokenBalance, { maxLength: 3 })),
  logs: orNull(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 })),
  computeUnitsConsumed: orNull(u64),
  returnData: orNull(fc.record({ programId: address, data: fc.uint8Array() })),
});

describe('canonical bodies', () => {
  it('of accounts go there and back', () => {
    fc.assert(
      fc.property(orNull(state), (account) => {
        expect(decodeAccountItem(encodeAccountItem(account))).toEqual(account);
      }),
    );
  });

  it('of pages go there and back', () => {
    const entries = fc.array(fc.record({ address, state }), { maxLength: 5 });
    fc.assert(
      fc.property(entries, fc.boolean(), (list, more) => {
        const page = { entries: list, more };
        expect(decodeAccountPage(encodeAccountPage(page))).toEqual(page);
      }),
    );
  });

  it('of transactions go there and back, fields that were not stated included', () => {
    fc.assert(
      fc.property(orNull(transaction), (record) => {
        expect(decodeTransactionItem(encodeTransactionItem(record))).toEqual(record);
      }),
    );
  });

  it('are refused when they are cut short, with a code and no other throw', () => {
    fc.assert(
      fc.property(transaction, state, fc.nat(), (record, account, cut) => {
        const whole = [encodeTransactionItem(record), encodeAccountItem(account)] as const;
        const decoders = [decodeTransactionItem, decodeAccountItem] as const;
        whole.forEach((bytes, index) => {
          expect(() => decoders[index]?.(bytes.subarray(0, cut % bytes.length))).toThrow(
            expect.objectContaining({ code: 'MALFORMED_MESSAGE' }),
          );
        });
      }),
    );
  });
});

describe('arguments', () => {
  it('go there and back', () => {
    fc.assert(
      fc.property(
        fixed(32),
        fixed(64),
        orNull(fixed(32)),
        fc.integer({ min: 1, max: PAGE_ENTRIES_MAX }),
        (key, signed, after, limit) => {
          expect(decodeAddressArguments(encodeKeyArguments(key))).toEqual(key);
          expect(decodeSignatureArguments(encodeKeyArguments(signed))).toEqual(signed);
          expect(decodePageArguments(encodePageArguments({ key, after, limit }))).toEqual({
            key,
            after,
            limit,
          });
        },
      ),
    );
  });

  it.each([0, PAGE_ENTRIES_MAX + 1])('refuse a page of %i', (limit) => {
    const item = encodePageArguments({ key: new Uint8Array(32), after: null, limit });
    expect(() => decodePageArguments(item)).toThrow(
      expect.objectContaining({ code: 'MALFORMED_MESSAGE' }),
    );
  });

  it('hash differently for another operation or another item', () => {
    const item = encodeKeyArguments(new Uint8Array(32));
    const other = encodeKeyArguments(new Uint8Array(32).fill(1));
    const hashes = [
      operationHash(pureCrypto, 'account.get', item),
      operationHash(pureCrypto, 'account.get', other),
      operationHash(pureCrypto, 'tokenAccounts.byOwner', item),
    ].map((hash) => Buffer.from(hash).toString('hex'));
    expect(new Set(hashes).size).toBe(3);
  });
});
