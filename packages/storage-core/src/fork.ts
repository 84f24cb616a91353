// Where a slot that a source delivers stands to the applied chain. Slots are linked by their parents
// where the source states them; without that only order and blockhash tell, and what they do not
// prove to be a fork is late or repeated, and passed over.
import type { Slot, SlotUpdate } from '@streamsync/domain';
import type { SlotTimeline } from './slot-timeline.ts';

export type PlaceInChain =
  /** It comes after the tip. */
  | { readonly kind: 'next' }
  /** It is applied, or too old to be told from what is. */
  | { readonly kind: 'held' }
  /** It comes after `slot`, and what is applied above that is of a fork that the chain left. */
  | { readonly kind: 'fork'; readonly slot: Slot }
  /** It contradicts the applied chain, and its parent is not applied. */
  | { readonly kind: 'unknownFork' };

export function placeInChain(
  timeline: Pick<SlotTimeline, 'at' | 'tip' | 'first' | 'nextAfter'>,
  update: Pick<SlotUpdate, 'slot' | 'parentSlot' | 'blockhash'>,
): PlaceInChain {
  const { slot, parentSlot } = update;
  const { tip, first } = timeline;
  if (tip === null || first === null) return { kind: 'next' };
  const fork = (): PlaceInChain =>
    parentSlot !== null && timeline.at(parentSlot) !== null
      ? { kind: 'fork', slot: parentSlot }
      : { kind: 'unknownFork' };
  if (slot > tip.slot) {
    // A parent above the tip is a gap that the source vouches for; one below it is another fork.
    return parentSlot === null || parentSlot >= tip.slot ? { kind: 'next' } : fork();
  }
  if (slot < first.slot) return { kind: 'held' };
  const held = timeline.at(slot);
  if (held !== null) return held.blockhash === update.blockhash ? { kind: 'held' } : fork();
  // Between two applied slots: of another fork only if the upper one says that nothing lies there.
  const next = timeline.nextAfter(slot);
  const isSkipped = next !== null && next.parentSlot !== null && next.parentSlot < slot;
  return isSkipped ? fork() : { kind: 'held' };
}
