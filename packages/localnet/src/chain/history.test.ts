import type { Address, Blockhash, Signature } from '@streamsync/domain';
import { describe, expect, it } from 'vitest';
import { History } from './history.ts';
import type { Block, ExecutedTransaction } from './types.ts';

const COMMON = 'common' as Address;

function transaction(name: string, logBytes = 10): ExecutedTransaction {
  return {
    signature: name as Signature,
    wire: new Uint8Array(200),
    version: 0,
    accountKeys: [COMMON, `only-${name}` as Address],
    loadedAddresses: { writable: [], readonly: [] },
    error: null,
    feeLamports: 5_000n,
    preBalancesLamports: [1n, 2n],
    postBalancesLamports: [1n, 2n],
    preTokenBalances: [],
    postTokenBalances: [],
    innerInstructions: [],
    logs: ['x'.repeat(logBytes)],
    computeUnitsConsumed: 150n,
    returnData: null,
    memo: null,
  };
}

const block = (slot: number, ...transactions: ExecutedTransaction[]): Block => ({
  slot,
  parentSlot: slot - 1,
  blockhash: `hash-${slot}` as Blockhash,
  previousBlockhash: `hash-${slot - 1}` as Blockhash,
  blockTimeSeconds: 1_700_000_000,
  transactions,
});

describe('the history', () => {
  it('gives back what it was given', () => {
    const history = new History();
    const one = block(1, transaction('a'), transaction('b'));
    history.append(one);
    expect(history.block(1)).toEqual(one);
    expect(history.block(2)).toBeNull();
    expect(history.status('b' as Signature)).toMatchObject({ slot: 1, index: 1, error: null });
    expect(history.signaturesFor(COMMON)).toEqual(['a', 'b']);
  });

  it('forgets the oldest slots beyond its number of slots, with all that points to them', () => {
    const history = new History({ slotsMax: 3 });
    for (let slot = 1; slot <= 10; slot += 1) history.append(block(slot, transaction(`t${slot}`)));
    expect(history.firstSlot).toBe(8);
    expect(history.block(7)).toBeNull();
    expect(history.status('t7' as Signature)).toBeNull();
    expect(history.signaturesFor(COMMON)).toEqual(['t8', 't9', 't10']);
    expect(history.signaturesFor('only-t7' as Address)).toEqual([]);
    expect(history.transactionCount).toBe(3);
  });

  it('stays below its number of bytes, but keeps the newest slot', () => {
    const history = new History({ bytesMax: 10_000 });
    for (let slot = 1; slot <= 50; slot += 1) {
      history.append(block(slot, transaction(`t${slot}`, 2_000)));
      expect(history.sizeBytes).toBeLessThanOrEqual(10_000);
    }
    history.append(block(51, transaction('large', 50_000)));
    expect(history.firstSlot).toBe(51);
  });
});
