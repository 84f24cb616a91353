// Chooses the slot and blockhash that a query is answered at. Pure. Invariant: a pin is one that
// enough distinct operators of every pool of the plan have applied; it is the minimum over the pools
// of their order statistics, never a maximum, so that no single claimed height can raise it.
import {
  type Blockhash,
  type ErrorCode,
  type ErrorContext,
  type Pin,
  type Slot,
  type SlotProvenance,
  type Specialisation,
  StreamSyncError,
} from '@streamsync/domain';
import type { PinOutcome, PinRequest, RacerCount, Trust } from '../pipeline/ports.ts';
import { type PoolPin, type PoolSnapshot, pinKey } from './pool-snapshot.ts';
import type { MarketNode } from './ports.ts';

/** A pin that all racers have is preferred to a newer one that only a majority has, up to this lag. */
export const FULL_RACE_LAG_SLOTS_MAX = 4n;

/** Governed: a minute of slots. A pool that is further behind the chain is stale. */
export const POOL_LAG_SLOTS_MAX = 150n;

export interface PinFacts<Node extends MarketNode> {
  readonly snapshot: PoolSnapshot<Node>;
  /** Blockhashes that a majority of a pool confirmed earlier, by slot. */
  readonly confirmed: ReadonlyMap<bigint, Blockhash>;
  /** The gateway's own view of the chain, or null. */
  readonly chainTip: Slot | null;
}

export function choosePin<Node extends MarketNode>(
  request: PinRequest,
  facts: PinFacts<Node>,
): PinOutcome {
  const needed = operatorsNeeded(request.trust, request.racers);
  for (const pool of request.pools) {
    const { operators } = facts.snapshot[pool];
    if (operators < needed) return refuse('POOL_TOO_SMALL', { pool, operators, needed });
  }
  const newest = newestPin(facts.snapshot, request.pools, request.racers, needed);
  if (newest === null) return refuse('POOL_TOO_SMALL', { pools: request.pools.join(' '), needed });
  const tip = facts.chainTip ?? (newest.slot as Slot);
  if (newest.slot + POOL_LAG_SLOTS_MAX < tip) {
    return refuse('STALE_POOL', { slot: newest.slot, tip, slotsBehindMax: POOL_LAG_SLOTS_MAX });
  }
  if (request.slot === null || request.slot === newest.slot) {
    return pinned(request.pools, facts, newest, tip);
  }
  return pinAt(request, facts, { slot: request.slot, newest, needed, tip });
}

/** Distinct operators of a pool without which the trust level cannot be met. */
export function operatorsNeeded(trust: Trust, racers: RacerCount): number {
  if (trust === 'FAST') return 1;
  return trust === 'MAJORITY' ? (racers + 1) / 2 : racers;
}

/** The newest pin that every pool has `racers` operators at, or `needed` where that is much newer. */
function newestPin<Node extends MarketNode>(
  snapshot: PoolSnapshot<Node>,
  pools: readonly Specialisation[],
  racers: RacerCount,
  needed: number,
): Pin | null {
  const least = newestWith(snapshot, pools, needed);
  const full = newestWith(snapshot, pools, racers);
  if (least === null || full === null) return least;
  return least.slot - full.slot <= FULL_RACE_LAG_SLOTS_MAX ? full : least;
}

function newestWith<Node extends MarketNode>(
  snapshot: PoolSnapshot<Node>,
  pools: readonly Specialisation[],
  operators: number,
): Pin | null {
  const [first, ...others] = pools;
  if (first === undefined) return null;
  for (const [key, pin] of snapshot[first].pins) {
    if (pin.operators < operators) continue;
    const everywhere = others.every(
      (pool) => (snapshot[pool].pins.get(key)?.operators ?? 0) >= operators,
    );
    if (everywhere) return { slot: pin.slot as Slot, blockhash: pin.blockhash };
  }
  return null;
}

function pinAt<Node extends MarketNode>(
  request: PinRequest,
  facts: PinFacts<Node>,
  at: { readonly slot: Slot; readonly newest: Pin; readonly needed: number; readonly tip: Slot },
): PinOutcome {
  const { slot, newest, needed, tip } = at;
  if (slot > newest.slot) return refuse('FUTURE_SLOT', { slot, newest: newest.slot });
  for (const pool of request.pools) {
    const covering = new Set<string>();
    let oldest: bigint | null = null;
    for (const { node } of facts.snapshot[pool].nodes) {
      const first = node.historySlotFirst;
      if (first === null) continue;
      if (first <= slot) covering.add(node.operator);
      if (oldest === null || first < oldest) oldest = first;
    }
    if (covering.size < needed) {
      return refuse('HISTORY_NOT_COVERED', { slot, pool, historySlotFirst: oldest });
    }
  }
  const held = pinHeldAt(facts.snapshot, request.pools, slot, needed);
  const blockhash = held ?? facts.confirmed.get(slot);
  if (blockhash === undefined) return refuse('SLOT_NOT_AVAILABLE', { slot, newest: newest.slot });
  return pinned(request.pools, facts, { slot, blockhash }, tip);
}

/** The blockhash that enough operators of every pool name for that slot in their heartbeats. */
function pinHeldAt<Node extends MarketNode>(
  snapshot: PoolSnapshot<Node>,
  pools: readonly Specialisation[],
  slot: bigint,
  needed: number,
): Blockhash | null {
  const [first] = pools;
  if (first === undefined) return null;
  for (const [key, pin] of snapshot[first].pins) {
    if (pin.slot !== slot) continue;
    if (pools.every((pool) => (snapshot[pool].pins.get(key)?.operators ?? 0) >= needed)) {
      return pin.blockhash;
    }
  }
  return null;
}

function pinned<Node extends MarketNode>(
  pools: readonly Specialisation[],
  facts: PinFacts<Node>,
  pin: Pin,
  tip: Slot,
): PinOutcome {
  return { kind: 'pinned', pin, tip, provenance: weakestProvenance(pools, facts, pin) };
}

/** Answers are worth what their weakest source is: POLLED where any node of the pin polls. */
function weakestProvenance<Node extends MarketNode>(
  pools: readonly Specialisation[],
  { snapshot }: PinFacts<Node>,
  pin: Pin,
): SlotProvenance {
  let weakest: SlotProvenance = 'STREAMED';
  for (const pool of pools) {
    const { pins, nodes } = snapshot[pool];
    const holders: PoolPin<Node>['nodes'] = pins.get(pinKey(pin))?.nodes ?? nodes;
    for (const { node } of holders) {
      if (node.provenance === 'POLLED') return 'POLLED';
      if (node.provenance === 'FED') weakest = 'FED';
    }
  }
  return weakest;
}

function refuse(code: ErrorCode, context: ErrorContext): PinOutcome {
  return { kind: 'refused', error: new StreamSyncError(code, context) };
}
