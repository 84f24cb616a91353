import type { Blockhash, Signature } from '@streamsync/domain';
import { describe, expect, it } from 'vitest';
import { BLOCKHASH_SLOTS_MAX, BlockhashWindow } from './blockhash-window.ts';

const hash = (slot: number) => `hash-${slot}` as Blockhash;
const signature = (name: string) => name as Signature;

describe('the blockhash window', () => {
  it('keeps a hash and the signatures of its slot for 150 slots, and no more than that many', () => {
    const window = new BlockhashWindow();
    window.push(0, hash(0), [signature('a')]);
    for (let slot = 1; slot < BLOCKHASH_SLOTS_MAX; slot += 1) window.push(slot, hash(slot), []);
    // The open slot is now 150.
    expect(window.slotOf(hash(0))).toBe(0);
    expect(window.hasRun(signature('a'))).toBe(true);
    window.push(BLOCKHASH_SLOTS_MAX, hash(BLOCKHASH_SLOTS_MAX), []);
    expect(window.slotOf(hash(0))).toBeNull();
    expect(window.slotOf(hash(1))).toBe(1);
    // Whatever named hash 0 can no longer run, so its signature need not be known.
    expect(window.hasRun(signature('a'))).toBe(false);
    for (let slot = 151; slot < 1_000; slot += 1) window.push(slot, hash(slot), []);
    expect(window.slotHashes()).toHaveLength(BLOCKHASH_SLOTS_MAX);
    expect(window.slotHashes()[0]).toEqual({ slot: 999, hash: hash(999) });
  });

  it('knows a transaction of the open slot before the slot closes', () => {
    const window = new BlockhashWindow();
    window.remember(signature('b'));
    expect(window.hasRun(signature('b'))).toBe(true);
    window.push(1, hash(1), [signature('b')]);
    expect(window.hasRun(signature('b'))).toBe(true);
  });
});
