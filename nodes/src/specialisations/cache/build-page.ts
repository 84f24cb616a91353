// A page of a list in canonical bytes, put together from the stored items without decoding them: an
// entry is the account's own four fields behind its address (wire's bodies/account.ts).
import { invariant, PAGE_BYTES_MAX } from '@streamsync/domain';
import { ITEM_HEAD } from '@streamsync/storage-core';
import { CborWriter } from '@streamsync/wire';

const ITEM_FIELDS = 4;
/** What an entry takes beside its item: its head and its address. */
export const ENTRY_OVERHEAD_BYTES = 48;

export interface PageEntry {
  readonly address: Uint8Array;
  readonly item: Uint8Array;
}

export function buildPage(entries: readonly PageEntry[], listGoesOn: boolean): Uint8Array {
  let count = 0;
  let sizeBytes = 0;
  for (const { item } of entries) {
    if (count > 0 && sizeBytes + item.length + ENTRY_OVERHEAD_BYTES > PAGE_BYTES_MAX) break;
    sizeBytes += item.length + ENTRY_OVERHEAD_BYTES;
    count += 1;
  }
  const writer = new CborWriter(sizeBytes + 32).array(2);
  writeEntries(writer, entries.slice(0, count));
  return writer.boolean(listGoesOn || count < entries.length).finish();
}

/** Writes the list of entries. */
export function writeEntries(writer: CborWriter, entries: readonly PageEntry[]): void {
  writer.array(entries.length);
  for (const { address, item } of entries) {
    invariant(item[0] === ITEM_HEAD, 'a listed account exists and is a canonical item');
    writer
      .array(1 + ITEM_FIELDS)
      .bytes(address)
      .raw(item.subarray(1));
  }
}
