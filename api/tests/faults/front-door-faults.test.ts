// Every fault that a node can have, through the front door: GraphQL over HTTP, real rooms, five
// operators' nodes on real sockets. A wrong answer is never served; the query is answered while two
// honest operators remain, and otherwise says by its code why it is not.
import type { Fault } from '@streamsync/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../support/race-network.ts';
import { type FaultyGateway, isHonest, type Reply, startFaultyGateway } from './faulty-gateway.ts';

let gateway: FaultyGateway | null = null;

afterEach(async () => {
  await gateway?.stop();
  gateway = null;
});

async function start(...args: Parameters<typeof startFaultyGateway>): Promise<FaultyGateway> {
  gateway = await startFaultyGateway(...args);
  return gateway;
}

/** Queries in a row; of five nodes three are drawn, so each is drawn among them. */
const QUERIES = 24;

/** For nodes that say nothing: long enough that silence counts, short enough for many queries. */
const SHORT_DEADLINE_MS = 500;

const SILENT: readonly Fault[] = ['late', 'silent', 'wrong-request-id'];

const deadlineFor = (fault: Fault) =>
  SILENT.includes(fault) ? { raceDeadlineMs: SHORT_DEADLINE_MS } : {};

interface Racer {
  readonly node: string;
  readonly outcome: string;
  readonly error: string | null;
  readonly attested: boolean | null;
}

interface RaceSeen {
  readonly error: string | null;
  readonly winner: string | null;
  readonly verifiers: readonly string[];
  readonly racers: readonly Racer[];
}

const RACE_FIELDS = 'error winner verifiers racers { node outcome error attested }';

function raceIdOf(reply: Reply): string {
  return `${reply.body.extensions?.streamsync.queryId}-0`;
}

async function raceOf({ ask }: FaultyGateway, reply: Reply): Promise<RaceSeen> {
  const { body } = await ask(`{ race(id: "${raceIdOf(reply)}") { ${RACE_FIELDS} } }`);
  return body.data?.race as RaceSeen;
}

/** The race once all of its racers have answered or are late, and attestations are known. */
async function settledRaceOf(front: FaultyGateway, reply: Reply): Promise<RaceSeen> {
  let race = await raceOf(front, reply);
  const endAtMs = performance.now() + 5_000;
  const open = ({ outcome, error, attested }: Racer): boolean =>
    outcome === 'PENDING' || (attested === null && error === null && outcome !== 'LATE');
  while (race.racers.some(open)) {
    if (performance.now() > endAtMs) throw new Error('the race does not settle');
    await new Promise((resolve) => setTimeout(resolve, 10));
    race = await raceOf(front, reply);
  }
  return race;
}

function codeOf({ body }: Reply): string | null {
  return body.errors?.[0]?.extensions.code ?? null;
}

