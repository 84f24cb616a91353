// The blockhashes of slots that left the heartbeats, as a majority of a pool told them, so that older
// slots stay reachable. It follows forks. Invariant: a slot has the blockhash that the pools told
// last, and none where pools differ or where a majority of one no longer has the slot on its chain.
import type { Blockhash } from '@streamsync/domain';
import { type Pool, type PoolSnapshot, pinKey } from './pool-snapshot.ts';
import type { MarketNode } from './ports.ts';

/** Slots that are remembered: what nodes hold at least, six times. */
const CONFIRMED_SLOTS_MAX = 2_048;

export class ConfirmedSlots {
  readonly #slots = new Map<bigint, Blockhash>();

  get slots(): ReadonlyMap<bigint, Blockhash> {
    return this.#slots;
  }

  learn<Node extends MarketNode>(snapshot: PoolSnapshot<Node>): void {
    const pools: readonly Pool<Node>[] = Object.values(snapshot);
    for (const [slot, blockhash] of majorities(pools)) {
      if (this.#slots.get(slot) === blockhash) continue;
      this.#slots.delete(slot);
      if (blockhash !== null) this.#slots.set(slot, blockhash);
    }
    for (const pool of pools) this.#forgetAbandoned(pool);
    for (const slot of this.#slots.keys()) {
      if (this.#slots.size <= CONFIRMED_SLOTS_MAX) break;
      this.#slots.delete(slot);
    }
  }

  /**
   * A slot that a fork undid and skipped is in nobody's heartbeat: it is forgotten where a majority of
   * the pool's operators name older and newer slots, and at most half of these name it.
   */
  #forgetAbandoned<Node extends MarketNode>({ nodes, operators, pins }: Pool<Node>): void {
    const windows = nodes.flatMap(({ node, operator }) => {
      const [first, last] = [node.pins[0], node.pins.at(-1)];
      return first === undefined || last === undefined
        ? []
        : [{ operator, first: first.slot, last: last.slot }];
    });
    let oldest: bigint | null = null;
    for (const { first } of windows) if (oldest === null || first < oldest) oldest = first;
    for (const [slot, blockhash] of this.#slots) {
      if (oldest === null || slot < oldest) continue;
      const looking = new Set<string>();
      for (const { operator, first, last } of windows) {
        if (first <= slot && slot <= last) looking.add(operator);
      }
      const naming = pins.get(pinKey({ slot, blockhash }))?.operators ?? 0;
      if (looking.size * 2 > operators && naming * 2 <= looking.size) this.#slots.delete(slot);
    }
  }
}

/** What more than half of a pool's operators say of a slot; null: pools differ. */
function majorities<Node extends MarketNode>(
  pools: readonly Pool<Node>[],
): ReadonlyMap<bigint, Blockhash | null> {
  const said = new Map<bigint, Blockhash | null>();
  for (const { pins, operators } of pools) {
    for (const pin of pins.values()) {
      if (pin.operators * 2 <= operators) continue;
      const known = said.get(pin.slot);
      said.set(pin.slot, known === undefined || known === pin.blockhash ? pin.blockhash : null);
    }
  }
  return said;
}
