// The port of port.ts in plain JavaScript, for browsers and for checking the native one.
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { type CryptoPort, MAC_BYTES } from './port.ts';

export const pureCrypto: CryptoPort = {
  sha256: (bytes) => sha256(bytes),
  mac: (key, bytes) => blake2b(bytes, { key, dkLen: MAC_BYTES }),
  sign: (seed, bytes) => ed25519.sign(bytes, seed),
  verify: (publicKey, signature, bytes) => {
    try {
      // RFC 8032's rule, as sodium and Solana's precompile apply it: no small-order keys, no
      // malleable signatures.
      return ed25519.verify(signature, bytes, publicKey, { zip215: false });
    } catch {
      return false;
    }
  },
  publicKeyOf: (seed) => ed25519.getPublicKey(seed),
  x25519PublicKeyOf: (secret) => x25519.getPublicKey(secret),
  x25519Shared: (secret, peerPublicKey) => {
    try {
      return x25519.getSharedSecret(secret, peerPublicKey);
    } catch {
      return null;
    }
  },
  randomBytes: (sizeBytes) => crypto.getRandomValues(new Uint8Array(sizeBytes)),
};
