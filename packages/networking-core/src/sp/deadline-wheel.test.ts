import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeadlineWheel, WheelEntry } from './deadline-wheel.ts';

class Entry extends WheelEntry {
  expiredAtMs: number | null = null;
  onExpire: () => void = () => {};

  override expire(): void {
    this.expiredAtMs = performance.now();
    this.onExpire();
  }
}

describe('DeadlineWheel', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('expires each entry once, never early and within two ticks', () => {
    const wheel = new DeadlineWheel();
    const deadlines = [0, 1, 3, 10, 999, 1_023, 1_024, 1_025, 5_000];
    const entries = deadlines.map((deadlineMs) => {
      const entry = new Entry();
      wheel.add(entry, deadlineMs);
      return { entry, deadlineMs, addedAtMs: performance.now() };
    });
    vi.advanceTimersByTime(6_000);
    for (const { entry, deadlineMs, addedAtMs } of entries) {
      const lateMs = (entry.expiredAtMs ?? Number.NaN) - addedAtMs - deadlineMs;
      expect(lateMs, `deadline ${deadlineMs}`).toBeGreaterThanOrEqual(0);
      expect(lateMs, `deadline ${deadlineMs}`).toBeLessThanOrEqual(4);
    }
    expect(wheel.waiting).toBe(0);
  });

  it('forgets a removed entry, and removing twice is harmless', () => {
    const wheel = new DeadlineWheel();
    const [kept, removed] = [new Entry(), new Entry()];
    wheel.add(kept, 10);
    wheel.add(removed, 10);
    wheel.remove(removed);
    wheel.remove(removed);
    expect(wheel.waiting).toBe(1);
    vi.advanceTimersByTime(50);
    expect(kept.expiredAtMs).not.toBeNull();
    expect(removed.expiredAtMs).toBeNull();
  });

  it('takes entries that an expiring one adds', () => {
    const wheel = new DeadlineWheel();
    const [first, second] = [new Entry(), new Entry()];
    first.onExpire = () => wheel.add(second, 5);
    wheel.add(first, 5);
    vi.advanceTimersByTime(50);
    expect(second.expiredAtMs).toBeGreaterThanOrEqual((first.expiredAtMs ?? Number.NaN) + 5);
  });

  it('has no timer while nothing waits', () => {
    const wheel = new DeadlineWheel();
    wheel.add(new Entry(), 5);
    vi.advanceTimersByTime(50);
    expect(vi.getTimerCount()).toBe(0);
    const late = new Entry();
    wheel.add(late, 5);
    vi.advanceTimersByTime(50);
    expect(late.expiredAtMs).not.toBeNull();
  });
});
