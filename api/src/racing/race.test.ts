import type { NodeKey, OperatorId, Pin } from '@streamsync/domain';
import { AnswerBody, DeadlineWheel, NodeAnswer, PreparedCall } from '@streamsync/networking-core';
import { createManualClock, nativeCrypto } from '@streamsync/runtime';
import { encodeBody } from '@streamsync/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecidedRace, RacerCount, Trust } from '../pipeline/ports.ts';
import { startAgreement, votesNeeded } from '../verify/agreement.ts';
import type { CallFate, CallListener } from './ports.ts';
import { Race } from './race.ts';

const BLOCKHASH = new Uint8Array(32).fill(5);
const DEADLINE_MS = 400;
const HONEST = 0;

/** What a node does: answers a value (0 is the truth), has no history, breaks the protocol, or is silent. */
type Deed = number | 'misses' | 'breaks' | 'silent';

interface Asked {
  readonly deed: Deed;
  readonly seat: number;
  readonly listener: CallListener;
}

function startRace(deeds: readonly Deed[], trust: Trust = 'MAJORITY', racers: RacerCount = 3) {
  const clock = createManualClock();
  const call = new PreparedCall(nativeCrypto, {
    queryId: new Uint8Array(16),
    operation: 'account.get',
    slot: 9n,
    blockhash: BLOCKHASH,
    budgetMs: DEADLINE_MS,
    items: [Uint8Array.of(0x80)],
  });
  const asked: Asked[] = [];
  const fates: (CallFate | null)[] = deeds.map(() => null);
  const decided: DecidedRace[] = [];
  /** As they stood when the race decided. */
  const votes: { readonly cast: number; readonly won: number }[] = [];
  const collected: DecidedRace[] = [];
  const race = new Race(
    {
      request: {
        queryId: new Uint8Array(16),
        raceIndex: 0,
        batch: { operation: 'account.get', items: call.call.items },
        pin: { slot: 9n, blockhash: 'b' } as unknown as Pin,
        trust,
        racers,
        deadlineMs: DEADLINE_MS,
      },
      call,
      agreement: startAgreement<AnswerBody>(trust, racers),
      nodes: deeds.map((deed, index) => ({
        nodeKey: `node-${index}` as NodeKey,
        operator: `operator-${index}` as OperatorId,
        call: (_call, seat, _deadlineMs, listener) => asked.push({ deed, seat, listener }),
        won: () => {},
        fared: (fate) => {
          expect(fates[index]).toBeNull();
          fates[index] = fate;
        },
      })),
      wheel: new StillWheel(),
      observer: { collected: (each) => collected.push(each), settled: () => {} },
      nowMs: clock.monotonicMs,
      onDecided: (each) => {
        decided.push(each);
        const { racers: seats, resultHash } = each.record();
        const cast = seats.flatMap((seat) => seat.resultHash ?? []);
        votes.push({ cast: cast.length, won: cast.filter((hash) => hash === resultHash).length });
      },
    },
    clock.monotonicMs(),
  );
  race.start();

  /** The node that was asked at this place speaks, if it ever does. */
  function speak(place: number): void {
    const [{ deed, seat, listener }] = asked.splice(place, 1) as [Asked];
    if (deed === 'silent') return;
    if (deed === 'breaks') {
      listener.onFailure(seat, { code: 'MALFORMED_MESSAGE', byNode: false });
      return;
    }
    if (deed === 'misses') {
      listener.onFailure(seat, { code: 'HISTORY_NOT_COVERED', byNode: true });
      return;
    }
    const body = encodeBody([Uint8Array.of(deed)]);
    const answer = new NodeAnswer({
      call,
      seat,
      listener,
      answer: { slot: 9n, blockhash: BLOCKHASH, servedAtMs: 0, leafSequenceFirst: 0, body },
      body: new AnswerBody(nativeCrypto, body, 1),
      receivedAtMs: clock.monotonicMs(),
      latencyMs: 1,
    });
    listener.onAnswer(seat, answer);
  }

  return {
    race,
    clock,
    asked,
    fates,
    decided,
    votes,
    collected,
    speak,
    /** Everything happens, in the order that the numbers give; then the alarms. */
    run(order: readonly number[] = []): void {
      let step = 0;
      for (const elapsedMs of [0, DEADLINE_MS / 4, DEADLINE_MS / 4, DEADLINE_MS / 2]) {
        clock.advance(elapsedMs);
        if (elapsedMs > 0 && collected.length === 0) race.expire();
        while (asked.length > 0) {
          speak((order[step] ?? 0) % asked.length);
          step += 1;
        }
      }
    },
    served(): number | null {
      const [outcome] = decided.map((each) => each.outcome);
      return outcome?.kind === 'served' ? (outcome.items[0]?.[0] ?? null) : null;
    },
  };
}

/** The test says when time has passed. */
class StillWheel extends DeadlineWheel {
  override add(): void {}
  override remove(): void {}
}

const deedOf: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Deed>(HONEST) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom<Deed>('breaks', 'silent') },
);
const orders = fc.array(fc.nat(), { maxLength: 8 });

