// What stands where in an account's canonical item (wire's bodies/account.ts), without decoding it:
// lists and scans look at an owner and at some bytes of the data of very many accounts.
import { ADDRESS_BYTES, invariant } from '@streamsync/domain';

/** The head of an item: a CBOR array of four. */
export const ITEM_HEAD = 0x84;
const INTEGER_AT = 1;
/** The head of a byte string of 24 to 255 bytes, before its size. */
export const BYTES_HEAD = 0x58;
const MAJOR_BYTES = 2;

/** Bytes that the head of a CBOR number takes, by its low five bits from 24 to 27. */
const HEAD_BYTES = [2, 3, 5, 9] as const;

function headBytes(first: number): number {
  const low = first & 0x1f;
  return low < 24 ? 1 : (HEAD_BYTES[low - 24] ?? 0);
}

/** Where the owner's field begins in an item at `at`, counted from there. */
export function ownerFieldStart(bytes: Uint8Array, at: number): number {
  return INTEGER_AT + headBytes(bytes[at + INTEGER_AT] ?? 0);
}

/** Where the 32 bytes of the owner begin. */
export function ownerStart(item: Uint8Array): number {
  const start = ownerFieldStart(item, 0);
  invariant(
    item[0] === ITEM_HEAD && item[start] === BYTES_HEAD && item[start + 1] === ADDRESS_BYTES,
    'an account is a canonical item',
  );
  return start + 2;
}

/** Where the data's bytes begin: they are the rest of the item. */
export function dataStart(item: Uint8Array): number {
  const head = ownerStart(item) + ADDRESS_BYTES + 1;
  const first = item[head] ?? 0;
  invariant(first >> 5 === MAJOR_BYTES, 'an account ends with its data');
  return head + headBytes(first);
}

/** The owner's bytes: a view. */
export function ownerOfItem(item: Uint8Array): Uint8Array {
  const start = ownerStart(item);
  return item.subarray(start, start + ADDRESS_BYTES);
}

/** The data's bytes: a view. */
export function dataOfItem(item: Uint8Array): Uint8Array {
  return item.subarray(dataStart(item));
}
