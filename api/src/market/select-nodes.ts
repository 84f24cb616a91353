// Draws the nodes of a race: weighted, without replacement, one seat per operator. Pure: a function
// of the candidates and of the random numbers. Invariant: no two of the drawn share an operator.
import type { OperatorId } from '@streamsync/domain';

export interface Candidate {
  readonly operator: OperatorId;
  /** Chance of being drawn, relative to the others'; not negative. */
  readonly weight: number;
}

/** From 0 below 1. */
export type Random = () => number;

export interface Draw {
  /** Racers, then reserves. */
  readonly count: number;
  /** How many of the first are sent to at once: their order says nothing of their weights. */
  readonly shuffled: number;
  readonly random: Random;
}

/** Up to `count` candidates of as many operators. */
export function selectNodes<Node extends Candidate>(
  candidates: readonly Node[],
  { count, shuffled, random }: Draw,
): Node[] {
  const left = candidates.slice();
  let total = 0;
  for (const { weight } of left) total += weight;
  const drawn: Node[] = [];
  while (drawn.length < count && left.length > 0) {
    const node = left[pick(left, total, random)] as Node;
    drawn.push(node);
    // Compacts in place: the operator's other nodes leave with it.
    let kept = 0;
    total = 0;
    for (const other of left) {
      if (other.operator === node.operator) continue;
      left[kept] = other;
      kept += 1;
      total += other.weight;
    }
    left.length = kept;
  }
  shuffleFirst(drawn, Math.min(shuffled, drawn.length), random);
  return drawn;
}

/** The index whose share of the total the random number falls in. */
function pick(nodes: readonly Candidate[], total: number, random: Random): number {
  let at = random() * total;
  for (let index = 0; index < nodes.length - 1; index += 1) {
    at -= (nodes[index] as Candidate).weight;
    if (at < 0) return index;
  }
  return nodes.length - 1;
}

/** Fisher and Yates, over the first `count`. */
function shuffleFirst<Item>(items: Item[], count: number, random: Random): void {
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const kept = items[last] as Item;
    items[last] = items[other] as Item;
    items[other] = kept;
  }
}
