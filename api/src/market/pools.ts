// The pools as the request path sees them: a snapshot that is rebuilt off that path whenever nodes
// change, with the pins chosen from it kept. Invariant: choosing and selecting read one snapshot and
// compute nothing that another request of the same kind has computed from it already.
import type { HistoryRange, Pin, Specialisation } from '@streamsync/domain';
import type {
  HistoryPort,
  HistoryRequest,
  PinOutcome,
  PinPort,
  PinRequest,
  RacerCount,
} from '../pipeline/ports.ts';
import { choosePin, operatorsNeeded } from './choose-pin.ts';
import { ConfirmedSlots } from './confirmed-slots.ts';
import { holdsAll, lowestSlot, notCovered, stretchesHeld } from './hold-history.ts';
import { buildPoolSnapshot, type PoolNode, type PoolSnapshot, pinKey } from './pool-snapshot.ts';
import type { MarketNode, MarketSource } from './ports.ts';
import { type Random, selectNodes } from './select-nodes.ts';

/** Heartbeats of a slot come from all nodes within a few milliseconds: one rebuild takes them all. */
const REBUILD_AFTER_MS = 5;

/** Seats beyond the racers', for those that fail or are silent. */
const RESERVES = 2;

/** Combinations of pools, trust and racers: there are 7 × 3 × 2. */
const CHOICES_MAX = 64;

export interface PoolsOptions<Node extends MarketNode> {
  readonly source: MarketSource<Node>;
  readonly random: Random;
  /** After each rebuild. */
  readonly onRebuilt?: () => void;
}

/** The pool that keeps the chain's history. */
const HISTORY_POOL: Specialisation = 'archive';

export interface SeatRequest {
  readonly pool: Specialisation;
  readonly pin: Pin;
  readonly racers: RacerCount;
  /** Stretches of history that each of the nodes must hold. */
  readonly history: readonly HistoryRange[];
}

export interface Pools<Node extends MarketNode> extends PinPort, HistoryPort {
  select(request: SeatRequest): readonly Node[];
  /** Call it when any node changed; the rebuild follows soon, once for many calls. */
  changed(): void;
  snapshot(): PoolSnapshot<Node>;
  stop(): void;
}

export function createPools<Node extends MarketNode>(options: PoolsOptions<Node>): Pools<Node> {
  const { source, random } = options;
  const confirmed = new ConfirmedSlots();
  let snapshot = buildPoolSnapshot(source.marketNodes());
  let choices = new Map<string, PinOutcome>();
  let timer: NodeJS.Timeout | null = null;

  function rebuild(): void {
    timer = null;
    snapshot = buildPoolSnapshot(source.marketNodes());
    choices = new Map();
    confirmed.learn(snapshot);
    options.onRebuilt?.();
  }

  function choose(request: PinRequest): PinOutcome {
    return choosePin(request, {
      snapshot,
      confirmed: confirmed.slots,
      chainTip: source.chainTip(),
    });
  }

  const archivesAt = ({ pin, racers }: HistoryRequest): readonly PoolNode<Node>[] =>
    answering(snapshot, HISTORY_POOL, pin, racers);

  return {
    choosePin: (request) => {
      if (request.slot !== null) return choose(request);
      const key = `${request.pools.join()} ${request.trust} ${request.racers}`;
      const known = choices.get(key);
      if (known !== undefined) return known;
      const chosen = choose(request);
      if (choices.size < CHOICES_MAX) choices.set(key, chosen);
      return chosen;
    },
    holds: (request, stretches) =>
      operatorsOf(archivesAt(request).filter(({ node }) => holdsAll(node, stretches))) >=
      operatorsNeeded(request.trust, request.racers),
    slotFirst: (request, slotLast) =>
      lowestSlot(archivesAt(request), slotLast, operatorsNeeded(request.trust, request.racers)),
    notCovered: (request, stretch) => {
      const needed = operatorsNeeded(request.trust, request.racers);
      return notCovered(stretch, stretchesHeld(archivesAt(request), needed), needed);
    },
    select: ({ pool, pin, racers, history }) => {
      const able = answering(snapshot, pool, pin, racers);
      const candidates =
        history.length === 0 ? able : able.filter(({ node }) => holdsAll(node, history));
      const drawn = selectNodes(candidates, { count: racers + RESERVES, shuffled: racers, random });
      return drawn.map(({ node }) => node);
    },
    changed: () => {
      timer ??= setTimeout(rebuild, REBUILD_AFTER_MS);
    },
    snapshot: () => snapshot,
    stop: () => {
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** Nodes that can answer at the pin. */
function answering<Node extends MarketNode>(
  snapshot: PoolSnapshot<Node>,
  pool: Specialisation,
  pin: Pin,
  racers: RacerCount,
): readonly PoolNode<Node>[] {
  const held = snapshot[pool].pins.get(pinKey(pin));
  return held !== undefined && held.operators >= racers
    ? held.nodes
    : [...(held?.nodes ?? []), ...covering(snapshot, pool, pin)];
}

const operatorsOf = (nodes: readonly PoolNode<MarketNode>[]): number =>
  new Set(nodes.map(({ operator }) => operator)).size;

/** Nodes whose history reaches an older pin, which their heartbeats no longer name. */
function covering<Node extends MarketNode>(
  snapshot: PoolSnapshot<Node>,
  pool: Specialisation,
  pin: Pin,
): PoolNode<Node>[] {
  return snapshot[pool].nodes.filter(({ node }) => {
    const { historySlotFirst, pins } = node;
    const oldestNamed = pins[0];
    return (
      historySlotFirst !== null &&
      historySlotFirst <= pin.slot &&
      oldestNamed !== undefined &&
      pin.slot < oldestNamed.slot
    );
  });
}
