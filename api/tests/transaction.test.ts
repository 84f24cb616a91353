// Transactions through the front door.
import {
  addressFromBytes,
  parseSlot,
  signatureFromBytes,
  type TransactionRecord,
} from '@streamsync/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FrontDoor, openFrontDoor } from './support/front-door.ts';

const address = (byte: number) => addressFromBytes(new Uint8Array(32).fill(byte));
const signature = (byte: number) => signatureFromBytes(new Uint8Array(64).fill(byte));

const FULL: TransactionRecord = {
  signature: signature(1),
  slot: parseSlot(900),
  blockTimeSeconds: 1_700_000_000n,
  blockIndex: 3,
  version: 0,
  signatures: [signature(1)],
  accountKeys: [address(1), address(2)],
  header: { requiredSignatures: 1, readonlySigned: 0, readonlyUnsigned: 0 },
  recentBlockhash: address(8) as never,
  instructions: [],
  innerInstructions: [],
  feeLamports: 5_000n,
  succeeded: false,
  error: '{"InstructionError":[0,{"Custom":1}]}',
  preBalancesLamports: [10_000n, 18_446_744_073_709_551_615n],
  postBalancesLamports: [5_000n, 0n],
  preTokenBalances: [],
  postTokenBalances: [
    { accountIndex: 1, mint: address(3), owner: address(1), amount: 7n, decimals: 2 },
  ],
  logs: ['Program log: one'],
  computeUnitsConsumed: 150n,
  returnData: null,
};

const SPARSE: TransactionRecord = {
  ...FULL,
  signature: signature(2),
  blockTimeSeconds: null,
  blockIndex: null,
  version: 'legacy',
  header: null,
  recentBlockhash: null,
  instructions: null,
  innerInstructions: null,
  feeLamports: null,
  succeeded: null,
  error: null,
  preBalancesLamports: null,
  postBalancesLamports: null,
  preTokenBalances: null,
  postTokenBalances: null,
  logs: null,
  computeUnitsConsumed: null,
  returnData: null,
};

const QUERY = `query($s: Signature!) { transaction(signature: $s) {
  signature slot blockTime feeLamports succeeded error version computeUnits logs
  balanceChanges { address preLamports postLamports }
  tokenBalanceChanges { address mint tokenOwner preAmount postAmount decimals }
} }`;

let door: FrontDoor;

beforeAll(async () => {
  door = await openFrontDoor();
  for (const record of [FULL, SPARSE]) door.network.transactions.set(record.signature, record);
});
afterAll(() => door.stop());

describe('transaction', () => {
  it('serves every field that its source states', async () => {
    const { data, errors, extensions } = await door.ask(QUERY, { s: FULL.signature });
    expect(errors).toBeUndefined();
    expect(data.transaction).toEqual({
      signature: FULL.signature,
      slot: '900',
      blockTime: '1700000000',
      feeLamports: '5000',
      succeeded: false,
      error: '{"InstructionError":[0,{"Custom":1}]}',
      version: '0',
      computeUnits: '150',
      logs: ['Program log: one'],
      balanceChanges: [
        { address: address(1), preLamports: '10000', postLamports: '5000' },
        { address: address(2), preLamports: '18446744073709551615', postLamports: '0' },
      ],
      tokenBalanceChanges: [
        {
          address: address(2),
          mint: address(3),
          tokenOwner: address(1),
          preAmount: null,
          postAmount: '7',
          decimals: 2,
        },
      ],
    });
    expect(extensions?.streamsync.races[0].operationClass).toBe('TRANSACTION');
  });

  it('gives null where the source states nothing, never a default', async () => {
    const { data } = await door.ask(QUERY, { s: SPARSE.signature });
    expect(data.transaction).toEqual({
      signature: SPARSE.signature,
      slot: '900',
      blockTime: null,
      feeLamports: null,
      succeeded: null,
      error: null,
      version: 'legacy',
      computeUnits: null,
      logs: null,
      balanceChanges: null,
      tokenBalanceChanges: null,
    });
  });

  it('gives null for a signature that nobody knows', async () => {
    const { data, errors } = await door.ask(QUERY, { s: signature(9) });
    expect(errors).toBeUndefined();
    expect(data).toEqual({ transaction: null });
  });
});
