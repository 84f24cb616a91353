import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startAgreement, VOTES_MAX, votesNeeded } from './agreement.ts';
import type { Comparable } from './ports.ts';

const body = (value: number): Comparable => ({ bytes: Uint8Array.of(value, value) });

const trusts = fc.constantFrom('FAST' as const, 'MAJORITY' as const, 'UNANIMOUS' as const);
const racerCounts = fc.constantFrom(3 as const, 5 as const);
const answers = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 9 });

describe('agreement', () => {
  it('serves a body only when as many as the trust level needs have said it', () => {
    fc.assert(
      fc.property(trusts, racerCounts, answers, (trust, racers, said) => {
        const agreement = startAgreement(trust, racers);
        const votes = new Map<number, number>();
        for (const [seat, value] of said.entries()) {
          agreement.add(seat, body(value));
          if (seat < racers) votes.set(value, (votes.get(value) ?? 0) + 1);
          const { served } = agreement;
          if (served !== null) {
            expect(votes.get(served.bytes[0] as number)).toBeGreaterThanOrEqual(
              votesNeeded(trust, racers),
            );
          } else {
            expect(Math.max(...votes.values())).toBeLessThan(votesNeeded(trust, racers));
          }
        }
      }),
    );
  });

  it('never changes what it serves, and counts no more votes than the race has seats', () => {
    fc.assert(
      fc.property(trusts, racerCounts, answers, (trust, racers, said) => {
        const agreement = startAgreement(trust, racers);
        let served: Comparable | null = null;
        for (const [seat, value] of said.entries()) {
          agreement.add(seat, body(value));
          if (served !== null) expect(agreement.served).toBe(served);
          served = agreement.served;
          expect(agreement.votes).toBeLessThanOrEqual(racers);
        }
      }),
    );
  });

  it('gives up exactly when no answers to come could meet the trust level', () => {
    fc.assert(
      fc.property(trusts, racerCounts, answers, (trust, racers, said) => {
        const agreement = startAgreement(trust, racers);
        for (const [seat, value] of said.slice(0, racers).entries()) {
          agreement.add(seat, body(value));
          const open = racers - seat - 1;
          const best = [0, 1, 2].some((hope) => {
            const more = startAgreement(trust, racers);
            said.slice(0, seat + 1).forEach((each, index) => {
              more.add(index, body(each));
            });
            for (let next = 0; next < open; next += 1) more.add(seat + 1 + next, body(hope));
            return more.served !== null;
          });
          expect(agreement.reachable(open)).toBe(best);
        }
      }),
    );
  });

  it('widened, still serves nothing without a majority of all votes cast', () => {
    const many = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 9 });
    fc.assert(
      fc.property(trusts, racerCounts, many, fc.nat({ max: 3 }), (trust, racers, said, pool) => {
        const agreement = startAgreement(trust, racers);
        const votes = new Map<number, number>();
        let [reserves, open, servedBefore] = [pool, Math.min(racers, said.length), false];
        for (const [seat, value] of said.entries()) {
          if (open === 0) break;
          const cast = agreement.votes;
          agreement.add(seat, body(value));
          open -= 1;
          if (agreement.votes > cast) votes.set(value, (votes.get(value) ?? 0) + 1);
          const { served } = agreement;
          if (served !== null && !servedBefore) {
            const votesFor = votes.get(served.bytes[0] as number) ?? 0;
            expect(votesFor).toBeGreaterThanOrEqual(votesNeeded(trust, racers));
            if (trust !== 'FAST') expect(votesFor * 2).toBeGreaterThan(agreement.votes);
          }
          servedBefore ||= served !== null;
          const more = agreement.widen(open, reserves);
          expect(more).toBeLessThanOrEqual(reserves);
          expect(trust === 'UNANIMOUS' ? more : 0).toBe(0);
          reserves -= more;
          open += more;
          expect(agreement.votes).toBeLessThanOrEqual(trust === 'UNANIMOUS' ? racers : VOTES_MAX);
        }
      }),
    );
  });

  it('widens 3 votes that three bodies have used up to 5, of which a majority is 3', () => {
    const agreement = startAgreement('MAJORITY', 3);
    for (const [seat, value] of [1, 2, 3].entries()) agreement.add(seat, body(value));
    expect([agreement.reachable(0), agreement.widen(0, 1)]).toEqual([false, 0]);
    expect([agreement.widen(0, 2), agreement.reachable(2)]).toEqual([2, true]);
    agreement.add(3, body(3));
    expect(agreement.served).toBeNull();
    agreement.add(4, body(3));
    expect([agreement.served?.bytes[0], agreement.confirmed]).toEqual([3, true]);
  });

  it('is not widened while a majority can come, nor when all are needed', () => {
    const agreement = startAgreement('MAJORITY', 3);
    agreement.add(0, body(1));
    agreement.add(1, body(2));
    expect(agreement.widen(1, 2)).toBe(0);
    const unanimous = startAgreement('UNANIMOUS', 3);
    for (const [seat, value] of [1, 2, 3].entries()) unanimous.add(seat, body(value));
    expect(unanimous.widen(0, 2)).toBe(0);
  });

  it('represents equal bodies by the first of them, and orders each group by arrival', () => {
    const agreement = startAgreement('MAJORITY', 5);
    const first = body(1);
    expect(agreement.add(3, first)).toBe(first);
    agreement.add(1, body(2));
    expect(agreement.add(0, body(1))).toBe(first);
    expect(agreement.served).toBeNull();
    expect(agreement.add(4, body(1))).toBe(first);
    expect(agreement.served).toBe(first);
    expect(agreement.standing(3)).toEqual({ group: 0, position: 0 });
    expect(agreement.standing(4)).toEqual({ group: 0, position: 2 });
    expect(agreement.standing(1)).toEqual({ group: 1, position: 0 });
    expect(agreement.standing(2)).toBeNull();
    expect([agreement.disagreed, agreement.confirmed]).toEqual([true, true]);
  });

  it('FAST is confirmed only by a majority', () => {
    const agreement = startAgreement('FAST', 3);
    agreement.add(0, body(1));
    expect([agreement.served !== null, agreement.confirmed]).toEqual([true, false]);
    agreement.add(1, body(2));
    agreement.add(2, body(2));
    expect([agreement.served?.bytes[0], agreement.confirmed]).toEqual([1, false]);
  });

  it('takes one answer of a seat', () => {
    const agreement = startAgreement('MAJORITY', 3);
    agreement.add(0, body(1));
    expect(() => agreement.add(0, body(1))).toThrow('a seat answers once');
  });
});
