import type {
  Blockhash,
  HistoryRange,
  NodeKey,
  OperatorId,
  Pin,
  Slot,
  Specialisation,
} from '@streamsync/domain';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPools } from './pools.ts';
import type { MarketNode } from './ports.ts';

let nodes: MarketNode[];
let built: number;

beforeEach(() => {
  vi.useFakeTimers();
  nodes = [0, 1, 2, 3, 4].map((index) => nodeAt(index, 100n));
  built = 0;
});

afterEach(() => {
  vi.useRealTimers();
});

function nodeAt(index: number, newest: bigint): MarketNode {
  return {
    nodeKey: String(index) as NodeKey,
    operator: `operator-${index}` as OperatorId,
    specialisation: 'speed',
    operatorWeight: 1,
    ready: true,
    pins: [newest - 1n, newest].map((slot) => ({ slot, blockhash: `hash-${slot}` as Blockhash })),
    historySlotFirst: 0n as Slot,
    historyRanges: [],
    provenance: 'STREAMED',
  };
}

function newPools() {
  return createPools({
    source: {
      marketNodes: () => {
        built += 1;
        return nodes;
      },
      chainTip: () => null,
    },
    random: Math.random,
  });
}

const newest = { pools: ['speed'], slot: null, trust: 'MAJORITY', racers: 3 } as const;
const pinAt = (slot: bigint): Pin => ({
  slot: slot as Slot,
  blockhash: `hash-${slot}` as Blockhash,
});

const seats = (pool: Specialisation, pin: Pin) => ({ pool, pin, racers: 3 as const, history: [] });

describe('the pools', () => {
  it('are rebuilt once for many changes, off the request path', () => {
    const pools = newPools();
    expect(built).toBe(1);
    nodes = nodes.map((_, index) => nodeAt(index, 101n));
    for (let count = 0; count < 100; count += 1) pools.changed();
    expect(pools.choosePin(newest)).toMatchObject({ pin: { slot: 100n } });
    vi.advanceTimersByTime(5);
    expect(built).toBe(2);
    expect(pools.choosePin(newest)).toMatchObject({ pin: { slot: 101n } });
    expect(pools.choosePin(newest)).toBe(pools.choosePin(newest));
  });

  it('select only nodes that have applied the pin', () => {
    nodes = [nodeAt(0, 100n), nodeAt(1, 100n), nodeAt(2, 98n), nodeAt(3, 101n), nodeAt(4, 102n)];
    const pools = newPools();
    for (let count = 0; count < 50; count += 1) {
      const drawn = pools.select(seats('speed', pinAt(100n))).map(({ nodeKey }) => nodeKey);
      expect(drawn.toSorted()).toEqual(['0', '1', '3']);
    }
    expect(pools.select(seats('cache', pinAt(100n)))).toEqual([]);
  });

  it('select nobody at another blockhash of a slot that they name', () => {
    const forked = { slot: 100n as Slot, blockhash: 'another' as Blockhash };
    expect(newPools().select(seats('speed', forked))).toEqual([]);
  });

  it('fill up with nodes whose history reaches a pin that they no longer name', () => {
    nodes = [nodeAt(0, 100n), nodeAt(1, 110n), nodeAt(2, 111n), nodeAt(3, 99n)];
    const drawn = newPools().select(seats('speed', pinAt(100n)));
    expect(drawn.map(({ nodeKey }) => nodeKey).toSorted()).toEqual(['0', '1', '2']);
  });

  it('remember the blockhashes of slots that left the heartbeats', () => {
    const pools = newPools();
    pools.changed();
    vi.advanceTimersByTime(5);
    nodes = nodes.map((_, index) => nodeAt(index, 150n));
    pools.changed();
    vi.advanceTimersByTime(5);
    const chosen = pools.choosePin({ ...newest, slot: 100n as Slot });
    expect(chosen).toMatchObject({ kind: 'pinned', pin: pinAt(100n) });
    expect(pools.select(seats('speed', pinAt(100n)))).toHaveLength(5);
    expect(pools.choosePin({ ...newest, slot: 120n as Slot })).toMatchObject({ kind: 'refused' });
  });

  it('select for history only nodes that hold the slots, and count them by operator', () => {
    const range = (first: bigint, last: bigint) => ({
      slotFirst: first as Slot,
      slotLast: last as Slot,
    });
    const held = [
      [range(10n, 100n)],
      [range(50n, 100n)],
      [range(0n, 40n), range(60n, 100n)],
      [],
      [],
    ];
    nodes = nodes.map((node, index) => ({
      ...node,
      specialisation: 'archive',
      historyRanges: held[index] ?? [],
    }));
    const pools = newPools();
    const request = { pin: pinAt(100n), trust: 'MAJORITY', racers: 3 } as const;
    const keysFor = (history: readonly HistoryRange[]) =>
      pools
        .select({ pool: 'archive', pin: pinAt(100n), racers: 3, history })
        .map(({ nodeKey }) => nodeKey)
        .toSorted();
    expect(keysFor([])).toHaveLength(5);
    expect(keysFor([range(60n, 90n)])).toEqual(['0', '1', '2']);
    expect(keysFor([range(60n, 90n), range(20n, 30n)])).toEqual(['0', '2']);
    expect(pools.holds(request, [range(60n, 90n), range(20n, 30n)])).toBe(true);
    expect(pools.holds({ ...request, trust: 'UNANIMOUS' }, [range(20n, 30n)])).toBe(false);
    expect(pools.slotFirst(request, 100n as Slot)).toBe(50n);
    expect(pools.slotFirst({ ...request, trust: 'FAST' }, 100n as Slot)).toBe(10n);
    expect(pools.slotFirst(request, 101n as Slot)).toBeNull();
    expect(pools.notCovered(request, range(0n, 5n))).toMatchObject({
      code: 'HISTORY_NOT_COVERED',
      context: { covered: '50 to 100, 10 to 40' },
    });
  });
});
