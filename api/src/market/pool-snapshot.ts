// What the pools look like at one moment: which nodes can answer, and at which pins. Built off the
// request path, pure, and never changed. Invariant: a pin counts by distinct operators, so that no
// operator can move anything by running many nodes.
import { type Blockhash, SPECIALISATIONS, type Specialisation } from '@streamsync/domain';
import type { MarketNode } from './ports.ts';
import type { Candidate } from './select-nodes.ts';

/** A node with its chance of a seat, as select-nodes.ts draws. */
export type PoolNode<Node extends MarketNode> = Candidate & { readonly node: Node };

export interface PoolPin<Node extends MarketNode> {
  readonly slot: bigint;
  readonly blockhash: Blockhash;
  readonly nodes: readonly PoolNode<Node>[];
  /** Distinct ones. */
  readonly operators: number;
}

export interface Pool<Node extends MarketNode> {
  readonly nodes: readonly PoolNode<Node>[];
  readonly operators: number;
  /** By `pinKey`, the newest slot first. */
  readonly pins: ReadonlyMap<string, PoolPin<Node>>;
}

export type PoolSnapshot<Node extends MarketNode> = Readonly<Record<Specialisation, Pool<Node>>>;

export function pinKey(pin: { readonly slot: bigint; readonly blockhash: Blockhash }): string {
  return `${pin.slot}/${pin.blockhash}`;
}

export function buildPoolSnapshot<Node extends MarketNode>(
  nodes: readonly Node[],
): PoolSnapshot<Node> {
  const ready = nodes.filter((node) => node.ready);
  const pools = SPECIALISATIONS.map((specialisation) => [
    specialisation,
    buildPool(ready.filter((node) => node.specialisation === specialisation)),
  ]);
  return Object.fromEntries(pools);
}

function buildPool<Node extends MarketNode>(members: readonly Node[]): Pool<Node> {
  const nodesOf = new Map<string, number>();
  for (const { operator } of members) nodesOf.set(operator, (nodesOf.get(operator) ?? 0) + 1);
  const nodes = members.map((node) => ({
    node,
    operator: node.operator,
    weight: node.operatorWeight / (nodesOf.get(node.operator) ?? 1),
  }));
  const holders = new Map<
    string,
    { slot: bigint; blockhash: Blockhash; nodes: PoolNode<Node>[] }
  >();
  for (const poolNode of nodes) {
    for (const { slot, blockhash } of poolNode.node.pins) {
      const key = pinKey({ slot, blockhash });
      const known = holders.get(key);
      if (known === undefined) holders.set(key, { slot, blockhash, nodes: [poolNode] });
      else known.nodes.push(poolNode);
    }
  }
  const pins = [...holders].map(([key, pin]): [string, PoolPin<Node>] => [
    key,
    { ...pin, operators: new Set(pin.nodes.map(({ operator }) => operator)).size },
  ]);
  pins.sort(([, left], [, right]) =>
    left.slot < right.slot ? 1 : left.slot > right.slot ? -1 : 0,
  );
  return { nodes, operators: nodesOf.size, pins: new Map(pins) };
}
