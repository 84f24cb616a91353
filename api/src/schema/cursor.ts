// Cursors of lists. A cursor holds the last address of a page and is bound to its list, so that it
// stays good while the data changes and is refused by every other list.
//
//   base64url(version byte, 8 bytes of sha256(list \0 key), address bstr32)
import { createHash } from 'node:crypto';
import {
  ADDRESS_BYTES,
  type Address,
  addressBytes,
  addressFromBytes,
  StreamSyncError,
} from '@streamsync/domain';

const VERSION = 1;
const BINDING_BYTES = 8;
const CURSOR_BYTES = 1 + BINDING_BYTES + ADDRESS_BYTES;

/** Which list: the operation and the owner, mint or program whose list it is. */
export interface ListName {
  readonly list: string;
  readonly key: Address;
}

function binding({ list, key }: ListName): Buffer {
  return createHash('sha256').update(`${list}\0${key}`).digest().subarray(0, BINDING_BYTES);
}

/** Makes the cursors of one list; the list's part is computed once. */
export function cursorsOf(name: ListName): (address: Address) => string {
  const head = Buffer.concat([Buffer.of(VERSION), binding(name)]);
  return (address) => Buffer.concat([head, addressBytes(address)]).toString('base64url');
}

/** @throws StreamSyncError INVALID_CURSOR unless the cursor was made for this list */
export function parseCursor(name: ListName, cursor: string): Address {
  const bytes = Buffer.from(cursor, 'base64url');
  const whole = bytes.length === CURSOR_BYTES && bytes.toString('base64url') === cursor;
  if (
    !whole ||
    bytes[0] !== VERSION ||
    !bytes.subarray(1, 1 + BINDING_BYTES).equals(binding(name))
  ) {
    throw new StreamSyncError('INVALID_CURSOR', { cursor: cursor.slice(0, 64) });
  }
  return addressFromBytes(bytes.subarray(1 + BINDING_BYTES));
}
