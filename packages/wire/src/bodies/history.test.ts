import {
  addressFromBytes,
  type BlockRecord,
  blockhashFromBytes,
  PAGE_ENTRIES_MAX,
  PROGRAM_INDEXES,
  type ProgramIndexName,
  parseSlot,
  signatureFromBytes,
} from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as bodies from './history.ts';
import * as args from './history-arguments.ts';
import * as lists from './list-arguments.ts';
import { decodeScanPage, encodeScanPage } from './scan-page.ts';

const fixed = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const slot = u64.map(parseSlot);
const key = fixed(32);
const address = key.map(addressFromBytes);
const item = fc.uint8Array({ maxLength: 200 });
const limit = fc.integer({ min: 1, max: PAGE_ENTRIES_MAX });
const orNull = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
const span = fc
  .tuple(slot, slot)
  .map(([a, b]) => (a <= b ? { slotFirst: a, slotLast: b } : { slotFirst: b, slotLast: a }));
const pageOf = <Entry>(entry: fc.Arbitrary<Entry>) =>
  fc.record({ entries: fc.array(entry, { maxLength: 5 }), more: fc.boolean() });
const block: fc.Arbitrary<BlockRecord> = fc.record({
  slot,
  parentSlot: orNull(slot),
  blockhash: key.map(blockhashFromBytes),
  previousBlockhash: orNull(key.map(blockhashFromBytes)),
  blockTimeSeconds: orNull(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  blockHeight: orNull(u64),
  transactionCount: fc.nat(),
});
const state = fc.record({
  lamports: u64,
  owner: address,
  executable: fc.boolean(),
  data: fc.uint8Array({ maxLength: 100 }),
});
const indexNames = Object.keys(PROGRAM_INDEXES) as ProgramIndexName[];
const filter = fc.record({ offset: fc.nat(), bytes: fc.uint8Array({ maxLength: 128 }) });

interface Codec<Value> {
  readonly name: string;
  readonly values: fc.Arbitrary<Value>;
  encode(value: Value): Uint8Array;
  decode(bytes: Uint8Array): Value;
}

const codec = <Value>(
  name: string,
  values: fc.Arbitrary<Value>,
  encode: (value: Value) => Uint8Array,
  decode: (bytes: Uint8Array) => Value,
): Codec<unknown> => ({ name, values, encode: encode as Codec<unknown>['encode'], decode });

const CODECS = [
  codec('blocks', orNull(block), bodies.encodeBlockItem, bodies.decodeBlockItem),
  codec('pages of blocks', pageOf(block), bodies.encodeBlocksPage, bodies.decodeBlocksPage),
  codec(
    'pages of transactions',
    pageOf(item),
    bodies.encodeTransactionsPage,
    bodies.decodeTransactionsPage,
  ),
  codec(
    'accounts at a slot',
    fc.record({ slot: orNull(slot), item }),
    bodies.encodeAccountAtSlot,
    bodies.decodeAccountAtSlot,
  ),
  codec(
    'pages of versions',
    pageOf(fc.record({ slot, item })),
    bodies.encodeVersionsPage,
    bodies.decodeVersionsPage,
  ),
  codec(
    'pages of balances',
    pageOf(
      fc.record({
        slot,
        blockIndex: fc.nat(),
        signature: fixed(64).map(signatureFromBytes),
        address,
        preAmount: orNull(u64),
        postAmount: orNull(u64),
      }),
    ),
    bodies.encodeBalancesPage,
    bodies.decodeBalancesPage,
  ),
  codec(
    'changes of accounts',
    fc.record({ changes: fc.array(fc.record({ slot, address, item })), slotLast: slot }),
    bodies.encodeAccountChanges,
    bodies.decodeAccountChanges,
  ),
  codec('counts', fc.nat(), bodies.encodeCount, bodies.decodeCount),
  codec(
    'pages of scans',
    fc.record({
      entries: fc.array(fc.record({ address, state }), { maxLength: 4 }),
      next: orNull(key),
    }),
    encodeScanPage,
    decodeScanPage,
  ),
  codec(
    'arguments of an account at a slot',
    fc.record({ address: key, slot }),
    args.encodeAddressAtSlot,
    args.decodeAddressAtSlot,
  ),
  codec('arguments of a block', slot, args.encodeSlotArguments, args.decodeSlotArguments),
  codec(
    'arguments of history',
    fc
      .record({
        address: key,
        mint: orNull(key),
        ascending: fc.boolean(),
        after: orNull(fc.record({ slot, index: fc.nat() })),
        limit,
      })
      .chain((rest) => span.map((range) => ({ ...rest, ...range }))),
    args.encodeHistoryArguments,
    args.decodeHistoryArguments,
  ),
  codec(
    'arguments of blocks',
    fc
      .record({ ascending: fc.boolean(), after: orNull(slot), limit })
      .chain((rest) => span.map((range) => ({ ...rest, ...range }))),
    args.encodeBlocksArguments,
    args.decodeBlocksArguments,
  ),
  codec(
    "arguments of a slot's transactions",
    fc.record({ slot, afterIndex: orNull(fc.nat()), limit }),
    args.encodeSlotTransactionsArguments,
    args.decodeSlotTransactionsArguments,
  ),
  codec(
    'arguments of a count',
    span.chain((range) => key.map((bytes) => ({ address: bytes, ...range }))),
    args.encodeCountArguments,
    args.decodeCountArguments,
  ),
  codec(
    'arguments of an index',
    fc.record({ index: fc.constantFrom(...indexNames), key, after: orNull(key), limit }),
    lists.encodeIndexArguments,
    lists.decodeIndexArguments,
  ),
  codec(
    'arguments of a scan',
    fc.record({
      program: key,
      filters: fc.array(filter, { maxLength: 4 }),
      dataSizeBytes: orNull(fc.nat()),
      after: orNull(key),
      limit,
    }),
    lists.encodeScanArguments,
    lists.decodeScanArguments,
  ),
  codec(
    'arguments of a count of accounts',
    fc.record({ list: fc.constantFrom(...lists.COUNTED_LISTS), arguments: item }),
    lists.encodeAccountsCountArguments,
    lists.decodeAccountsCountArguments,
  ),
  codec(
    'arguments of changes',
    fc.record({ key, slotAfter: slot }),
    lists.encodeChangesArguments,
    lists.decodeChangesArguments,
  ),
];

describe.each(CODECS)('$name', ({ values, encode, decode }) => {
  it('go there and back', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(encode(value))).toEqual(value);
      }),
    );
  });

  it('are refused when they are cut short, with a code and no other throw', () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, cut) => {
        const whole = encode(value);
        expect(() => decode(whole.subarray(0, cut % whole.length))).toThrow(
          expect.objectContaining({ code: 'MALFORMED_MESSAGE' }),
        );
      }),
    );
  });
});

describe('arguments of history', () => {
  it.each([
    ['a range that ends before it begins', { slotFirst: parseSlot(5), slotLast: parseSlot(4) }],
    ['a page of none', { limit: 0 }],
    ['too large a page', { limit: PAGE_ENTRIES_MAX + 1 }],
  ])('refuse %s', (_name, change) => {
    const valid = {
      address: new Uint8Array(32),
      mint: null,
      slotFirst: parseSlot(1),
      slotLast: parseSlot(9),
      ascending: false,
      after: null,
      limit: 10,
    };
    expect(args.decodeHistoryArguments(args.encodeHistoryArguments(valid))).toEqual(valid);
    const item = args.encodeHistoryArguments({ ...valid, ...change });
    expect(() => args.decodeHistoryArguments(item)).toThrow(
      expect.objectContaining({ code: 'MALFORMED_MESSAGE' }),
    );
  });
});
