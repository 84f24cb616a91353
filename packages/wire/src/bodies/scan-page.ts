// The canonical body of a scan: the accounts that matched among those that were looked at, and where
// the next page goes on. A scan stops at a bound of rows, so a page may be empty and not the last.
//
//   scan page = [[[address bstr32, lamports, owner bstr32, executable, data bstr] …], next bstr32 | null]
import { ADDRESS_BYTES, addressBytes } from '@streamsync/domain';
import { CborReader } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';
import { type AccountEntry, readAccountEntry, writeAccountState } from './account.ts';

export interface ScanPage {
  readonly entries: readonly AccountEntry[];
  /** The last address that was looked at, where the scan goes on after it. */
  readonly next: Uint8Array | null;
}

export function encodeScanPage(page: ScanPage): Uint8Array {
  const writer = new CborWriter(64 + page.entries.length * 260).array(2).array(page.entries.length);
  for (const entry of page.entries) {
    writer.array(5).bytes(addressBytes(entry.address));
    writeAccountState(writer, entry.state);
  }
  if (page.next === null) writer.null();
  else writer.bytes(page.next);
  return writer.finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeScanPage(item: Uint8Array): ScanPage {
  const reader = new CborReader(item);
  reader.array(2);
  const entries: AccountEntry[] = [];
  for (let left = reader.array(); left > 0; left -= 1) entries.push(readAccountEntry(reader));
  const next = reader.nullable(() => reader.bytes(ADDRESS_BYTES));
  reader.end();
  return { entries, next };
}
