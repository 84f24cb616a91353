import { createManualClock } from '@streamsync/runtime';
import { describe, expect, it } from 'vitest';
import { CircuitBreaker, FAILURES_MAX, OUT_MS_FIRST, OUT_MS_MAX } from './circuit-breaker.ts';

const always = () => true;

function newBreaker() {
  const clock = createManualClock();
  const breaker = new CircuitBreaker(clock);
  const failTimes = (count: number, mayLeave = always) => {
    let outMs: number | null = null;
    for (let failure = 0; failure < count; failure += 1) outMs = breaker.failed(mayLeave);
    return outMs;
  };
  return { clock, breaker, failTimes };
}

describe('a circuit breaker', () => {
  it('takes a node out after five failures in a row, and not after five with a success between', () => {
    const { breaker, failTimes } = newBreaker();
    failTimes(FAILURES_MAX - 1);
    breaker.succeeded();
    expect([failTimes(FAILURES_MAX - 1), breaker.admits]).toEqual([null, true]);
    expect([failTimes(1), breaker.admits]).toEqual([OUT_MS_FIRST, false]);
  });

  it('keeps in a node that cannot be missed, until it can', () => {
    const { breaker, failTimes } = newBreaker();
    expect([failTimes(50, () => false), breaker.admits]).toEqual([null, true]);
    expect([failTimes(1), breaker.admits]).toEqual([OUT_MS_FIRST, false]);
  });

  it('lets one call try the node when its time is over, and no second one meanwhile', () => {
    const { clock, breaker, failTimes } = newBreaker();
    failTimes(FAILURES_MAX);
    clock.advance(OUT_MS_FIRST - 1);
    expect([breaker.admits, breaker.called()]).toEqual([false, false]);
    clock.advance(1);
    expect([breaker.admits, breaker.called(), breaker.admits]).toEqual([true, true, false]);
    expect(breaker.called()).toBe(false);
    expect([breaker.succeeded(), breaker.admits]).toEqual([true, true]);
    expect(breaker.called()).toBe(false);
    expect([failTimes(FAILURES_MAX - 1), failTimes(1)]).toEqual([null, OUT_MS_FIRST]);
  });

  it('is out for twice as long after each try that fails, and for 30 s at most', () => {
    const { clock, breaker, failTimes } = newBreaker();
    const outs = [failTimes(FAILURES_MAX)];
    for (let trial = 0; trial < 6; trial += 1) {
      clock.advance(outs.at(-1) ?? 0);
      breaker.called();
      outs.push(breaker.failed(() => false));
      // What else was on its way when it left says nothing new.
      expect(breaker.failed(always)).toBeNull();
    }
    expect(outs).toEqual([2_000, 4_000, 8_000, 16_000, OUT_MS_MAX, OUT_MS_MAX, OUT_MS_MAX]);
  });

  it('may be tried again at once when a try said nothing', () => {
    const { clock, breaker, failTimes } = newBreaker();
    failTimes(FAILURES_MAX);
    clock.advance(OUT_MS_FIRST);
    breaker.called();
    expect([breaker.unknown(), breaker.admits]).toEqual([true, true]);
    expect([breaker.unknown(), breaker.called()]).toEqual([false, true]);
  });
});
