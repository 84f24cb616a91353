// The canonical arguments of lists of accounts beyond those by one key, and of what changed.
//
//   programAccounts.byIndex       [index name tstr, key bstr32, after bstr32 | null, limit]
//   programAccounts.scan          [program bstr32, [[offset, bytes bstr] …], data size | null,
//                                  after bstr32 | null, limit]
//   accounts.count                [operation tstr, the arguments of that list's first page bstr]
//   accountChanges.byAddress      [address bstr32, slot after]
//   accountChanges.byProgram      [program bstr32, slot after]
import {
  ADDRESS_BYTES,
  INDEX_KEY_BYTES,
  isProgramIndexName,
  PAGE_ENTRIES_MAX,
  type ProgramIndexName,
  parseSlot,
  SCAN_FILTERS_MAX,
  type Slot,
} from '@streamsync/domain';
import { CborReader } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';

export interface IndexArguments {
  readonly index: ProgramIndexName;
  readonly key: Uint8Array;
  readonly after: Uint8Array | null;
  readonly limit: number;
}

export interface DataFilter {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface ScanArguments {
  readonly program: Uint8Array;
  /** All of them hold. */
  readonly filters: readonly DataFilter[];
  readonly dataSizeBytes: number | null;
  readonly after: Uint8Array | null;
  readonly limit: number;
}

/** Lists that can be counted. */
export const COUNTED_LISTS = [
  'tokenAccounts.byOwner',
  'tokenAccounts.byMint',
  'programAccounts.byProgram',
  'programAccounts.byIndex',
] as const;
export type CountedList = (typeof COUNTED_LISTS)[number];

export interface AccountsCountArguments {
  readonly list: CountedList;
  /** The list's own arguments, with no `after` and a limit of 1. */
  readonly arguments: Uint8Array;
}

export interface ChangesArguments {
  /** The address, or the program whose accounts are meant. */
  readonly key: Uint8Array;
  /** Changes of later slots are told, up to the pin. */
  readonly slotAfter: Slot;
}

/** Bytes that one filter compares, at most: RPC's own limit. */
export const FILTER_BYTES_MAX = 128;
const INDEX_NAME_MAX = 64;

function writeAfter(writer: CborWriter, after: Uint8Array | null): CborWriter {
  return after === null ? writer.null() : writer.bytes(after);
}

function readAfterAndLimit(reader: CborReader): { after: Uint8Array | null; limit: number } {
  const after = reader.nullable(() => reader.bytes(ADDRESS_BYTES));
  const limit = reader.unsigned();
  if (limit < 1 || limit > PAGE_ENTRIES_MAX) throw reader.fail('a page limit out of range');
  return { after, limit };
}

export function encodeIndexArguments(page: IndexArguments): Uint8Array {
  const writer = new CborWriter(128).array(4).text(page.index).bytes(page.key);
  return writeAfter(writer, page.after).unsigned(page.limit).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeIndexArguments(item: Uint8Array): IndexArguments {
  const reader = new CborReader(item);
  reader.array(4);
  const index = reader.text(INDEX_NAME_MAX);
  if (!isProgramIndexName(index)) throw reader.fail('an unknown index');
  const key = reader.bytes(INDEX_KEY_BYTES);
  const decoded = { index, key, ...readAfterAndLimit(reader) };
  reader.end();
  return decoded;
}

export function encodeScanArguments(scan: ScanArguments): Uint8Array {
  const writer = new CborWriter(256).array(5).bytes(scan.program).array(scan.filters.length);
  for (const { offset, bytes } of scan.filters) writer.array(2).unsigned(offset).bytes(bytes);
  if (scan.dataSizeBytes === null) writer.null();
  else writer.unsigned(scan.dataSizeBytes);
  return writeAfter(writer, scan.after).unsigned(scan.limit).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeScanArguments(item: Uint8Array): ScanArguments {
  const reader = new CborReader(item);
  reader.array(5);
  const program = reader.bytes(ADDRESS_BYTES);
  const count = reader.array();
  if (count > SCAN_FILTERS_MAX) throw reader.fail('too many filters');
  const filters: DataFilter[] = [];
  for (let at = 0; at < count; at += 1) {
    reader.array(2);
    const filter = { offset: reader.unsigned(), bytes: reader.bytes() };
    if (filter.bytes.length > FILTER_BYTES_MAX) throw reader.fail('too long a filter');
    filters.push(filter);
  }
  const dataSizeBytes = reader.nullable(() => reader.unsigned());
  const decoded = { program, filters, dataSizeBytes, ...readAfterAndLimit(reader) };
  reader.end();
  return decoded;
}

export function encodeAccountsCountArguments(count: AccountsCountArguments): Uint8Array {
  return new CborWriter(160).array(2).text(count.list).bytes(count.arguments).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeAccountsCountArguments(item: Uint8Array): AccountsCountArguments {
  const reader = new CborReader(item);
  reader.array(2);
  const name = reader.text(INDEX_NAME_MAX);
  const list = COUNTED_LISTS.find((each) => each === name);
  if (list === undefined) throw reader.fail('a list that is not counted');
  const decoded = { list, arguments: reader.bytes() };
  reader.end();
  return decoded;
}

export function encodeChangesArguments({ key, slotAfter }: ChangesArguments): Uint8Array {
  return new CborWriter(48).array(2).bytes(key).integer(slotAfter).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeChangesArguments(item: Uint8Array): ChangesArguments {
  const reader = new CborReader(item);
  reader.array(2);
  const decoded = { key: reader.bytes(ADDRESS_BYTES), slotAfter: parseSlot(reader.u64()) };
  reader.end();
  return decoded;
}
