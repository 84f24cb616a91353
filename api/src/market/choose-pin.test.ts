import type {
  Blockhash,
  NodeKey,
  OperatorId,
  Slot,
  SlotProvenance,
  Specialisation,
} from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PinOutcome, PinRequest } from '../pipeline/ports.ts';
import { choosePin, FULL_RACE_LAG_SLOTS_MAX, operatorsNeeded } from './choose-pin.ts';
import { buildPoolSnapshot, pinKey } from './pool-snapshot.ts';
import type { MarketNode } from './ports.ts';

const hashOf = (slot: bigint): Blockhash => `hash-${slot}` as Blockhash;

interface NodeFacts {
  readonly operator: number;
  readonly specialisation?: Specialisation;
  readonly newest: bigint;
  readonly window?: number;
  readonly fork?: string;
  readonly first?: bigint;
  readonly provenance?: SlotProvenance;
  readonly ready?: boolean;
}

let keys = 0;
function nodeOf(facts: NodeFacts): MarketNode {
  const { newest, window = 32, fork = '', first = 0n } = facts;
  const pins = [];
  for (let slot = newest - BigInt(window) + 1n; slot <= newest; slot += 1n) {
    if (slot >= 0n) pins.push({ slot, blockhash: `${hashOf(slot)}${fork}` as Blockhash });
  }
  keys += 1;
  return {
    nodeKey: String(keys) as NodeKey,
    operator: `operator-${facts.operator}` as OperatorId,
    specialisation: facts.specialisation ?? 'speed',
    operatorWeight: 1,
    ready: facts.ready ?? true,
    pins,
    historySlotFirst: first as Slot,
    historyRanges: [],
    provenance: facts.provenance ?? 'STREAMED',
  };
}

const request = (changes: Partial<PinRequest> = {}): PinRequest => ({
  pools: ['speed'],
  slot: null,
  trust: 'MAJORITY',
  racers: 3,
  ...changes,
});

function choose(
  nodes: readonly MarketNode[],
  changes: Partial<PinRequest> = {},
  facts: { chainTip?: bigint; confirmed?: Map<bigint, Blockhash> } = {},
): PinOutcome {
  return choosePin(request(changes), {
    snapshot: buildPoolSnapshot(nodes),
    confirmed: facts.confirmed ?? new Map(),
    chainTip: (facts.chainTip ?? null) as Slot | null,
  });
}

function slotOf(outcome: PinOutcome): bigint {
  if (outcome.kind === 'refused') throw outcome.error;
  return outcome.pin.slot;
}

const codeOf = (outcome: PinOutcome): string =>
  outcome.kind === 'refused' ? outcome.error.code : 'pinned';

const five = (newest: readonly bigint[]): MarketNode[] =>
  newest.map((each, operator) => nodeOf({ operator, newest: each }));

