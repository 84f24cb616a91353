// The stretches of slots in which every account write is known: how they begin, go on and are cut.
import type { Slot, SlotUpdate } from '@streamsync/domain';
import { slotNumber } from '../bytes.ts';
import type { WriteStretch } from './history-types.ts';

/** Whether the state of the accounts is known at the tip. */
export function isStateKnown(stretches: readonly WriteStretch[], tip: Slot | null): boolean {
  return tip !== null && stretches.at(-1)?.slotLast === slotNumber(tip);
}

/** The stretches with the next slot; null where they do not go on. */
export function extendStretches(
  stretches: readonly WriteStretch[],
  tip: Slot | null,
  update: Pick<SlotUpdate, 'slot' | 'parentSlot' | 'provenance'>,
): readonly WriteStretch[] | null {
  const last = stretches.at(-1);
  if (last === undefined || !isStateKnown(stretches, tip)) return null;
  if (update.provenance !== 'STREAMED') return null;
  const slotLast = slotNumber(update.slot);
  // Writes of slots between are told with this one: which slot wrote them is not known.
  if (update.parentSlot !== tip) return [...stretches, { snapshot: slotLast, slotLast }];
  return [...stretches.slice(0, -1), { ...last, slotLast }];
}

/** What of the stretches lies up to `slotLast`. */
export function clipStretches(
  stretches: readonly WriteStretch[],
  slotLast: number,
): WriteStretch[] {
  return stretches
    .filter(({ snapshot }) => snapshot <= slotLast)
    .map((stretch) => ({ ...stretch, slotLast: Math.min(stretch.slotLast, slotLast) }));
}
