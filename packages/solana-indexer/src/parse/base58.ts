// Base58 of bytes of any size (instruction data), and of keys and signatures as they lie in wire
// messages. Encoding a key costs 10 us, and blocks repeat them, so the texts are kept.
import { base58 } from '@scure/base';
import { type Address, addressFromBytes, type Blockhash } from '@streamsync/domain';
import { malformed, textOf } from './guards.ts';

/** A transaction has at most 1,232 bytes, and its instruction data less; inner data at most 10 KiB. */
const BASE58_TEXT_MAX = 16_384;

export function base58Of(value: unknown, field: string): Uint8Array {
  const text = textOf(value, field);
  if (text.length > BASE58_TEXT_MAX) throw malformed(field, 'base58 of a transaction');
  try {
    return base58.decode(text);
  } catch {
    throw malformed(field, 'base58');
  }
}

const TEXTS_MAX = 100_000;
let texts = new Map<string, Address>();

/** The text of the 32 bytes at `offset`. */
export function addressAt(bytes: Buffer, offset: number): Address {
  const key = bytes.toString('latin1', offset, offset + 32);
  const held = texts.get(key);
  if (held !== undefined) return held;
  const address = addressFromBytes(bytes.subarray(offset, offset + 32));
  if (texts.size >= TEXTS_MAX) texts = new Map();
  texts.set(key, address);
  return address;
}

export function blockhashAt(bytes: Buffer, offset: number): Blockhash {
  return addressAt(bytes, offset) as string as Blockhash;
}
