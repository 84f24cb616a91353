import { pureCrypto } from '@streamsync/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nativeCrypto } from './native-crypto.ts';

const seed32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const message = fc.uint8Array({ maxLength: 300 });
const plain = (bytes: Uint8Array | null) => (bytes === null ? null : Uint8Array.from(bytes));

describe('native cryptography', () => {
  it('gives the bytes that the pure one gives', () => {
    fc.assert(
      fc.property(seed32, seed32, message, (one, two, bytes) => {
        expect(plain(nativeCrypto.sha256(bytes))).toEqual(plain(pureCrypto.sha256(bytes)));
        expect(plain(nativeCrypto.mac(one, bytes))).toEqual(plain(pureCrypto.mac(one, bytes)));
        expect(plain(nativeCrypto.publicKeyOf(one))).toEqual(plain(pureCrypto.publicKeyOf(one)));
        expect(plain(nativeCrypto.sign(one, bytes))).toEqual(plain(pureCrypto.sign(one, bytes)));
        const peer = pureCrypto.x25519PublicKeyOf(two);
        expect(plain(nativeCrypto.x25519PublicKeyOf(two))).toEqual(plain(peer));
        expect(plain(nativeCrypto.x25519Shared(one, peer))).toEqual(
          plain(pureCrypto.x25519Shared(one, peer)),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('refuses a signature over other bytes, by another key or of another size', () => {
    const seed = nativeCrypto.randomBytes(32);
    const key = nativeCrypto.publicKeyOf(seed);
    const bytes = nativeCrypto.randomBytes(50);
    const signature = nativeCrypto.sign(seed, bytes);
    expect(nativeCrypto.verify(key, signature, bytes)).toBe(true);
    expect(pureCrypto.verify(key, signature, bytes)).toBe(true);
    expect(nativeCrypto.verify(key, signature, bytes.subarray(1))).toBe(false);
    expect(nativeCrypto.verify(nativeCrypto.randomBytes(32), signature, bytes)).toBe(false);
    expect(nativeCrypto.verify(key, signature.subarray(1), bytes)).toBe(false);
    expect(nativeCrypto.verify(key.subarray(1), signature, bytes)).toBe(false);
  });

  it('refuses a peer key of low order', () => {
    expect(nativeCrypto.x25519Shared(nativeCrypto.randomBytes(32), new Uint8Array(32))).toBeNull();
    expect(pureCrypto.x25519Shared(nativeCrypto.randomBytes(32), new Uint8Array(32))).toBeNull();
  });
});
