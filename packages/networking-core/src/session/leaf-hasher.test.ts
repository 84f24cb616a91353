import { nativeCrypto } from '@streamsync/runtime';
import { encodeLeaf, merkleLeafHash } from '@streamsync/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLeafHasher } from './leaf-hasher.ts';

it('hashes what wire encodes as a leaf', () => {
  const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
  const leaf = fc.record({
    genesisHash: bytes(32),
    nodeKey: bytes(32),
    operationHash: bytes(32),
    slot: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
    blockhash: bytes(32),
    resultHash: bytes(32),
    queryId: bytes(16),
    servedAtMs: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  });
  fc.assert(
    fc.property(leaf, leaf, (first, second) => {
      const hasher = createLeafHasher(nativeCrypto, first.genesisHash, first.nodeKey);
      // The scratch buffer is reused: what an earlier leaf left in it must not show.
      hasher.hash(second);
      expect(Buffer.from(hasher.hash(first))).toEqual(
        Buffer.from(merkleLeafHash(nativeCrypto, encodeLeaf(first))),
      );
    }),
  );
});
