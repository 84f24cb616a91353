import { silentLog } from '@streamsync/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { IngestReading } from './ingest-progress.ts';
import { logProgress } from './log-progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function reading(
  slotsDone: number,
  progress: Partial<IngestReading['source']['progress']> = {},
): IngestReading {
  return {
    slots: 0,
    transactions: 0,
    historySlots: 0,
    rollbacks: 0,
    restarts: 0,
    slotsPerSecond: 5,
    transactionsPerSecond: 100,
    slotsDone,
    slotsTotal: 100,
    secondsLeft: 9,
    source: {
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
        slotsTotal: 100,
        ...progress,
      },
    },
  };
}

describe('the progress in the log', () => {
  it('is a line at times while a node catches up, one when its source stops, and then none', () => {
    let now = reading(50);
    const lines: string[] = [];
    const log = {
      ...silentLog,
      info: (_fields: object, message: string) => lines.push(`info ${message}`),
      warn: (_fields: object, message: string) => lines.push(`warn ${message}`),
    };
    const { stop } = logProgress({ reading: () => now }, log as typeof silentLog, 1_000);
    vi.advanceTimersByTime(2_000);
    now = reading(100, { lagSlots: 20 });
    vi.advanceTimersByTime(1_000);
    expect(lines.splice(0)).toEqual(['info catching up', 'info catching up', 'info catching up']);
    now = reading(100);
    vi.advanceTimersByTime(5_000);
    expect(lines).toEqual([]);
    now = reading(100, { stuckSinceMs: 7 });
    vi.advanceTimersByTime(5_000);
    expect(lines.splice(0)).toEqual(['warn the source tells nothing new']);
    stop();
    now = reading(1);
    vi.advanceTimersByTime(5_000);
    expect(lines).toEqual([]);
  });
});
