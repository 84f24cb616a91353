// Cursors of lists. A cursor holds the position of an entry, not its number, and is bound to its list
// and to the arguments that make it: it stays good while the data changes, and every other list, or
// the same one with other arguments, refuses it.
//
//   base64url(version byte, 8 bytes of sha256(JSON of list and arguments), position)
import { createHash } from 'node:crypto';
import {
  ADDRESS_BYTES,
  type Address,
  addressBytes,
  addressFromBytes,
  type Slot,
  StreamSyncError,
} from '@streamsync/domain';

const VERSION = 2;
const BINDING_BYTES = 8;
const HEAD_BYTES = 1 + BINDING_BYTES;

/** Which list: its operation, and what was asked of it beside the page. */
export interface ListName {
  readonly list: string;
  readonly args: readonly (string | number | bigint | boolean | null)[];
}

/** Where an entry stands in its list; the same list has positions of one kind. */
export interface PositionKind<Position> {
  readonly sizeBytes: number;
  write(position: Position): Uint8Array;
  read(bytes: Buffer): Position;
}

/** Lists of accounts are in bytewise order of their addresses. */
export const ADDRESS_POSITION: PositionKind<Address> = {
  sizeBytes: ADDRESS_BYTES,
  write: addressBytes,
  read: addressFromBytes,
};

export interface PlaceInHistory {
  readonly slot: Slot;
  readonly index: number;
}

/** History is in the order of slots, and of transactions in them. */
export const HISTORY_POSITION: PositionKind<PlaceInHistory> = {
  sizeBytes: 12,
  write: ({ slot, index }) => {
    const bytes = Buffer.alloc(12);
    bytes.writeBigUInt64BE(slot);
    bytes.writeUInt32BE(index, 8);
    return bytes;
  },
  read: (bytes) => ({ slot: bytes.readBigUInt64BE() as Slot, index: bytes.readUInt32BE(8) }),
};

function headOf({ list, args }: ListName): Buffer {
  const name = JSON.stringify([list, ...args.map((arg) => (arg === null ? null : String(arg)))]);
  const binding = createHash('sha256').update(name).digest().subarray(0, BINDING_BYTES);
  return Buffer.concat([Buffer.of(VERSION), binding]);
}

/** Makes the cursors of one list; the list's part is computed once. */
export function cursorsOf<Position>(
  name: ListName,
  kind: PositionKind<Position>,
): (position: Position) => string {
  const head = headOf(name);
  return (position) => Buffer.concat([head, kind.write(position)]).toString('base64url');
}

/** @throws StreamSyncError INVALID_CURSOR unless the cursor was made for this list */
export function parseCursor<Position>(
  name: ListName,
  kind: PositionKind<Position>,
  cursor: string,
): Position {
  const bytes = Buffer.from(cursor, 'base64url');
  const whole =
    bytes.length === HEAD_BYTES + kind.sizeBytes && bytes.toString('base64url') === cursor;
  if (!whole || !bytes.subarray(0, HEAD_BYTES).equals(headOf(name))) {
    throw new StreamSyncError('INVALID_CURSOR', { cursor: cursor.slice(0, 64) });
  }
  return kind.read(bytes.subarray(HEAD_BYTES));
}