/** A refusal: a code that says why, no data, no stack, and nothing of a failure of ours. */
function expectTyped(reply: Reply, codes: readonly string[]): void {
  expect(codes).toContain(codeOf(reply));
  expect(reply.status).not.toBe(500);
  expect(reply.body.data?.account ?? null).toBeNull();
  expect(reply.text).not.toMatch(/\bat .*\.ts:\d+/);
  expect(reply.body.errors?.[0]?.extensions.docs).toMatch(/#[a-z_]+$/);
}

/** Faults that give no eligible answer: how the seat ends, and what is said where all but one have it. */
const BROKEN: readonly {
  readonly fault: Fault;
  readonly outcomes: readonly string[];
  readonly errors: readonly (string | null)[];
  readonly alone: readonly string[];
}[] = [
  {
    fault: 'late',
    outcomes: ['LATE'],
    errors: [null],
    alone: ['RACE_DEADLINE_EXCEEDED', 'POOL_TOO_SMALL'],
  },
  {
    fault: 'silent',
    outcomes: ['LATE'],
    errors: [null],
    alone: ['RACE_DEADLINE_EXCEEDED', 'POOL_TOO_SMALL'],
  },
  {
    fault: 'wrong-request-id',
    outcomes: ['LATE', 'FAILED'],
    errors: [null, 'NODE_UNREACHABLE'],
    alone: ['RACE_DEADLINE_EXCEEDED', 'POOL_TOO_SMALL'],
  },
  {
    fault: 'garbage',
    outcomes: ['FAILED'],
    errors: ['MALFORMED_MESSAGE'],
    alone: ['POOL_TOO_SMALL'],
  },
  {
    fault: 'oversized-frame',
    outcomes: ['FAILED'],
    errors: ['NODE_UNREACHABLE'],
    alone: ['POOL_TOO_SMALL'],
  },
  {
    fault: 'unsigned-answer',
    outcomes: ['FAILED'],
    errors: ['BAD_MAC'],
    alone: ['POOL_TOO_SMALL'],
  },
  {
    fault: 'inflated-slot',
    outcomes: ['FAILED'],
    errors: ['SLOT_NOT_AVAILABLE'],
    alone: ['POOL_TOO_SMALL'],
  },
  {
    fault: 'dies-in-race',
    outcomes: ['FAILED'],
    errors: ['NODE_UNREACHABLE'],
    alone: ['POOL_TOO_SMALL'],
  },
];

describe('with three faulty nodes of five', () => {
  it.each(BROKEN)('answers with what the two honest ones hold: $fault', async (expected) => {
    const { fault, outcomes, errors } = expected;
    const front = await start([fault, 'none', fault, 'none', fault], deadlineFor(fault));
    const faulty = new Map(
      front.nodes.filter((node) => node.fault === fault).map((node) => [node.peer.nodeKey, node]),
    );
    let seats = 0;
    for (let byte = 1; byte <= QUERIES; byte += 1) {
      const reply = await front.account(byte);
      expect(isHonest(reply, byte), reply.text).toBe(true);
      expect(reply.body.extensions?.streamsync.slot).toBe('500');
      const race = await raceOf(front, reply);
      for (const paid of [race.winner, ...race.verifiers])
        expect(faulty.has(paid as never)).toBe(false);
      for (const racer of race.racers) {
        if (!faulty.has(racer.node as never) || racer.outcome === 'PENDING') continue;
        seats += 1;
        expect(outcomes).toContain(racer.outcome);
        expect(errors).toContain(racer.error);
      }
      // What is late shows when the race has collected: the last one is waited for.
      if (byte === QUERIES) await settledRaceOf(front, reply);
    }
    for (const node of faulty.values()) expect(node.requests).toBeGreaterThan(0);
    if (!SILENT.includes(fault)) expect(seats).toBeGreaterThan(0);
  });

  it('takes a replayed answer for its own request alone', async () => {
    const faults = [
      'replayed-answer',
      'none',
      'replayed-answer',
      'none',
      'replayed-answer',
    ] as const;
    const front = await start(faults);
    const seen: (string | null)[] = [];
    for (let byte = 1; byte <= QUERIES; byte += 1) {
      const reply = await front.account(byte);
      expect(isHonest(reply, byte), reply.text).toBe(true);
      const { racers } = await raceOf(front, reply);
      for (const { node, outcome, error } of racers) {
        const isFaulty = front.nodes.some(
          ({ fault, peer }) => peer.nodeKey === node && fault !== 'none',
        );
        if (isFaulty && outcome === 'FAILED') seen.push(error);
      }
    }
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set(['BAD_MAC']));
  });
});

describe('with four faulty nodes of five', () => {
  it.each(BROKEN)('serves nothing and says why: $fault', async ({ fault, alone }) => {
    const front = await start([fault, fault, 'none', fault, fault], deadlineFor(fault));
    for (let byte = 1; byte <= 3; byte += 1) expectTyped(await front.account(byte), alone);
  });
});

