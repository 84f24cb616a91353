import { describe, expect, it } from 'vitest';
import { progressText } from './progress-text.ts';

describe('the progress of a node in a table', () => {
  it('is a dash for a node that keeps up, or says nothing', () => {
    expect(progressText({})).toBe('-');
    expect(progressText({ slotsDone: 7n, slotsTotal: 7n, sourceLagSlots: 1n, gaps: 0n })).toBe('-');
  });

  it('shows what is done, the rates and what is left while it catches up', () => {
    const facts = {
      slotsDone: 50n,
      slotsTotal: 200n,
      slotsPerSecond: 2n,
      transactionsPerSecond: 900n,
      secondsLeft: 75n,
    };
    expect(progressText(facts)).toBe('50/200 slots, 2 slots/s, 900 tx/s, 1 min left');
    expect(progressText({ sourceLagSlots: 90n, slotsPerSecond: 9n, secondsLeft: 10n })).toBe(
      '90 slots behind, 9 slots/s, 0 tx/s, 10 s left',
    );
  });

  it('says that the source is silent, and that slots are missing', () => {
    expect(progressText({ sourceStuckSinceMs: 1_000n, gaps: 2n }, 7_201_000)).toBe(
      'source silent for 2 h, 2 gaps being fetched',
    );
  });
});
