import { type HistoryRange, type Slot, StreamSyncError } from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccountFloor } from './account-floor.ts';

const rangeOf = (first: number, last: number): HistoryRange => ({
  slotFirst: BigInt(first) as Slot,
  slotLast: BigInt(last) as Slot,
});

/** Archives that know writes since `since`; counts what it takes to be served. */
function archives(since: number) {
  const state = { since, nowMs: 0, reads: 0 };
  const floor = new AccountFloor(() => state.nowMs);
  const find = async (first: number, last: number) => {
    state.reads = 0;
    const { range, value } = await floor.find(rangeOf(first, last), async ({ slotFirst }) => {
      state.reads += 1;
      if (slotFirst < state.since) throw new StreamSyncError('HISTORY_NOT_COVERED');
      return slotFirst;
    });
    expect(value).toBe(range.slotFirst);
    return Number(range.slotFirst);
  };
  return { state, find };
}

describe('the floor of account versions', () => {
  it('is the lowest slot that is served, after as many queries as halve the range', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(5_000), fc.nat(5_000), async (first, size) => {
        const last = first + size;
        const since = first + Math.floor(size / 3);
        const { state, find } = archives(since);
        for (let query = 0; query < 16; query += 1) {
          expect(await find(first, last)).toBeGreaterThanOrEqual(since);
          expect(state.reads).toBeLessThanOrEqual(query === 0 ? 16 : 2);
        }
        expect(await find(first, last)).toBe(since);
        expect(state.reads).toBe(1);
        // The chain grows: one race still.
        expect(await find(first, last + 100)).toBe(since);
        expect(state.reads).toBe(1);
      }),
      { numRuns: 200 },
    );
  });

  it('is the range itself where all of it is known', async () => {
    const { state, find } = archives(0);
    expect(await find(100, 200)).toBe(100);
    expect(state.reads).toBe(1);
  });

  it('rises when archives leave, and falls again a minute after others have joined', async () => {
    const { state, find } = archives(150);
    for (let query = 0; query < 10; query += 1) await find(100, 300);
    expect(await find(100, 300)).toBe(150);
    state.since = 250;
    for (let query = 0; query < 12; query += 1) await find(100, 300);
    expect(await find(100, 300)).toBe(250);
    state.since = 100;
    state.nowMs += 60_001;
    expect(await find(100, 300)).toBe(100);
    expect(state.reads).toBe(1);
  });

  it('refuses where nothing is known, by one race once that is clear, and other errors at once', async () => {
    const { state, find } = archives(1_000);
    await expect(find(100, 300)).rejects.toMatchObject({ code: 'HISTORY_NOT_COVERED' });
    await expect(find(100, 300)).rejects.toMatchObject({ code: 'HISTORY_NOT_COVERED' });
    expect(state.reads).toBe(1);
    const failing = new AccountFloor(() => 0).find(rangeOf(1, 9), () =>
      Promise.reject(new StreamSyncError('NO_AGREEMENT')),
    );
    await expect(failing).rejects.toMatchObject({ code: 'NO_AGREEMENT' });
  });
});
