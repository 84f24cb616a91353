// Whether the node's timeline has a call's pin. Calls carry the blockhash as bytes and the timeline
// keeps it as text, so the bytes of each applied slot are kept while the timeline keeps the slot.
import { addressBytes, type Slot } from '@streamsync/domain';
import type { AppliedSlot, SlotTimeline } from '@streamsync/storage-core';
import { type Call, equalBytes } from '@streamsync/wire';

const hashes = new WeakMap<AppliedSlot, Uint8Array>();

export function blockhashBytesOf(applied: AppliedSlot): Uint8Array {
  let bytes = hashes.get(applied);
  if (bytes === undefined) {
    bytes = addressBytes(applied.blockhash);
    hashes.set(applied, bytes);
  }
  return bytes;
}

/** The applied slot of the call's pin; null where slot or blockhash are not this node's. */
export function pinOf(
  timeline: Pick<SlotTimeline, 'at'>,
  call: Pick<Call, 'slot' | 'blockhash'>,
): AppliedSlot | null {
  const applied = timeline.at(call.slot as Slot);
  if (applied === null || !equalBytes(blockhashBytesOf(applied), call.blockhash)) return null;
  return applied;
}
