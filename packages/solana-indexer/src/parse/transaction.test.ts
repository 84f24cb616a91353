import {
  addressFromBytes,
  parseSlot,
  StreamSyncError,
  signatureFromBytes,
} from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBlock } from './block.ts';
import { parseExactJson } from './json.ts';
import { readTransaction, readTransactionResult } from './transaction.ts';
import { readWireTransaction } from './wire-transaction.ts';

const addressOf = (number: number) => addressFromBytes(new Uint8Array(32).fill(number));
const signature = signatureFromBytes(new Uint8Array(64).fill(5));
const place = { slot: parseSlot(1), blockTimeSeconds: null, blockIndex: 0 };

/** A version 0 transaction of one instruction and one lookup table, byte by byte. */
const wire = Buffer.from([
  ...[1, ...Buffer.alloc(64, 5)],
  ...[0x80, 1, 0, 1],
  ...[2, ...Buffer.alloc(32, 1), ...Buffer.alloc(32, 2)],
  ...Buffer.alloc(32, 9),
  ...[1, 1, 3, 0, 2, 3, 2, 7, 8],
  ...[1, ...Buffer.alloc(32, 4), 1, 6, 1, 9],
]);

const json = {
  transaction: [wire.toString('base64'), 'base64'],
  version: 0,
  meta: {
    err: { InstructionError: [0, { Custom: 3 }] },
    fee: 5000,
    preBalances: ['18446744073709551615', 2, 3, 4],
    postBalances: [1, 2, 3, 4],
    loadedAddresses: { writable: [addressOf(11)], readonly: [addressOf(12)] },
    innerInstructions: null,
    logMessages: null,
  },
};

describe('reading transactions', () => {
  it('takes keys, instructions, balances and error from the wire form and its metadata', () => {
    expect(readTransaction(json, place)).toMatchObject({
      signature,
      version: 0,
      header: { requiredSignatures: 1, readonlySigned: 0, readonlyUnsigned: 1 },
      accountKeys: [addressOf(1), addressOf(2), addressOf(11), addressOf(12)],
      recentBlockhash: addressOf(9),
      instructions: [{ programIdIndex: 1, accountIndices: [0, 2, 3], data: Uint8Array.of(7, 8) }],
      feeLamports: 5_000n,
      succeeded: false,
      error: '{"InstructionError":[0,{"Custom":3}]}',
      preBalancesLamports: [18_446_744_073_709_551_615n, 2n, 3n, 4n],
      innerInstructions: null,
      logs: null,
      preTokenBalances: null,
      computeUnitsConsumed: null,
    });
  });

  it('states nothing that the source does not state', () => {
    const record = readTransaction({ ...json, meta: null }, place);
    expect([record.succeeded, record.error, record.feeLamports, record.logs]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(record.accountKeys).toEqual([addressOf(1), addressOf(2)]);
    const unsaid = readTransaction({ ...json, meta: { fee: 1 } }, place);
    expect([unsaid.succeeded, unsaid.error, unsaid.feeLamports]).toEqual([null, null, 1n]);
  });

  it('refuses a transaction with any byte missing or added, with a code', () => {
    const refused = expect.objectContaining({ code: 'SOURCE_FAILED' });
    for (let length = 0; length < wire.length; length += 1) {
      expect(() => readWireTransaction(wire.subarray(0, length))).toThrow(refused);
    }
    expect(() => readWireTransaction(Buffer.concat([wire, Buffer.alloc(1)]))).toThrow(refused);
  });

  it('answers any JSON with a record or a coded error', () => {
    fc.assert(
      fc.property(fc.json(), fc.uint8Array({ maxLength: 300 }), (text, bytes) => {
        const value = parseExactJson(text);
        const encoded = [Buffer.from(bytes).toString('base64'), 'base64'];
        for (const read of [
          () => readTransactionResult(value),
          () => readBlock(value, parseSlot(1)),
          () => readTransaction({ transaction: encoded }, place),
          () => readTransaction({ transaction: value, meta: value, version: value }, place),
        ]) {
          try {
            read();
          } catch (error) {
            expect(error).toBeInstanceOf(StreamSyncError);
          }
        }
      }),
    );
  });
});
