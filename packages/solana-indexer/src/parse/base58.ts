// Base58 of bytes of any size (instruction data), and of keys as they lie in wire messages: blocks
// repeat keys, so their texts are kept. The size is not known beforehand, so the codec of fixed sizes
// in domain does not fit; for a vote's 60 bytes this one takes 1.8 us where
// @scure/base takes 4.1 us (one run on Node 24).
import { type Address, addressFromBytes, type Blockhash } from '@streamsync/domain';
import { malformed, textOf } from './guards.ts';

/** A transaction has at most 1,232 bytes, and its instruction data less; inner data at most 10 KiB. */
const BASE58_TEXT_MAX = 16_384;

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const NOT_A_DIGIT = 255;
const VALUES = new Uint8Array(128).fill(NOT_A_DIGIT);
for (let value = 0; value < ALPHABET.length; value += 1) VALUES[ALPHABET.charCodeAt(value)] = value;
/** Words of 24 bits times 58^4 stay below 2^48: doubles hold them exactly. */
const WORD_BASE = 2 ** 24;
const CHUNK_DIGITS = 4;
const POWERS = [1, 58, 58 ** 2, 58 ** 3, 58 ** 4];
/** Little-endian; filled and read within one synchronous call. A digit has less than 6 bits. */
const words = new Float64Array(Math.ceil((BASE58_TEXT_MAX * 6) / 24));

/** @throws StreamSyncError SOURCE_FAILED unless the value is base58, of any number of bytes */
export function base58Of(value: unknown, field: string): Uint8Array {
  const text = textOf(value, field);
  const length = text.length;
  if (length > BASE58_TEXT_MAX) throw malformed(field, 'base58 of a transaction');
  let zeroBytes = 0;
  while (zeroBytes < length && text.charCodeAt(zeroBytes) === 49) zeroBytes += 1;
  let wordCount = 0;
  for (let at = zeroBytes; at < length; ) {
    const end = Math.min(length, at + CHUNK_DIGITS);
    const power = POWERS[end - at] as number;
    let carry = 0;
    for (; at < end; at += 1) {
      const code = text.charCodeAt(at);
      const digit = code < 128 ? (VALUES[code] as number) : NOT_A_DIGIT;
      if (digit === NOT_A_DIGIT) throw malformed(field, 'base58');
      carry = carry * 58 + digit;
    }
    for (let word = 0; word < wordCount; word += 1) {
      const sum = (words[word] as number) * power + carry;
      carry = Math.floor(sum / WORD_BASE);
      words[word] = sum - carry * WORD_BASE;
    }
    if (carry > 0) {
      words[wordCount] = carry;
      wordCount += 1;
    }
  }
  return bytesOfWords(wordCount, zeroBytes);
}

function bytesOfWords(wordCount: number, zeroBytes: number): Uint8Array {
  const top = wordCount === 0 ? 0 : (words[wordCount - 1] as number);
  const topBytes = wordCount === 0 ? 0 : top >= 0x1_0000 ? 3 : top >= 0x100 ? 2 : 1;
  const bytes = new Uint8Array(zeroBytes + Math.max(0, wordCount - 1) * 3 + topBytes);
  for (let word = 0, at = bytes.length - 1; word < wordCount; word += 1) {
    const value = words[word] as number;
    for (let shift = 0; shift < 24 && at >= zeroBytes; shift += 8, at -= 1) {
      bytes[at] = value >>> shift;
    }
  }
  return bytes;
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