describe('with lone liars', () => {
  it('two of five: every query is answered with the truth, and their lies are kept', async () => {
    const front = await start(['lies', 'none', 'lies', 'none', 'none']);
    const liars = [front.nodes[0], front.nodes[2]].map((node) => node?.peer.nodeKey as string);
    let widened = 0;
    let disagreement: Reply | null = null;
    for (let byte = 1; byte <= 3 * QUERIES; byte += 1) {
      const reply = await front.account(byte);
      expect(isHonest(reply, byte), reply.text).toBe(true);
      const race = await raceOf(front, reply);
      if (race.racers.length > 3) widened += 1;
      if (race.racers.some(({ outcome }) => outcome === 'DISAGREED')) disagreement = reply;
      for (const paid of [race.winner, ...race.verifiers]) expect(liars).not.toContain(paid);
    }
    expect(widened).toBeGreaterThan(0);
    if (disagreement === null) throw new Error('no liar was drawn');
    const { racers } = await settledRaceOf(front, disagreement);
    const liar = racers.find(({ outcome }) => outcome === 'DISAGREED');
    expect(liars).toContain(liar?.node);
    expect(racers.map(({ attested }) => attested)).toEqual(racers.map(() => true));
    const kept = front.evidence
      .all()
      .findLast(
        (entry) => entry.kind === 'disagreement' && entry.raceId === raceIdOf(disagreement),
      );
    if (kept?.kind !== 'disagreement') throw new Error('the disagreement was not kept');
    expect(kept.answers).toHaveLength(racers.length);
    for (const { nodeKey, served, proofs } of kept.answers) {
      expect(served).toBe(!liars.includes(nodeKey));
      expect(proofs).toHaveLength(1);
    }
    expect(front.evidence.all().length).toBeLessThanOrEqual(20);
  });

  it('three of five: the truth or NO_AGREEMENT, and never a lie', async () => {
    const front = await start(['lies', 'none', 'lies', 'none', 'lies']);
    const codes = new Set<string | null>();
    for (let byte = 1; byte <= 2 * QUERIES; byte += 1) {
      const reply = await front.account(byte);
      codes.add(codeOf(reply));
      if (codeOf(reply) === null) expect(isHonest(reply, byte), reply.text).toBe(true);
      else expectTyped(reply, ['NO_AGREEMENT']);
    }
    expect(codes).toEqual(new Set([null, 'NO_AGREEMENT']));
  });

  it('UNANIMOUS: one of three that denies the others leaves nothing to serve', async () => {
    const front = await start(['lies', 'none', 'none']);
    const reply = await front.account(7, '@consistency(trust: UNANIMOUS)');
    expectTyped(reply, ['NO_AGREEMENT']);
  });

  it('FAST: an answer that the others disprove is marked in its race', async () => {
    const front = await start(['none', 'none', 'lies', 'none', 'none']);
    const replies: { readonly reply: Reply; readonly byte: number }[] = [];
    let lies = 0;
    for (let byte = 1; byte <= 250 && (lies < 2 || byte <= QUERIES); byte += 1) {
      const reply = await front.account(byte, '@consistency(trust: FAST)');
      if (!isHonest(reply, byte)) lies += 1;
      replies.push({ reply, byte });
    }
    expect(lies).toBeGreaterThan(0);
    for (const { reply, byte } of replies.slice(-QUERIES)) {
      const { error } = await settledRaceOf(front, reply);
      expect(error).toBe(isHonest(reply, byte) ? null : 'NO_AGREEMENT');
    }
  });
});

describe('nodes that do not stand by their answers', () => {
  const STATES = '{ nodes { id state } }';

  async function statesOf({ ask }: FaultyGateway): Promise<Map<string, string>> {
    const { body } = await ask(STATES);
    const nodes = body.data?.nodes as readonly { id: string; state: string }[];
    return new Map(nodes.map(({ id, state }) => [id, state]));
  }

  it.each(['owes-roots', 'wrong-root'] as const)(
    'are shown as unattested, leave the pools, and are not asked any more: %s',
    async (fault) => {
      const front = await start([fault, 'none', fault, 'none', fault]);
      const faulty = front.nodes.filter((node) => node.fault === fault);
      const replies: Reply[] = [];
      for (let byte = 1; byte <= QUERIES; byte += 1) {
        const reply = await front.account(byte);
        expect(isHonest(reply, byte), reply.text).toBe(true);
        replies.push(reply);
      }
      for (const node of faulty) expect(node.requests).toBeGreaterThan(0);
      let states = await statesOf(front);
      const endAtMs = performance.now() + 5_000;
      while (faulty.some(({ peer }) => states.get(peer.nodeKey) !== 'OWES_ROOT')) {
        if (performance.now() > endAtMs) throw new Error('a debtor stays in the pools');
        await new Promise((resolve) => setTimeout(resolve, 20));
        states = await statesOf(front);
      }
      const { racers } = await settledRaceOf(front, replies[0] as Reply);
      for (const { node, attested } of racers) {
        expect(attested).toBe(!faulty.some(({ peer }) => peer.nodeKey === node));
      }
      await until(() => front.directory.marketNodes().filter((n) => n.ready).length === 2, 'out');
      // The snapshot follows within a few milliseconds.
      await new Promise((resolve) => setTimeout(resolve, 20));
      const asked = faulty.map(({ requests }) => requests);
      for (let byte = 1; byte <= 6; byte += 1) {
        expect(isHonest(await front.account(byte), byte)).toBe(true);
      }
      expect(faulty.map(({ requests }) => requests)).toEqual(asked);
      expectTyped(await front.account(1, '@consistency(trust: UNANIMOUS)'), ['POOL_TOO_SMALL']);
      const contradictions = front.evidence
        .all()
        .filter(({ kind }) => kind === 'root-contradicts-answers');
      expect(contradictions.length > 0).toBe(fault === 'wrong-root');
    },
  );
});
