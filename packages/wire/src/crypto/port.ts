// The cryptography that this package needs, as a port. `pureCrypto` fills it in a browser;
// `runtime` fills it with native code, which is 30 times as fast at signatures.

export const ED25519_PUBLIC_KEY_BYTES = 32;
export const ED25519_SECRET_SEED_BYTES = 32;
export const ED25519_SIGNATURE_BYTES = 64;
export const X25519_KEY_BYTES = 32;
export const SHA256_BYTES = 32;
export const MAC_KEY_BYTES = 32;
export const MAC_BYTES = 16;

export interface CryptoPort {
  /** SHA-256, FIPS 180-4. */
  sha256(bytes: Uint8Array): Uint8Array;
  /** BLAKE2b with a 32-byte key and a 16-byte result, RFC 7693. */
  mac(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** Ed25519, RFC 8032; `seed` is the 32-byte secret. */
  sign(seed: Uint8Array, bytes: Uint8Array): Uint8Array;
  verify(publicKey: Uint8Array, signature: Uint8Array, bytes: Uint8Array): boolean;
  publicKeyOf(seed: Uint8Array): Uint8Array;
  /** X25519, RFC 7748. */
  x25519PublicKeyOf(secret: Uint8Array): Uint8Array;
  /** @returns null where the peer's key is of low order */
  x25519Shared(secret: Uint8Array, peerPublicKey: Uint8Array): Uint8Array | null;
  randomBytes(sizeBytes: number): Uint8Array;
}
