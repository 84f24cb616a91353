// The canonical body of account reads.
//
//   account      = null | [lamports, owner bstr32, executable, data bstr]
//   account page = [[[address bstr32, lamports, owner bstr32, executable, data bstr], …], more]
//
// The rent epoch is left out: it says nothing since rent was made exempt, and dumps round it.
import {
  type AccountState,
  ADDRESS_BYTES,
  type Address,
  addressBytes,
  addressFromBytes,
} from '@streamsync/domain';
import { CborReader } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';

export function writeAccountState(writer: CborWriter, state: AccountState): void {
  writer
    .integer(state.lamports)
    .bytes(addressBytes(state.owner))
    .boolean(state.executable)
    .bytes(state.data);
}

function readState(reader: CborReader): AccountState {
  return {
    lamports: reader.u64(),
    owner: addressFromBytes(reader.bytes(ADDRESS_BYTES)),
    executable: reader.boolean(),
    data: reader.bytes(),
  };
}

export function encodeAccountItem(state: AccountState | null): Uint8Array {
  if (state === null) return new CborWriter(1).null().finish();
  const writer = new CborWriter(state.data.length + 64).array(4);
  writeAccountState(writer, state);
  return writer.finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeAccountItem(item: Uint8Array): AccountState | null {
  const reader = new CborReader(item);
  if (reader.isNull()) {
    reader.end();
    return null;
  }
  reader.array(4);
  const state = readState(reader);
  reader.end();
  return state;
}

export interface AccountEntry {
  readonly address: Address;
  readonly state: AccountState;
}

export interface AccountPage {
  readonly entries: readonly AccountEntry[];
  /** Whether the list goes on after the last entry. */
  readonly more: boolean;
}

export function readAccountEntry(reader: CborReader): AccountEntry {
  reader.array(5);
  const address = addressFromBytes(reader.bytes(ADDRESS_BYTES));
  return { address, state: readState(reader) };
}

export function encodeAccountPage(page: AccountPage): Uint8Array {
  const writer = new CborWriter(16 + page.entries.length * 260).array(2).array(page.entries.length);
  for (const entry of page.entries) {
    writer.array(5).bytes(addressBytes(entry.address));
    writeAccountState(writer, entry.state);
  }
  return writer.boolean(page.more).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeAccountPage(item: Uint8Array): AccountPage {
  const reader = new CborReader(item);
  reader.array(2);
  const count = reader.array();
  const entries: AccountEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    entries.push(readAccountEntry(reader));
  }
  const more = reader.boolean();
  reader.end();
  return { entries, more };
}
