// A page of a list in canonical bytes, put together from the stored items without decoding them: an
// entry is the account's own four fields behind its address (wire's bodies/account.ts).
import { invariant } from '@streamsync/domain';
import { CborWriter } from '@streamsync/wire';
import { PAGE_BYTES_MAX } from './sizing.ts';

/** Head of an account item: a CBOR array of four. */
const ITEM_HEAD = 0x84;
const ITEM_FIELDS = 4;
const ENTRY_OVERHEAD_BYTES = 48;

export interface PageEntry {
  readonly address: Uint8Array;
  readonly item: Uint8Array;
}

export function buildPage(entries: readonly PageEntry[], listGoesOn: boolean): Uint8Array {
  let count = 0;
  let sizeBytes = 0;
  for (const { item } of entries) {
    if (count > 0 && sizeBytes + item.length > PAGE_BYTES_MAX) break;
    sizeBytes += item.length + ENTRY_OVERHEAD_BYTES;
    count += 1;
  }
  const writer = new CborWriter(sizeBytes + 32).array(2).array(count);
  for (const { address, item } of entries.slice(0, count)) {
    invariant(item[0] === ITEM_HEAD, 'a listed account exists and is a canonical item');
    writer
      .array(1 + ITEM_FIELDS)
      .bytes(address)
      .raw(item.subarray(1));
  }
  return writer.boolean(listGoesOn || count < entries.length).finish();
}
