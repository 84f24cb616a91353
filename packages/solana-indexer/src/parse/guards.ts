// Guards at the border of a source: what RPC or a file says becomes typed values, or a coded error
// that names the field. Hand-written, because blocks have tens of thousands of transactions.
import {
  type Address,
  type Blockhash,
  parseAddress,
  parseSignature,
  parseSlot,
  type Signature,
  type Slot,
  StreamSyncError,
  U64_MAX,
} from '@streamsync/domain';

export type JsonObject = { readonly [name: string]: unknown };

export function malformed(field: string, expected: string): StreamSyncError {
  return new StreamSyncError(
    'SOURCE_FAILED',
    { field },
    { message: `The source sent a ${field} that is not ${expected}.` },
  );
}

export function objectOf(value: unknown, field: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(field, 'an object');
  }
  return value as JsonObject;
}

export function listOf(value: unknown, field: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(field, 'a list');
  return value;
}

export function textOf(value: unknown, field: string): string {
  if (typeof value !== 'string') throw malformed(field, 'text');
  return value;
}

export function booleanOf(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw malformed(field, 'true or false');
  return value;
}

/** A whole number that fits in 2^53. */
export function wholeOf(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw malformed(field, 'a whole number');
  }
  return value;
}

/** A u64 as a JSON number, or as text (parseExactJson's long ones, and token amounts). */
export function u64Of(value: unknown, field: string): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) {
    const number = BigInt(value);
    if (number <= U64_MAX) return number;
  }
  throw malformed(field, 'a u64');
}

/** Unix seconds, which old clusters also had below zero. */
export function secondsOf(value: unknown, field: string): bigint {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw malformed(field, 'a time');
  return BigInt(value);
}

export function slotOf(value: unknown, field: string): Slot {
  return parseSlot(u64Of(value, field));
}

/** Null for null and for what is left out. */
export function nullableOf<Value>(
  value: unknown,
  field: string,
  read: (value: unknown, field: string) => Value,
): Value | null {
  return value === null || value === undefined ? null : read(value, field);
}

/** Validated texts: a block names the same few thousand addresses over and over. */
const KNOWN_MAX = 100_000;
let known = new Set<string>();

export function addressOf(value: unknown, field: string): Address {
  if (typeof value !== 'string') throw malformed(field, 'an address');
  if (known.has(value)) return value as Address;
  let address: Address;
  try {
    address = parseAddress(value);
  } catch {
    throw malformed(field, 'an address');
  }
  if (known.size >= KNOWN_MAX) known = new Set();
  known.add(value);
  return address;
}

export function blockhashOf(value: unknown, field: string): Blockhash {
  return addressOf(value, field) as string as Blockhash;
}

export function signatureOf(value: unknown, field: string): Signature {
  try {
    return parseSignature(textOf(value, field));
  } catch {
    throw malformed(field, 'a signature');
  }
}

/** Strict base64: Buffer's own decoder passes over what it does not know. */
export function base64Of(value: unknown, field: string): Buffer {
  const text = textOf(value, field);
  const bytes = Buffer.from(text, 'base64');
  if (text.length % 4 !== 0 || bytes.length !== base64Size(text)) throw malformed(field, 'base64');
  return bytes;
}

function base64Size(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}
