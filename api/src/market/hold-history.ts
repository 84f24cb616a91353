// What of the chain's history the operators of a race hold, by their nodes' heartbeats. Pure.
// Invariant: a stretch counts for an operator only where one of its nodes holds the whole of it, and
// so can answer about it alone.
import {
  type ErrorContext,
  type HistoryRange,
  type Slot,
  StreamSyncError,
} from '@streamsync/domain';
import type { PoolNode } from './pool-snapshot.ts';
import type { MarketNode } from './ports.ts';

/** Stretches that a refusal names, the newest ones: a message is read by a person. */
const STRETCHES_NAMED_MAX = 5;

export function holdsStretch(
  node: Pick<MarketNode, 'historyRanges'>,
  { slotFirst, slotLast }: HistoryRange,
): boolean {
  return node.historyRanges.some(
    (held) => held.slotFirst <= slotFirst && slotLast <= held.slotLast,
  );
}

export function holdsAll(
  node: Pick<MarketNode, 'historyRanges'>,
  stretches: readonly HistoryRange[],
): boolean {
  return stretches.every((stretch) => holdsStretch(node, stretch));
}

/** The lowest slot from which `operators` distinct ones hold everything up to `slotLast`, or null. */
export function lowestSlot<Node extends MarketNode>(
  nodes: readonly PoolNode<Node>[],
  slotLast: Slot,
  operators: number,
): Slot | null {
  const lowest = new Map<string, Slot>();
  for (const { node, operator } of nodes) {
    for (const { slotFirst, slotLast: heldTo } of node.historyRanges) {
      if (slotFirst > slotLast || heldTo < slotLast) continue;
      const known = lowest.get(operator);
      if (known === undefined || slotFirst < known) lowest.set(operator, slotFirst);
    }
  }
  const slots = [...lowest.values()].sort((left, right) => (left < right ? -1 : 1));
  return slots[operators - 1] ?? null;
}

/** What at least `operators` distinct ones hold, ascending. */
export function stretchesHeld<Node extends MarketNode>(
  nodes: readonly PoolNode<Node>[],
  operators: number,
): readonly HistoryRange[] {
  const edges: { readonly slot: bigint; readonly operator: string; readonly step: 1 | -1 }[] = [];
  for (const { node, operator } of nodes) {
    for (const { slotFirst, slotLast } of node.historyRanges) {
      edges.push({ slot: slotFirst, operator, step: 1 });
      edges.push({ slot: slotLast + 1n, operator, step: -1 });
    }
  }
  edges.sort((left, right) => (left.slot < right.slot ? -1 : left.slot > right.slot ? 1 : 0));
  const open = new Map<string, number>();
  const stretches: HistoryRange[] = [];
  let startedAt: bigint | null = null;
  for (const [index, { slot, operator, step }] of edges.entries()) {
    const count = (open.get(operator) ?? 0) + step;
    if (count === 0) open.delete(operator);
    else open.set(operator, count);
    if (edges[index + 1]?.slot === slot) continue;
    if (open.size >= operators) startedAt ??= slot;
    else if (startedAt !== null) {
      stretches.push({ slotFirst: startedAt as Slot, slotLast: (slot - 1n) as Slot });
      startedAt = null;
    }
  }
  return stretches;
}

/** HISTORY_NOT_COVERED for a stretch, with what is covered instead, newest first. */
export function notCovered(
  { slotFirst, slotLast }: HistoryRange,
  held: readonly HistoryRange[],
  operators: number,
): StreamSyncError {
  const named = held
    .slice(-STRETCHES_NAMED_MAX)
    .map((stretch) => `${stretch.slotFirst} to ${stretch.slotLast}`)
    .reverse();
  const older = held.length - named.length;
  const covered =
    named.length === 0 ? 'none' : named.join(', ') + (older > 0 ? ` and ${older} older` : '');
  const context: ErrorContext = { slotFirst, slotLast, covered, operators };
  return new StreamSyncError('HISTORY_NOT_COVERED', context, {
    message: `Slots ${slotFirst} to ${slotLast} are not all held by ${operators} operators of this network. Held: ${covered}.`,
  });
}
