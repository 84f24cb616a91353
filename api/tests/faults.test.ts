// Every fault that a node can have, in a real race over real sockets: never served, the query still
// answered while two honest operators remain, and otherwise a typed error that says why.
import type { Fault } from '@streamsync/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import type { RacerOutcome } from '../src/pipeline/ports.ts';
import { batchOf, type RaceNetwork, startRaceNetwork, until } from './support/race-network.ts';

let network: RaceNetwork | null = null;

afterEach(async () => {
  await network?.stop();
  network = null;
});

async function start(...args: Parameters<typeof startRaceNetwork>): Promise<RaceNetwork> {
  network = await startRaceNetwork(...args);
  return network;
}

/** The fault and how its seat ends in the record. */
const BROKEN: readonly (readonly [Fault, readonly RacerOutcome[], string | null])[] = [
  ['lies', ['disagreed'], null],
  ['late', ['late'], null],
  ['silent', ['late'], null],
  ['garbage', ['failed'], 'MALFORMED_MESSAGE'],
  ['oversized-frame', ['failed'], 'NODE_UNREACHABLE'],
  ['unsigned-answer', ['failed'], 'BAD_MAC'],
  ['inflated-slot', ['failed'], 'SLOT_NOT_AVAILABLE'],
  ['dies-in-race', ['failed'], 'NODE_UNREACHABLE'],
  ['wrong-request-id', ['late'], null],
];

describe('a race with one faulty node of three', () => {
  it.each(BROKEN)('serves what the two honest ones say: %s', async (fault, outcomes, error) => {
    const { nodes, race, lamportsOf, settled } = await start(['none', 'none', fault]);
    const decided = await race();
    expect(lamportsOf(decided)).toBe(1n);
    const record = await settled(decided);
    const faulty = record.racers.find(({ nodeKey }) => nodeKey === nodes[2]?.peer.nodeKey);
    expect(outcomes).toContain(faulty?.outcome);
    expect(faulty?.error).toBe(error);
    expect(record.winner).not.toBe(faulty?.nodeKey);
    expect(record.verifiers).not.toContain(faulty?.nodeKey);
    expect([record.winner, ...record.verifiers]).toHaveLength(2);
    expect(record.error).toBeNull();
  });

  it('takes no replayed answer for a new request', async () => {
    const { nodes, race, lamportsOf, settled } = await start(['none', 'none', 'replayed-answer']);
    await settled(await race());
    const again = await race();
    expect(lamportsOf(again)).toBe(2n);
    const record = await settled(again);
    const faulty = record.racers.find(({ nodeKey }) => nodeKey === nodes[2]?.peer.nodeKey);
    expect(faulty).toMatchObject({ outcome: 'failed', error: 'BAD_MAC' });
  });
});

describe('a race with one honest node of three', () => {
  it.each([
    ['lies', 'NO_AGREEMENT'],
    ['late', 'RACE_DEADLINE_EXCEEDED'],
    ['silent', 'RACE_DEADLINE_EXCEEDED'],
    ['garbage', 'POOL_TOO_SMALL'],
    ['unsigned-answer', 'POOL_TOO_SMALL'],
    ['oversized-frame', 'POOL_TOO_SMALL'],
    ['dies-in-race', 'POOL_TOO_SMALL'],
    ['wrong-request-id', 'RACE_DEADLINE_EXCEEDED'],
    ['inflated-slot', 'POOL_TOO_SMALL'],
  ] as const)('serves nothing and says why: %s', async (fault, code) => {
    // Liars that agree with each other would be a majority: these two lie each in its own way.
    let calls = 0;
    const options = fault === 'lies' ? { answer: differently } : {};
    function differently() {
      calls += 1;
      return { kind: 'items' as const, items: [Uint8Array.of(0x18, 10 * calls)] };
    }
    const { race, settled } = await start(['none', fault, fault], options);
    const decided = await race({ deadlineMs: 300 });
    expect(decided.outcome).toMatchObject({ kind: 'failed', error: { code } });
    const record = await settled(decided);
    expect(record).toMatchObject({ winner: null, verifiers: [], resultHash: null, error: code });
  });

  it('passes on what all of them say: not covered', async () => {
    const { race } = await start(['none', 'none', 'none'], {
      answer: () => ({ kind: 'error', code: 'NOT_COVERED', message: 'Not followed here.' }),
    });
    const decided = await race();
    expect(decided.outcome).toMatchObject({ kind: 'failed', error: { code: 'NOT_COVERED' } });
  });
});

describe('a race of five nodes', () => {
  it('gives the seats of dead nodes to others, and is still answered', async () => {
    const { race, lamportsOf, settled } = await start([
      'dies-in-race',
      'none',
      'none',
      'none',
      'garbage',
    ]);
    for (let round = 1; round <= 4; round += 1) {
      const decided = await race();
      expect(lamportsOf(decided)).toBe(BigInt(round));
      const record = await settled(decided);
      const operators = record.racers.map(({ operator }) => operator);
      expect(new Set(operators).size).toBe(operators.length);
      expect(record.verifiers.length).toBeGreaterThanOrEqual(1);
    }
  });

  it('gives a silent seat another beside it, so that UNANIMOUS is still met', async () => {
    const { nodes, race, lamportsOf } = await start(['none', 'none', 'none', 'silent', 'none']);
    for (let round = 1; round <= 6; round += 1) {
      expect(lamportsOf(await race({ trust: 'UNANIMOUS' }))).toBe(BigInt(round));
    }
    expect(nodes.reduce((sum, node) => sum + node.requests, 0)).toBeGreaterThanOrEqual(18);
  });

  it('answers many items in their order, each of them attested', async () => {
    const { race, settled } = await start(['none', 'none', 'none', 'none', 'none']);
    const addresses = Array.from({ length: 100 }, (_, index) => index);
    const decided = await race({ racers: 5, batch: batchOf('account.get', addresses) });
    if (decided.outcome.kind === 'failed') throw decided.outcome.error;
    expect(decided.outcome.items).toHaveLength(100);
    const record = await settled(decided);
    expect(record.racers.map(({ attested }) => attested)).toEqual(Array(5).fill(true));
    expect(record.racers.filter(({ outcome }) => outcome === 'verifier')).toHaveLength(2);
    expect(record.racers.filter(({ outcome }) => outcome === 'agreed')).toHaveLength(2);
  });
});

