// Branded units. Text and bytes from outside become a brand once, at the border, by a parse
// function that throws a coded error; inside, a brand is trusted.
import { base58 } from '@scure/base';
import { decodeBase58Of32, encodeBase58At } from './base58-address.ts';
import { createBase58Codec } from './base58-codec.ts';
import { StreamSyncError } from './errors.ts';
import { invariant } from './invariant.ts';

declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** A Solana slot, u64. */
export type Slot = Brand<bigint, 'Slot'>;
/** A Solana address (ed25519 public key or program-derived), base58 of 32 bytes. */
export type Address = Brand<string, 'Address'>;
/** A transaction signature, base58 of 64 bytes. */
export type Signature = Brand<string, 'Signature'>;
/** A blockhash, base58 of 32 bytes. */
export type Blockhash = Brand<string, 'Blockhash'>;
/** A node's identity: lowercase hex of its ed25519 public key. */
export type NodeKey = Brand<string, 'NodeKey'>;
/** The owner of stake; one seat of a race per operator. */
export type OperatorId = Brand<string, 'OperatorId'>;

export const ADDRESS_BYTES = 32;
export const SIGNATURE_BYTES = 64;
export const U64_MAX = 0xffff_ffff_ffff_ffffn;

const signatureCodec = createBase58Codec(SIGNATURE_BYTES);

/** A slot at the pin: the slot and the hash of its block. Correct answers at one pin are byte-identical. */
export interface Pin {
  readonly slot: Slot;
  readonly blockhash: Blockhash;
}

/** @throws StreamSyncError INVALID_SLOT unless `value` is a whole number from 0 to 2^64 - 1 */
export function parseSlot(value: string | number | bigint): Slot {
  if (typeof value === 'bigint' && value >= 0n && value <= U64_MAX) return value as Slot;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
    return BigInt(value) as Slot;
  }
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) {
    const slot = BigInt(value);
    if (slot <= U64_MAX) return slot as Slot;
  }
  throw new StreamSyncError('INVALID_SLOT', { slot: String(value).slice(0, 64) });
}

/** @throws StreamSyncError INVALID_ADDRESS unless `text` is base58 of exactly 32 bytes */
export function parseAddress(text: string): Address {
  if (decodeBase58Of32(text) === null) {
    throw new StreamSyncError('INVALID_ADDRESS', { address: text.slice(0, 64) });
  }
  return text as Address;
}

/** @throws StreamSyncError INVALID_SIGNATURE unless `text` is base58 of exactly 64 bytes */
export function parseSignature(text: string): Signature {
  if (signatureCodec.decode(text) === null) {
    throw new StreamSyncError('INVALID_SIGNATURE', { signature: text.slice(0, 128) });
  }
  return text as Signature;
}

/** The 32 bytes of an address or a blockhash that was parsed before. */
export function addressBytes(address: Address | Blockhash): Uint8Array {
  const bytes = decodeBase58Of32(address);
  invariant(bytes !== null, 'an address was parsed before its bytes are taken');
  return bytes;
}

/** The address whose 32 bytes stand at `offset`, which the caller has checked to be there. */
export function addressAt(data: Uint8Array, offset: number): Address {
  return encodeBase58At(data, offset) as Address;
}

/** The 64 bytes of a signature that was parsed before. */
export function signatureBytes(signature: Signature): Uint8Array {
  const bytes = signatureCodec.decode(signature);
  invariant(bytes !== null, 'a signature was parsed before its bytes are taken');
  return bytes;
}

/** @throws StreamSyncError INVALID_ADDRESS unless `bytes` has 32 bytes */
export function addressFromBytes(bytes: Uint8Array): Address {
  if (bytes.length !== ADDRESS_BYTES) {
    throw new StreamSyncError('INVALID_ADDRESS', { sizeBytes: bytes.length });
  }
  return addressAt(bytes, 0);
}

export function blockhashFromBytes(bytes: Uint8Array): Blockhash {
  return addressFromBytes(bytes) as string as Blockhash;
}

/** @throws StreamSyncError INVALID_SIGNATURE unless `bytes` has 64 bytes */
export function signatureFromBytes(bytes: Uint8Array): Signature {
  if (bytes.length !== SIGNATURE_BYTES) {
    throw new StreamSyncError('INVALID_SIGNATURE', { sizeBytes: bytes.length });
  }
  return signatureCodec.encodeAt(bytes, 0) as Signature;
}

/** A base58 text's bytes, or null when it is not base58 of `sizeBytes` bytes. */
export function decodeBase58(text: string, sizeBytes: number): Uint8Array | null {
  // base58 of n bytes has at most 1.37 n characters; longer text is refused before decoding it.
  if (text.length === 0 || text.length > Math.ceil(sizeBytes * 1.37) + 1) return null;
  try {
    const bytes = base58.decode(text);
    return bytes.length === sizeBytes ? bytes : null;
  } catch {
    return null;
  }
}
