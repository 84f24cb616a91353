// The answer to what changed in (slotAfter, pin]: by slot and then by address, whole slots only. It
// ends before the slot that would pass CHANGES_MAX or PAGE_BYTES_MAX and says up to where it is whole;
// the first slot with changes is always told, so that whoever asks on gets on.
import { CHANGES_MAX, PAGE_BYTES_MAX, type Slot } from '@streamsync/domain';
import { CborWriter } from '@streamsync/wire';
import { ABSENT_ITEM, type AccountVersion } from './versioned-accounts.ts';

/** What a change takes beside its item: heads, slot and address. */
const CHANGE_OVERHEAD_BYTES = 64;

export interface SlotChanges {
  readonly slot: Slot;
  /** The slot's versions, by address. */
  readonly versions: readonly AccountVersion[];
}

/** Encodes wire's account changes from slots in ascending order; `slotLast` is the pin. */
export function buildAccountChanges(slots: Iterable<SlotChanges>, slotLast: Slot): Uint8Array {
  const told: AccountVersion[] = [];
  let sizeBytes = 0;
  let wholeTo = slotLast;
  for (const { slot, versions } of slots) {
    let slotBytes = 0;
    for (const { item } of versions) slotBytes += (item?.length ?? 1) + CHANGE_OVERHEAD_BYTES;
    const isFull =
      told.length + versions.length > CHANGES_MAX || sizeBytes + slotBytes > PAGE_BYTES_MAX;
    if (told.length > 0 && versions.length > 0 && isFull) {
      wholeTo = (slot - 1n) as Slot;
      break;
    }
    told.push(...versions);
    sizeBytes += slotBytes;
  }
  const writer = new CborWriter(sizeBytes + 32).array(2).array(told.length);
  for (const { slot, address, item } of told) {
    writer
      .array(3)
      .integer(slot)
      .bytes(address)
      .bytes(item ?? ABSENT_ITEM);
  }
  return writer.integer(wholeTo).finish();
}