describe('trust', () => {
  it('FAST serves the first answer, and the record says when the others disprove it', async () => {
    let calls = 0;
    // The first to answer is one that lies; which one that is differs by run.
    const { race, settled } = await start(['none', 'none', 'none'], {
      answer: () => {
        calls += 1;
        return { kind: 'items', items: [Uint8Array.of(calls === 1 ? 1 : 2)] };
      },
    });
    const decided = await race({ trust: 'FAST' });
    expect(decided.outcome.kind).toBe('served');
    const record = await settled(decided);
    const served = decided.outcome.kind === 'served' ? decided.outcome.items[0] : undefined;
    if (served?.[0] === 1) expect(record.error).toBe('NO_AGREEMENT');
    else expect(record.error).toBeNull();
    expect(record.racers.some(({ outcome }) => outcome === 'disagreed')).toBe(true);
  });

  it('UNANIMOUS serves nothing that one of three denies', async () => {
    const { race } = await start(['none', 'none', 'lies']);
    const decided = await race({ trust: 'UNANIMOUS' });
    expect(decided.outcome).toMatchObject({ kind: 'failed', error: { code: 'NO_AGREEMENT' } });
  });
});

describe('attestations', () => {
  it('a node that owes roots leaves the pools, and returns when it delivers them', async () => {
    const { nodes, race, settled, directory, pools } = await start(['none', 'none', 'owes-roots']);
    const debtor = nodes[2];
    const stateOf = () =>
      directory.nodes().find(({ nodeKey }) => nodeKey === debtor?.peer.nodeKey)?.state;
    const record = await settled(await race());
    const seat = record.racers.find(({ nodeKey }) => nodeKey === debtor?.peer.nodeKey);
    expect(seat?.attested).toBe(false);
    await until(() => stateOf() === 'OWES_ROOT', 'the debtor is seen');
    await until(() => pools.snapshot().speed.operators === 2, 'the debtor is out of the pool');
    if (debtor !== undefined) debtor.fault = 'none';
    await until(() => stateOf() === 'READY', 'the debtor delivers and is back');
    expect(seat?.attested).toBe(false);
  });

  it('a root that contradicts the answers is evidence, and puts the node out', async () => {
    const { nodes, race, settled, directory, evidence } = await start([
      'none',
      'none',
      'wrong-root',
    ]);
    const record = await settled(await race());
    const seat = record.racers.find(({ nodeKey }) => nodeKey === nodes[2]?.peer.nodeKey);
    expect(seat?.attested).toBe(false);
    expect(record.racers.filter(({ attested }) => attested === true)).toHaveLength(2);
    const kept = evidence.all().find(({ kind }) => kind === 'root-contradicts-answers');
    expect(kept).toMatchObject({ nodeKey: nodes[2]?.peer.nodeKey });
    const state = directory.nodes().find(({ nodeKey }) => nodeKey === seat?.nodeKey)?.state;
    expect(state).toBe('OWES_ROOT');
  });

  it('keeps a disagreement with the proofs of both sides', async () => {
    const { race, settled, evidence } = await start(['none', 'none', 'lies']);
    const record = await settled(await race());
    const kept = evidence.all().find((entry) => entry.kind === 'disagreement');
    if (kept?.kind !== 'disagreement') throw new Error('no disagreement was kept');
    expect(kept.raceId).toBe(record.id);
    expect(kept.answers).toHaveLength(3);
    expect(new Set(kept.answers.map(({ resultHash }) => resultHash)).size).toBe(2);
    const liar = kept.answers.find(({ served }) => !served);
    expect(liar?.attested).toBe(true);
    expect(liar?.proofs).toHaveLength(1);
  });
});

describe('seats', () => {
  it('go by the configured operator, whatever a heartbeat claims', async () => {
    const { race, settled } = await start(['none', 'none', 'none'], {
      operators: ['acme', 'acme', 'other'],
      claimedOperator: 'third',
    });
    const record = await settled(await race());
    expect(record.racers.map(({ operator }) => operator).sort()).toEqual(['acme', 'other']);
  });

  it('an inflated slot in heartbeats moves neither the pin nor the tip', async () => {
    const { pools, directory } = await start(['none', 'none', 'inflated-slot']);
    const chosen = pools.choosePin({ pools: ['speed'], slot: null, trust: 'MAJORITY', racers: 3 });
    expect(chosen).toMatchObject({ kind: 'pinned', pin: { slot: 500n }, tip: 500n });
    expect(directory.tip()).toBe(500n);
  });
});
