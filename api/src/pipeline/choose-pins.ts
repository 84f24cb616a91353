// The pins of one query: the one that its terms ask for, at once, and one for each slot that a field
// names, when it is read. Fields of one slot share a pin, so that an answer is of one moment.
import { type Slot, type Specialisation, StreamSyncError } from '@streamsync/domain';
import type { PinOutcome, PinPort, Plan } from './ports.ts';

/** Slots that one query may read at besides its own: each costs loaders and races of its own. */
const SLOTS_MAX = 8;

/** The pool that knows of slots that have left the window. */
const PAST_POOL: Specialisation = 'archive';

/** What a slot that has left the window is refused with. */
const PAST_CODES: readonly string[] = ['HISTORY_NOT_COVERED', 'SLOT_NOT_AVAILABLE'];

export type Pinned = Extract<PinOutcome, { kind: 'pinned' }>;

/** How a slot can be read: at a pin of its own, or from history at a recent one. */
export type ChosenPin =
  | { readonly kind: 'own'; readonly pinned: Pinned }
  | {
      readonly kind: 'past';
      readonly pinned: Pinned;
      readonly slot: Slot;
      /** Why it has no pin of its own: what is no history cannot be read at it. */
      readonly refusal: StreamSyncError;
    };

export interface Pins {
  /** @throws StreamSyncError where the slot is refused; null stands for the query's own */
  at(slot: Slot | null): ChosenPin;
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

  /** The newest pin that history can be asked at: the query's own where that is possible. */
  function recent(): Pinned | null {
    const withPast = new Set([...plan.pools, PAST_POOL]);
    for (const pools of [[...withPast], [PAST_POOL]]) {
      const outcome = port.choosePin({ pools, slot: null, trust, racers });
      if (outcome.kind === 'pinned') return outcome;
    }
    return null;
  }

  function past(slot: Slot, refusal: StreamSyncError): ChosenPin {
    const pinned = PAST_CODES.includes(refusal.code) ? recent() : null;
    if (pinned === null || pinned.pin.slot < slot) throw refusal;
    return { kind: 'past', pinned, slot, refusal };
  }

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
      if (outcome.kind === 'pinned') return { kind: 'own', pinned: outcome };
      const asked = slot ?? plan.terms.slot;
      if (asked === null) throw outcome.error;
      return past(asked, outcome.error);
    },
  };
}
