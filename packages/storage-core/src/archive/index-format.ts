// The bytes of the archive's LMDB tables: what lies beside the Parquet segments.
import { createHash } from 'node:crypto';
import { slotKey, slotOfKey } from '../journal-format.ts';
import type { WriteStretch } from './history-types.ts';

const SLOT_BYTES = 8;
const HASH_BYTES = 16;

/** Of an account that is known: the slot and the hash of its newest state. */
export interface NewestState {
  readonly slot: number;
  /** The slot of the newest snapshot that named it; 0 where none did. */
  readonly seenAt: number;
  readonly hash: Buffer;
}

/** Half of a SHA-256: enough that nobody finds two states with the same one. */
export function stateHash(item: Uint8Array): Buffer {
  return createHash('sha256').update(item).digest().subarray(0, HASH_BYTES);
}

export function encodeNewest({ slot, seenAt, hash }: NewestState): Buffer {
  return Buffer.concat([slotKey(slot), slotKey(seenAt), hash]);
}

export function decodeNewest(value: Buffer): NewestState {
  return {
    slot: slotOfKey(value),
    seenAt: slotOfKey(value, SLOT_BYTES),
    hash: value.subarray(2 * SLOT_BYTES, 2 * SLOT_BYTES + HASH_BYTES),
  };
}

/** The key of one account's write in a slot. */
export function writtenKey(slot: number, address: Uint8Array): Buffer {
  return Buffer.concat([slotKey(slot), address]);
}

/** Slots, ascending, as differences of variable length: a byte or two a slot. */
export function encodeSlots(slots: readonly number[]): Buffer {
  const bytes: number[] = [];
  let before = 0;
  for (const slot of slots) {
    let left = slot - before;
    before = slot;
    while (left >= 0x80) {
      bytes.push((left % 0x80) + 0x80);
      left = Math.floor(left / 0x80);
    }
    bytes.push(left);
  }
  return Buffer.from(bytes);
}

export function decodeSlots(bytes: Uint8Array): number[] {
  const slots: number[] = [];
  let before = 0;
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte % 0x80) * scale;
    scale *= 0x80;
    if (byte >= 0x80) continue;
    before += value;
    slots.push(before);
    value = 0;
    scale = 1;
  }
  return slots;
}

export function encodeStretches(stretches: readonly WriteStretch[]): Buffer {
  return Buffer.from(
    JSON.stringify(stretches.map(({ snapshot, slotLast }) => [snapshot, slotLast])),
  );
}

export function decodeStretches(value: Buffer): WriteStretch[] {
  const pairs = JSON.parse(value.toString()) as [number, number][];
  return pairs.map(([snapshot, slotLast]) => ({ snapshot, slotLast }));
}
