// slotSubscribe and rootSubscribe. A slot is announced when it closes, after everything that it
// changed was sent: whoever has the slot's notification has the whole slot, and getBlock serves it.
import { FINALITY_SLOTS } from '../chain/chain.ts';
import type { Subscribe } from './subscription.ts';

const rootOf = (slot: number) => Math.max(0, slot + 1 - FINALITY_SLOTS);

export const slotSubscribe: Subscribe = () => ({
  notification: 'slotNotification',
  stage: 'slot',
  onSlotClosed: ({ block }) => [
    { slot: block.slot, parent: block.parentSlot, root: rootOf(block.slot) },
  ],
});

export const rootSubscribe: Subscribe = () => ({
  notification: 'rootNotification',
  stage: 'slot',
  onSlotClosed: ({ block }) => (rootOf(block.slot) > 0 ? [rootOf(block.slot)] : []),
});
