// wire's cryptography port in native code: libsodium, and SHA-256 from libsodium too, whose call
// costs less than opening a hash object of node:crypto.
import { type CryptoPort, MAC_BYTES, SHA256_BYTES, X25519_KEY_BYTES } from '@streamsync/wire';
import sodium from 'sodium-native';

// libsodium signs with seed and public key joined; deriving that from the seed costs as much as a
// signature, so the few identities of a process are kept.
const secretKeys = new Map<string, Buffer>();
const SECRET_KEYS_MAX = 64;

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function secretKeyOf(seed: Uint8Array): Buffer {
  const name = asBuffer(seed).toString('latin1');
  const known = secretKeys.get(name);
  if (known !== undefined) return known;
  const publicKey = Buffer.alloc(sodium.crypto_sign_PUBLICKEYBYTES);
  const secretKey = Buffer.alloc(sodium.crypto_sign_SECRETKEYBYTES);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, asBuffer(seed));
  if (secretKeys.size >= SECRET_KEYS_MAX) secretKeys.clear();
  secretKeys.set(name, secretKey);
  return secretKey;
}

export const nativeCrypto: CryptoPort = {
  sha256: (bytes) => {
    const digest = Buffer.allocUnsafe(SHA256_BYTES);
    sodium.crypto_hash_sha256(digest, asBuffer(bytes));
    return digest;
  },
  mac: (key, bytes) => {
    const mac = Buffer.allocUnsafe(MAC_BYTES);
    sodium.crypto_generichash(mac, asBuffer(bytes), asBuffer(key));
    return mac;
  },
  sign: (seed, bytes) => {
    const signature = Buffer.allocUnsafe(sodium.crypto_sign_BYTES);
    sodium.crypto_sign_detached(signature, asBuffer(bytes), secretKeyOf(seed));
    return signature;
  },
  verify: (publicKey, signature, bytes) =>
    publicKey.length === sodium.crypto_sign_PUBLICKEYBYTES &&
    signature.length === sodium.crypto_sign_BYTES &&
    sodium.crypto_sign_verify_detached(asBuffer(signature), asBuffer(bytes), asBuffer(publicKey)),
  publicKeyOf: (seed) => Buffer.from(secretKeyOf(seed).subarray(sodium.crypto_sign_SEEDBYTES)),
  x25519PublicKeyOf: (secret) => {
    const publicKey = Buffer.alloc(X25519_KEY_BYTES);
    sodium.crypto_scalarmult_base(publicKey, asBuffer(secret));
    return publicKey;
  },
  x25519Shared: (secret, peerPublicKey) => {
    const shared = Buffer.alloc(X25519_KEY_BYTES);
    try {
      sodium.crypto_scalarmult(shared, asBuffer(secret), asBuffer(peerPublicKey));
      return shared;
    } catch {
      return null;
    }
  },
  randomBytes: (sizeBytes) => {
    const bytes = Buffer.allocUnsafe(sizeBytes);
    sodium.randombytes_buf(bytes);
    return bytes;
  },
};
