// Every record on disk ends with a CRC-32 of its table, its key and its value, so that a byte that a
// disk has changed, or a value under another's key, is found before it is served.
import { crc32 } from 'node:zlib';
import { StreamSyncError } from '@streamsync/domain';

const CHECKSUM_BYTES = 4;

function checksumOf(table: string, key: Uint8Array, value: Uint8Array): number {
  return crc32(value, crc32(key, crc32(table)));
}

/** The value with its checksum. */
export function sealRecord(table: string, key: Uint8Array, value: Uint8Array): Buffer {
  const record = Buffer.allocUnsafe(value.length + CHECKSUM_BYTES);
  record.set(value, 0);
  record.writeUInt32BE(checksumOf(table, key, value), value.length);
  return record;
}

/** The value of a record: a view. @throws StreamSyncError STORE_DAMAGED */
export function openRecord(table: string, key: Uint8Array, record: Buffer): Buffer {
  const value = unsealed(record);
  const held = record.length < CHECKSUM_BYTES ? -1 : record.readUInt32BE(value.length);
  if (held !== checksumOf(table, key, value)) throw damaged(table, key);
  return value;
}

/** The value of a record whose checksum the caller need not know. */
export function unsealed(record: Buffer): Buffer {
  return record.subarray(0, Math.max(0, record.length - CHECKSUM_BYTES));
}

/** Says where a damage was found: the key begins with, or ends with, the slot where it has one. */
export function damaged(table: string, key: Uint8Array | null, why = 'its checksum differs') {
  const name = key === null ? null : Buffer.from(key).toString('hex');
  return new StreamSyncError(
    'STORE_DAMAGED',
    { table, key: name },
    { message: `The table ${table} is damaged at ${name ?? 'an unknown place'}: ${why}.` },
  );
}
