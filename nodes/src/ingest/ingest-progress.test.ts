import type { SourceStats } from '@streamsync/solana-indexer';
import { describe, expect, it } from 'vitest';
import { slotUpdate } from '../../tests/support/slot-updates.ts';
import { IngestProgress } from './ingest-progress.ts';

const stats = (slotsDone: number, slotsTotal: number): SourceStats => ({
  slotsDelivered: 0,
  snapshots: 0,
  reconnects: 0,
  errors: 0,
  lastError: null,
  skipped: {},
  progress: {
    slotSeen: null,
    slotDelivered: null,
    lagSlots: 0,
    lagMs: 0,
    stuckSinceMs: null,
    gaps: 0,
    rollbacks: 0,
    repeated: 0,
    slotsDone,
    slotsTotal,
  },
});

describe('the progress of the ingest', () => {
  it('rates the last ten seconds, and from them says how long the rest takes', () => {
    let nowMs = 5_000;
    const progress = new IngestProgress(
      () => stats(40, 100),
      () => nowMs,
    );
    for (let count = 0; count < 20; count += 1) {
      nowMs += 1_000;
      progress.took({ kind: 'slot', update: slotUpdate(count) });
      progress.took({ kind: 'history', update: slotUpdate(count) });
    }
    const reading = progress.reading();
    expect(reading).toMatchObject({ slots: 20, historySlots: 20, slotsDone: 40, slotsTotal: 100 });
    expect(reading.slotsPerSecond).toBeCloseTo(2, 0);
    expect(reading.secondsLeft).toBeGreaterThanOrEqual(25);
    expect(reading.secondsLeft).toBeLessThanOrEqual(30);
    nowMs += 11_000;
    expect(progress.reading()).toMatchObject({ slotsPerSecond: 0, secondsLeft: null });
  });
});
