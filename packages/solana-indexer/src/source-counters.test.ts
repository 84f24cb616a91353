import { parseSlot } from '@streamsync/domain';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SourceCounters, STUCK_AFTER_MS } from './source-counters.ts';

const slot = (number: number) => parseSlot(number);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'], now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the progress of a source', () => {
  it('lags by what it has heard of and not delivered, since the first of it', () => {
    const counters = new SourceCounters();
    counters.delivered(slot(10));
    expect(counters.snapshot().progress).toMatchObject({ lagSlots: 0, lagMs: 0 });
    counters.seen(slot(11));
    vi.advanceTimersByTime(300);
    counters.seen(slot(13));
    vi.advanceTimersByTime(200);
    expect(counters.snapshot().progress).toMatchObject({ lagSlots: 3, lagMs: 500, slotSeen: 13n });
    counters.delivered(slot(13));
    expect(counters.snapshot().progress).toMatchObject({ lagSlots: 0, lagMs: 0 });
  });

  it('does not lag behind a slot that turned out not to be', () => {
    const counters = new SourceCounters();
    counters.delivered(slot(10));
    counters.seen(slot(1_000_000));
    counters.unseen(slot(10));
    vi.advanceTimersByTime(500);
    expect(counters.snapshot().progress).toMatchObject({ lagSlots: 0, lagMs: 0 });
  });

  it('is stuck when nothing new was heard of for long, old slots said again included', () => {
    const counters = new SourceCounters();
    counters.delivered(slot(10));
    vi.advanceTimersByTime(STUCK_AFTER_MS - 1);
    counters.seen(slot(9));
    expect(counters.snapshot().progress.stuckSinceMs).toBeNull();
    vi.advanceTimersByTime(1);
    expect(counters.snapshot().progress.stuckSinceMs).toBe(1_000_000);
    counters.seen(slot(11));
    expect(counters.snapshot().progress.stuckSinceMs).toBeNull();
  });

  it('is not stuck at its end, and is before its first word', () => {
    const fed = new SourceCounters();
    const silent = new SourceCounters();
    fed.isEnded = true;
    vi.advanceTimersByTime(STUCK_AFTER_MS);
    expect(fed.snapshot().progress.stuckSinceMs).toBeNull();
    expect(silent.snapshot().progress.stuckSinceMs).toBe(1_000_000);
  });

  it('goes back with a rollback', () => {
    const counters = new SourceCounters();
    for (const each of [10, 11, 12]) counters.delivered(slot(each));
    counters.rolledBack(slot(10));
    const { progress } = counters.snapshot();
    expect(progress).toMatchObject({ slotDelivered: 10n, rollbacks: 1 });
    expect(counters.snapshot().slotsDelivered).toBe(3);
  });
});
