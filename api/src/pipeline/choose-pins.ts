// The pins of one query: the one that its terms ask for, at once, and one for each slot that a field
// names, when it is read. Fields of one slot share a pin, so that an answer is of one moment.
import { type Slot, StreamSyncError } from '@streamsync/domain';
import type { PinOutcome, PinPort, Plan } from './ports.ts';

/** Slots that one query may read at besides its own: each costs loaders and races of its own. */
const SLOTS_MAX = 8;

export type Pinned = Extract<PinOutcome, { kind: 'pinned' }>;

export interface Pins {
  /** @throws StreamSyncError where the slot is refused; null stands for the query's own */
  at(slot: Slot | null): Pinned;
}

export function choosePins(port: PinPort, plan: Plan): Pins {
  const { trust, racers } = plan.terms;
  const outcomes = new Map<Slot | null, PinOutcome>();
  const choose = (slot: Slot | null): PinOutcome => {
    const outcome = port.choosePin({
      pools: plan.pools,
      slot: slot ?? plan.terms.slot,
      trust,
      racers,
    });
    outcomes.set(slot, outcome);
    return outcome;
  };
  // A plan without reads needs no pin: the network can be looked at while nothing can be read.
  if (plan.stages.length > 0) choose(null);

  return {
    at(slot) {
      const known = outcomes.get(slot);
      if (known === undefined && outcomes.size > SLOTS_MAX) {
        throw new StreamSyncError(
          'QUERY_TOO_COMPLEX',
          { slotsMax: SLOTS_MAX },
          { message: `The fields of one query name ${SLOTS_MAX} slots at most.` },
        );
      }
      const outcome = known ?? choose(slot);
      if (outcome.kind === 'refused') throw outcome.error;
      return outcome;
    },
  };
}
