// wire's cryptography port in native code: libsodium, and SHA-256 from libsodium too, whose call
// costs less than opening a hash object of node:crypto.
import {
  allocateBytes,
  type CryptoPort,
  MAC_BYTES,
  SHA256_BYTES,
  X25519_KEY_BYTES,
} from '@streamsync/wire';
import sodium from 'sodium-native';

// libsodium signs with seed and public key joined; deriving that from the seed costs as much as a
// signature, so the few identities of a process are kept.
const secretKeys = new Map<string, Uint8Array>();
const SECRET_KEYS_MAX = 64;

function secretKeyOf(seed: Uint8Array): Uint8Array {
  const name = Buffer.from(seed).toString('latin1');
  const known = secretKeys.get(name);
  if (known !== undefined) return known;
  const publicKey = new Uint8Array(sodium.crypto_sign_PUBLICKEYBYTES);
  const secretKey = new Uint8Array(sodium.crypto_sign_SECRETKEYBYTES);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
  if (secretKeys.size >= SECRET_KEYS_MAX) secretKeys.clear();
  secretKeys.set(name, secretKey);
  return secretKey;
}

export const nativeCrypto: CryptoPort = {
  sha256: (bytes) => {
    const digest = allocateBytes(SHA256_BYTES);
    sodium.crypto_hash_sha256(digest, bytes);
    return digest;
  },
  mac: (key, bytes) => {
    const mac = allocateBytes(MAC_BYTES);
    sodium.crypto_generichash(mac, bytes, key);
    return mac;
  },
  sign: (seed, bytes) => {
    const signature = allocateBytes(sodium.crypto_sign_BYTES);
    sodium.crypto_sign_detached(signature, bytes, secretKeyOf(seed));
    return signature;
  },
  verify: (publicKey, signature, bytes) =>
    publicKey.length === sodium.crypto_sign_PUBLICKEYBYTES &&
    signature.length === sodium.crypto_sign_BYTES &&
    sodium.crypto_sign_verify_detached(signature, bytes, publicKey),
  publicKeyOf: (seed) => secretKeyOf(seed).slice(sodium.crypto_sign_SEEDBYTES),
  x25519PublicKeyOf: (secret) => {
    const publicKey = new Uint8Array(X25519_KEY_BYTES);
    sodium.crypto_scalarmult_base(publicKey, secret);
    return publicKey;
  },
  x25519Shared: (secret, peerPublicKey) => {
    const shared = new Uint8Array(X25519_KEY_BYTES);
    try {
      sodium.crypto_scalarmult(shared, secret, peerPublicKey);
      return shared;
    } catch {
      return null;
    }
  },
  randomBytes: (sizeBytes) => {
    const bytes = allocateBytes(sizeBytes);
    sodium.randombytes_buf(bytes);
    return bytes;
  },
};