describe('choosePin', () => {
  it('takes the newest slot that as many operators as race have applied', () => {
    expect(slotOf(choose(five([100n, 101n, 102n, 103n, 104n])))).toBe(102n);
    expect(slotOf(choose(five([100n, 101n, 102n, 103n, 104n]), { racers: 5 }))).toBe(100n);
  });

  it('takes the minimum over the pools, never a maximum', () => {
    const cache = [90n, 91n, 92n, 93n, 94n].map((newest, operator) =>
      nodeOf({ operator, newest, specialisation: 'cache' }),
    );
    const nodes = [...five([100n, 101n, 102n, 103n, 104n]), ...cache];
    expect(slotOf(choose(nodes, { pools: ['speed', 'cache'] }))).toBe(92n);
    expect(slotOf(choose(nodes, { pools: ['cache', 'speed'] }))).toBe(92n);
  });

  it('is not moved by one inflated or deflated height, nor by all nodes of one operator', () => {
    const heights = fc.array(fc.bigInt({ min: 1_000n, max: 1_005n }), {
      minLength: 4,
      maxLength: 8,
    });
    const claim = fc.oneof(
      fc.bigInt({ min: 0n, max: 999n }),
      fc.bigInt({ min: 1_006n, max: 2n ** 63n }),
    );
    fc.assert(
      fc.property(heights, claim, fc.integer({ min: 1, max: 4 }), (honest, claimed, count) => {
        const nodes = honest.map((newest, operator) => nodeOf({ operator, newest }));
        const liars = Array.from({ length: count }, () =>
          nodeOf({ operator: 99, newest: claimed, window: claimed > 1_005n ? 1 : 32 }),
        );
        expect(slotOf(choose([...nodes, ...liars]))).toBe(slotOf(choose(nodes)));
      }),
    );
  });

  it('moves back by a few slots at most where the race needs the node that lags', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1_000n }), (lagging) => {
        const slot = slotOf(choose(five([1_000n, 1_000n, lagging])));
        expect(slot).toBeGreaterThanOrEqual(1_000n - FULL_RACE_LAG_SLOTS_MAX);
        expect(slot).toBeLessThanOrEqual(1_000n);
      }),
    );
  });

  it('never pins what fewer operators than the trust level needs have applied', () => {
    const facts = fc.record({
      operator: fc.integer({ min: 0, max: 5 }),
      newest: fc.bigInt({ min: 100n, max: 140n }),
      fork: fc.constantFrom('', '', '', 'b'),
      ready: fc.boolean(),
      window: fc.integer({ min: 0, max: 32 }),
    });
    const trust = fc.constantFrom('FAST' as const, 'MAJORITY' as const, 'UNANIMOUS' as const);
    const racers = fc.constantFrom(3 as const, 5 as const);
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 12 }), trust, racers, (all, level, count) => {
        const nodes = all.map(nodeOf);
        const outcome = choose(nodes, { trust: level, racers: count });
        if (outcome.kind === 'refused') return;
        const holders = nodes.filter(
          (node) => node.ready && node.pins.some((pin) => pinKey(pin) === pinKey(outcome.pin)),
        );
        expect(new Set(holders.map(({ operator }) => operator)).size).toBeGreaterThanOrEqual(
          operatorsNeeded(level, count),
        );
      }),
    );
  });

  it('counts a slot on two forks apart', () => {
    const nodes = [
      nodeOf({ operator: 0, newest: 100n }),
      nodeOf({ operator: 1, newest: 100n }),
      nodeOf({ operator: 2, newest: 100n, fork: 'b' }),
    ];
    const outcome = choose(nodes);
    expect(outcome).toMatchObject({ kind: 'pinned', pin: { blockhash: hashOf(100n) } });
  });

  it('refuses a pool with fewer operators than the trust level needs', () => {
    const two = five([100n, 100n]);
    expect(codeOf(choose(two))).toBe('pinned');
    expect(codeOf(choose(two, { trust: 'UNANIMOUS' }))).toBe('POOL_TOO_SMALL');
    expect(codeOf(choose(two, { racers: 5 }))).toBe('POOL_TOO_SMALL');
    expect(codeOf(choose(five([100n])))).toBe('POOL_TOO_SMALL');
    expect(codeOf(choose(five([100n]), { trust: 'FAST' }))).toBe('pinned');
    expect(codeOf(choose([], { trust: 'FAST' }))).toBe('POOL_TOO_SMALL');
  });

  it('refuses a pool that is more than 150 slots behind the chain', () => {
    const nodes = five([1_000n, 1_000n, 1_000n]);
    expect(codeOf(choose(nodes, {}, { chainTip: 1_150n }))).toBe('pinned');
    expect(codeOf(choose(nodes, {}, { chainTip: 1_151n }))).toBe('STALE_POOL');
  });

  it('answers at a slot that was asked for, or says why not', () => {
    const nodes = [0, 1, 2].map((operator) => nodeOf({ operator, newest: 1_000n, first: 500n }));
    const confirmed = new Map([[700n, hashOf(700n)]]);
    const at = (slot: bigint): PinOutcome =>
      choose(nodes, { slot: slot as Slot }, { confirmed, chainTip: 1_003n });
    expect(at(980n)).toMatchObject({ kind: 'pinned', pin: { slot: 980n }, tip: 1_003n });
    expect(at(700n)).toMatchObject({ kind: 'pinned', pin: { blockhash: hashOf(700n) } });
    expect(codeOf(at(1_001n))).toBe('FUTURE_SLOT');
    expect(codeOf(at(499n))).toBe('HISTORY_NOT_COVERED');
    expect(codeOf(at(600n))).toBe('SLOT_NOT_AVAILABLE');
  });

  it('says POLLED where any node at the pin polls', () => {
    const nodes = five([100n, 100n, 100n]);
    expect(choose(nodes)).toMatchObject({ provenance: 'STREAMED' });
    const polled = nodeOf({ operator: 4, newest: 100n, provenance: 'POLLED' });
    const fed = nodeOf({ operator: 5, newest: 100n, provenance: 'FED' });
    expect(choose([...nodes, polled, fed])).toMatchObject({ provenance: 'POLLED' });
    expect(choose([...nodes, fed])).toMatchObject({ provenance: 'FED' });
  });
});
