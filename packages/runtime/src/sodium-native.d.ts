// The part of sodium-native that native-crypto.ts uses; the package ships no types.
declare module 'sodium-native' {
  const sodium: {
    readonly crypto_sign_PUBLICKEYBYTES: number;
    readonly crypto_sign_SECRETKEYBYTES: number;
    readonly crypto_sign_SEEDBYTES: number;
    readonly crypto_sign_BYTES: number;
    crypto_sign_seed_keypair(publicKey: Buffer, secretKey: Buffer, seed: Buffer): void;
    crypto_sign_detached(signature: Buffer, message: Buffer, secretKey: Buffer): void;
    crypto_sign_verify_detached(signature: Buffer, message: Buffer, publicKey: Buffer): boolean;
    crypto_hash_sha256(digest: Buffer, message: Buffer): void;
    crypto_generichash(digest: Buffer, message: Buffer, key: Buffer): void;
    crypto_scalarmult_base(publicKey: Buffer, secretKey: Buffer): void;
    crypto_scalarmult(shared: Buffer, secretKey: Buffer, publicKey: Buffer): void;
    randombytes_buf(bytes: Buffer): void;
  };
  export default sodium;
}
