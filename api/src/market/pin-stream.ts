// The chain as the holders of the newest pin tell it: what subscriptions compare with what they have
// delivered, to see a fork. Pure. Invariant: a slot is named here by as many of the pin's own holders
// as a majority race needs, so that one operator can neither hide a fork nor invent one.
import type { Blockhash, Pin, Slot, Specialisation } from '@streamsync/domain';
import type { PinOutcome, PinRequest } from '../pipeline/ports.ts';
import type { ChainView, PinStreamPort } from '../subscriptions/ports.ts';
import { operatorsNeeded } from './choose-pin.ts';
import { type PoolSnapshot, pinKey } from './pool-snapshot.ts';
import type { MarketNode } from './ports.ts';

/** What topics are raced with: the default of queries. */
const TERMS = { trust: 'MAJORITY', racers: 3, slot: null } as const;

export interface PinStream extends PinStreamPort {
  /** The pools were rebuilt. */
  changed(): void;
}

/** `pools` is called when a view is asked for, since it is made after what tells it of its changes. */
export function createPinStream<Node extends MarketNode>(
  pools: () => {
    snapshot(): PoolSnapshot<Node>;
    choosePin(request: PinRequest): PinOutcome;
  },
): PinStream {
  const listeners = new Set<() => void>();
  return {
    view: (pool) => viewChain(pool, pools().snapshot(), pools().choosePin),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    changed: () => {
      for (const listener of listeners) listener();
    },
  };
}

/** @throws StreamSyncError where the pool has no pin now */
export function viewChain<Node extends MarketNode>(
  pool: Specialisation,
  snapshot: PoolSnapshot<Node>,
  choosePin: (request: PinRequest) => PinOutcome,
): ChainView {
  const pinned = choosePin({ pools: [pool], ...TERMS });
  if (pinned.kind === 'refused') throw pinned.error;
  const holders = snapshot[pool].pins.get(pinKey(pinned.pin))?.nodes ?? [];
  return { pinned, recent: recentOf(holders, pinned.pin) };
}

function recentOf(
  holders: readonly { readonly node: MarketNode; readonly operator: string }[],
  pin: Pin,
): Pin[] {
  const named = new Map<string, { slot: bigint; blockhash: Blockhash; operators: Set<string> }>();
  for (const { node, operator } of holders) {
    for (const { slot, blockhash } of node.pins) {
      if (slot > pin.slot) continue;
      const key = pinKey({ slot, blockhash });
      const known = named.get(key);
      if (known === undefined) named.set(key, { slot, blockhash, operators: new Set([operator]) });
      else known.operators.add(operator);
    }
  }
  const needed = operatorsNeeded(TERMS.trust, TERMS.racers);
  return [...named.values()]
    .filter(({ operators }) => operators.size >= needed)
    .map(({ slot, blockhash }) => ({ slot: slot as Slot, blockhash }))
    .sort((left, right) => (left.slot < right.slot ? 1 : -1));
}
