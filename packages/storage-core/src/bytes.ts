// Keys as JavaScript strings (one code unit per byte, so that their order is bytewise), and slots as
// numbers inside of the stores: a slot above 2^53 is refused at the door.
import { invariant, parseSlot, type Slot } from '@streamsync/domain';

/** A key of any size as a string whose order is the bytes' order. */
export function keyText(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('latin1');
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A slot as a number. Solana reaches 2^53 slots in a hundred million years. */
export function slotNumber(slot: Slot): number {
  const number = Number(slot);
  invariant(Number.isSafeInteger(number), 'a stored slot is below 2^53');
  return number;
}

export function slotOfNumber(number: number): Slot {
  return parseSlot(number);
}