describe('a race', () => {
  it('serves nothing without a majority of all votes cast, and decides and collects once', () => {
    const trusts = fc.constantFrom<Trust>('FAST', 'MAJORITY', 'UNANIMOUS');
    const counts = fc.constantFrom<RacerCount>(3, 5);
    const deeds = fc.array(deedOf, { minLength: 3, maxLength: 7 });
    fc.assert(
      fc.property(deeds, trusts, counts, orders, (deeds, trust, racers, order) => {
        const { run, decided, votes, collected, served, race } = startRace(deeds, trust, racers);
        run(order);
        expect([decided.length, collected.length]).toEqual([1, 1]);
        if (served() === null) return;
        const { cast = 0, won = 0 } = votes[0] ?? {};
        expect(won * 2).toBeGreaterThan(cast);
        if (trust !== 'FAST') expect(won).toBeGreaterThanOrEqual(votesNeeded(trust, racers));
        const { error, resultHash, racers: seats } = race.record();
        const agreeing = seats.filter((seat) => seat.resultHash === resultHash).length;
        // FAST served before the others spoke: unless they disagree it stands.
        const said = new Set(seats.flatMap((seat) => seat.resultHash ?? [])).size;
        if (error === null && said > 1) expect(agreeing).toBeGreaterThanOrEqual((racers + 1) / 2);
      }),
    );
  });

  it('is answered whatever two lone liars of five say, in any order', () => {
    const deeds = fc.shuffledSubarray([HONEST, HONEST, HONEST, 1, 2], { minLength: 5 });
    fc.assert(
      fc.property(deeds, orders, (deeds, order) => {
        const { run, served } = startRace(deeds);
        run(order);
        expect(served()).toBe(HONEST);
      }),
    );
  });

  it('is answered while two honest of five remain, where the others say nothing eligible', () => {
    const deeds = fc
      .tuple(...[0, 1, 2].map(() => fc.constantFrom<Deed>('breaks', 'silent')))
      .chain((faults) => fc.shuffledSubarray<Deed>([HONEST, HONEST, ...faults], { minLength: 5 }));
    fc.assert(
      fc.property(deeds, orders, (deeds, order) => {
        const { run, served } = startRace(deeds);
        run(order);
        expect(served()).toBe(HONEST);
      }),
    );
  });

  it('widened to five votes, wants three for one body', () => {
    const { asked, speak, served, race, run } = startRace([1, 2, HONEST, HONEST, HONEST]);
    for (let answer = 0; answer < 3; answer += 1) speak(0);
    expect([asked.length, served()]).toEqual([2, null]);
    speak(0);
    expect(served()).toBeNull();
    run();
    expect(served()).toBe(HONEST);
    const outcomes = race.record().racers.map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['disagreed', 'disagreed', 'winner', 'verifier', 'verifier']);
  });

  it('asks nobody more where a majority has been found, or can still come', () => {
    const { asked, speak } = startRace([1, HONEST, HONEST, HONEST, HONEST]);
    speak(0);
    speak(0);
    expect(asked).toHaveLength(1);
    speak(0);
    expect(asked).toHaveLength(0);
  });

  it('is not widened where all must agree, nor where too few are left', () => {
    for (const [deeds, trust] of [
      [[1, 2, HONEST, HONEST, HONEST], 'UNANIMOUS'],
      [[1, 2, HONEST, HONEST], 'MAJORITY'],
    ] as const) {
      const { run, decided, race } = startRace(deeds, trust);
      run();
      expect(decided[0]?.outcome).toMatchObject({
        kind: 'failed',
        error: { code: 'NO_AGREEMENT' },
      });
      expect(race.record().racers).toHaveLength(3);
    }
  });

  it('FAST, is widened to tell whether what it served was true', () => {
    const honestFirst = startRace([HONEST, 1, 2, HONEST, HONEST], 'FAST');
    honestFirst.run();
    expect([honestFirst.served(), honestFirst.race.record().error]).toEqual([HONEST, null]);
    const lieFirst = startRace([1, HONEST, 2, HONEST, HONEST], 'FAST');
    lieFirst.run();
    expect([lieFirst.served(), lieFirst.race.record().error]).toEqual([1, 'NO_AGREEMENT']);
  });

  it.each([
    ['all', ['misses', 'misses', 'misses']],
    ['all but one, who holds it', ['misses', HONEST, 'misses']],
    ['one of two, where no third can be asked', [HONEST, 'misses']],
  ] as const)(
    'tells what %s of its nodes do not hold, and does not call it a disagreement',
    (_name, deeds) => {
      const { run, decided } = startRace(deeds);
      run();
      expect(decided[0]?.outcome).toMatchObject({
        kind: 'failed',
        error: { code: 'HISTORY_NOT_COVERED' },
      });
    },
  );

  it('calls it a disagreement where two answers differ, whatever the others hold', () => {
    const { run, decided } = startRace([HONEST, 1, 'misses']);
    run();
    expect(decided[0]?.outcome).toMatchObject({ error: { code: 'NO_AGREEMENT' } });
  });

  it('says of each call how it ended, and of silence only where there was time to speak', () => {
    const { run, fates } = startRace([HONEST, 'breaks', 'silent', HONEST]);
    run();
    expect(fates).toEqual(['answered', 'failed', 'silent', 'answered']);
    const late = startRace([HONEST, 'silent', 'silent', HONEST]);
    late.speak(0);
    late.clock.advance(DEADLINE_MS - 50);
    late.race.expire();
    expect(late.asked).toHaveLength(3);
    late.clock.advance(50);
    late.race.expire();
    expect(late.fates).toEqual(['answered', 'silent', 'silent', 'unknown']);
  });
});
