// The receipt of one query. A query that raced nothing has none: nothing was verified, nothing is
// owed. The guarantee's clock stops here, when the answer has been serialised.
import { OPERATIONS } from '@streamsync/domain';
import type { Clock } from '@streamsync/runtime';
import type { Plan, QueryReceipt, ReceiptPort } from './ports.ts';
import type { RunRace } from './read-chain.ts';
import type { Stopwatch } from './stopwatch.ts';

interface Rooms {
  readonly receipts: ReceiptPort;
  readonly clock: Clock;
}

interface Served {
  readonly queryId: Buffer;
  readonly plan: Plan;
  readonly races: readonly RunRace[];
  readonly watch: Stopwatch;
}

export function issueReceipt(
  rooms: Rooms,
  { queryId, plan, races, watch }: Served,
): QueryReceipt | null {
  const [first] = races;
  if (first === undefined) return null;
  const elapsedMs = watch.elapsedMs();
  const guaranteeMs = guaranteeOf(plan, races);
  const receipt: Omit<QueryReceipt, 'races'> = {
    queryId: queryId.toString('hex'),
    slot: first.pinned.pin.slot,
    blockhash: first.pinned.pin.blockhash,
    tip: first.pinned.tip,
    provenance: first.pinned.provenance,
    trust: plan.terms.trust,
    guaranteeMs,
    elapsedMs,
    guaranteeMet: elapsedMs <= guaranteeMs,
    costMilliUnits: costOf(races),
    servedAtMs: rooms.clock.unixMs(),
    steps: watch.steps,
  };
  const decided = races.map((race) => race.decided);
  rooms.receipts.issue(receipt, decided);
  return { ...receipt, races: decided.map((race) => race.record()) };
}

/** A slot that had left the window when it was asked for is history, and guaranteed as such. */
function guaranteeOf(plan: Plan, races: readonly RunRace[]): number {
  const past = races.some(({ operation }) => operation === 'account.at');
  return past ? plan.guaranteePastMs : plan.guaranteeMs;
}

/** A race that served nothing costs nothing. */
function costOf(races: readonly RunRace[]): number {
  let cost = 0;
  for (const { decided, operation, items } of races) {
    if (decided.outcome.kind === 'served')
      cost += items * OPERATIONS[operation].class.costMilliUnits;
  }
  return cost;
}
