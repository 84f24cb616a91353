// The bytes of the journal's tables: keys in big-endian, so that LMDB's order is the order of slots.
import {
  addressBytes,
  blockhashFromBytes,
  type SlotProvenance,
  StreamSyncError,
} from '@streamsync/domain';
import { CborReader, CborWriter, encodeAccountItem } from '@streamsync/wire';
import { slotNumber, slotOfNumber } from './bytes.ts';
import type { SlotRange } from './slot-ranges.ts';
import type { AppliedSlot } from './slot-timeline.ts';

export const ADDRESS_KEY_BYTES = 32;
const SLOT_KEY_BYTES = 8;

/** What a closed account's version holds: the canonical null. */
export const CLOSED_ITEM = encodeAccountItem(null);

export function isClosed(item: Uint8Array): boolean {
  return item.length === CLOSED_ITEM.length && item[0] === CLOSED_ITEM[0];
}

function writeSlot(target: Buffer, slot: number, offset: number): void {
  target.writeUInt32BE(Math.floor(slot / 0x1_0000_0000), offset);
  target.writeUInt32BE(slot % 0x1_0000_0000, offset + 4);
}

/** A slot's key; with `row`, one of several rows of the slot. */
export function slotKey(slot: number, row?: number): Buffer {
  const key = Buffer.allocUnsafe(row === undefined ? SLOT_KEY_BYTES : SLOT_KEY_BYTES + 4);
  writeSlot(key, slot, 0);
  if (row !== undefined) key.writeUInt32BE(row >>> 0, SLOT_KEY_BYTES);
  return key;
}

export function slotOfKey(key: Buffer, offset = 0): number {
  return key.readUInt32BE(offset) * 0x1_0000_0000 + key.readUInt32BE(offset + 4);
}

/** The key of an address's version; of slot -1: the address alone, below all of its versions. */
export function versionKey(address: Uint8Array, slot: number): Buffer {
  if (slot < 0) return Buffer.from(address);
  const key = Buffer.allocUnsafe(ADDRESS_KEY_BYTES + SLOT_KEY_BYTES);
  key.set(address, 0);
  writeSlot(key, slot, ADDRESS_KEY_BYTES);
  return key;
}

export function versionSlot(key: Buffer): number {
  return slotOfKey(key, ADDRESS_KEY_BYTES);
}

export function transactionValue(slot: number, item: Uint8Array): Buffer {
  const value = Buffer.allocUnsafe(SLOT_KEY_BYTES + item.length);
  writeSlot(value, slot, 0);
  value.set(item, SLOT_KEY_BYTES);
  return value;
}

export function encodeAppliedSlot(applied: AppliedSlot): Buffer {
  const writer = new CborWriter(64).array(4).bytes(addressBytes(applied.blockhash));
  if (applied.parentSlot === null) writer.null();
  else writer.integer(applied.parentSlot);
  if (applied.blockTimeSeconds === null) writer.null();
  else writer.integer(applied.blockTimeSeconds);
  return Buffer.from(writer.text(applied.provenance).finish());
}

export function decodeAppliedSlot(slot: number, value: Buffer): AppliedSlot {
  const reader = new CborReader(value);
  reader.array(4);
  return {
    slot: slotOfNumber(slot),
    blockhash: blockhashFromBytes(reader.bytes(32)),
    parentSlot: reader.nullable(() => slotOfNumber(Number(reader.u64()))),
    blockTimeSeconds: reader.nullable(() => reader.integer()),
    provenance: provenanceOf(reader.text()),
  };
}

function provenanceOf(text: string): SlotProvenance {
  if (text === 'STREAMED' || text === 'POLLED' || text === 'FED') return text;
  throw new StreamSyncError('STORE_FAILED', {}, { message: 'The journal holds an unknown word.' });
}

export function encodeCoverage(ranges: readonly SlotRange[]): Buffer {
  const writer = new CborWriter(16 + ranges.length * 27).array(ranges.length);
  for (const range of ranges) {
    writer.array(3).integer(range.slotFirst).integer(range.slotLast);
    if (range.parentSlot === null) writer.null();
    else writer.integer(range.parentSlot);
  }
  return Buffer.from(writer.finish());
}

export function decodeCoverage(value: Buffer): SlotRange[] {
  const reader = new CborReader(value);
  const slot = () => slotOfNumber(slotNumber(slotOfNumber(Number(reader.u64()))));
  return Array.from({ length: reader.array() }, () => {
    reader.array(3);
    return { slotFirst: slot(), slotLast: slot(), parentSlot: reader.nullable(slot) };
  });
}
