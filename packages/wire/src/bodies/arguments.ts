// The canonical arguments of each operation. One item of a call is one encoded argument list; its
// hash with the operation's name is what a leaf attests as the question.
//
//   account.get                             [address bstr32]
//   transaction.get                         [signature bstr64]
//   tokenAccounts.byOwner, .byMint          [owner or mint bstr32, after bstr32 | null, limit]
//   programAccounts.byProgram               [program bstr32, after bstr32 | null, limit]
import {
  ADDRESS_BYTES,
  type OperationName,
  PAGE_ENTRIES_MAX,
  SIGNATURE_BYTES,
} from '@streamsync/domain';
import { CborReader } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';
import type { CryptoPort } from '../crypto/port.ts';

/** A page of a list: entries in bytewise order of their addresses, those after `after`. */
export interface PageArguments {
  readonly key: Uint8Array;
  readonly after: Uint8Array | null;
  readonly limit: number;
}

export function encodeKeyArguments(key: Uint8Array): Uint8Array {
  return new CborWriter(key.length + 4).array(1).bytes(key).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeAddressArguments(item: Uint8Array): Uint8Array {
  return decodeKey(item, ADDRESS_BYTES);
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeSignatureArguments(item: Uint8Array): Uint8Array {
  return decodeKey(item, SIGNATURE_BYTES);
}

function decodeKey(item: Uint8Array, sizeBytes: number): Uint8Array {
  const reader = new CborReader(item);
  reader.array(1);
  const key = reader.bytes(sizeBytes);
  reader.end();
  return key;
}

export function encodePageArguments(page: PageArguments): Uint8Array {
  const writer = new CborWriter(80).array(3).bytes(page.key);
  if (page.after === null) writer.null();
  else writer.bytes(page.after);
  return writer.unsigned(page.limit).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE, also for a limit outside 1 to PAGE_ENTRIES_MAX */
export function decodePageArguments(item: Uint8Array): PageArguments {
  const reader = new CborReader(item);
  reader.array(3);
  const key = reader.bytes(ADDRESS_BYTES);
  const after = reader.nullable(() => reader.bytes(ADDRESS_BYTES));
  const limit = reader.unsigned();
  reader.end();
  if (limit < 1 || limit > PAGE_ENTRIES_MAX) throw reader.fail('a page limit out of range');
  return { key, after, limit };
}

/** SHA-256 of `[operation tstr, arguments bstr]`: the question that a leaf attests. */
export function operationHash(
  crypto: Pick<CryptoPort, 'sha256'>,
  operation: OperationName,
  item: Uint8Array,
): Uint8Array {
  return crypto.sha256(
    new CborWriter(item.length + 48).array(2).text(operation).bytes(item).finish(),
  );
}
