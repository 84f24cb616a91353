import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pureCrypto } from '../crypto/pure.ts';
import { merkleLeafHash, merkleProof, merkleRoot, verifyMerkleProof } from './tree.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const hashLeaf = (leaf: Uint8Array) => merkleLeafHash(pureCrypto, leaf);

// The vectors of Certificate Transparency's reference implementation of RFC 6962.
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((text) => hashLeaf(hex(text)));
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

describe('RFC 6962 trees', () => {
  it.each(ROOTS.map((root, index) => [index + 1, root] as const))(
    'of %i leaves have the reference root',
    (size, root) => {
      expect(textOf(merkleRoot(pureCrypto, LEAVES.slice(0, size)))).toBe(root);
    },
  );

  it('of no leaves have the hash of nothing as root', () => {
    expect(textOf(merkleRoot(pureCrypto, []))).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it('give the reference path of the first of eight leaves', () => {
    expect(merkleProof(pureCrypto, LEAVES, 0).map(textOf)).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
  });

  it('prove each leaf at its index and at no other, in this tree and in no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (size, pick, flip) => {
        const leaves = Array.from({ length: size }, (_, index) =>
          hashLeaf(hex(index.toString(16).padStart(4, '0'))),
        );
        const index = pick % size;
        const leafHash = leaves[index] as Uint8Array;
        const path = merkleProof(pureCrypto, leaves, index);
        const claim = {
          leafHash,
          index,
          treeSize: size,
          path,
          root: merkleRoot(pureCrypto, leaves),
        };
        expect(verifyMerkleProof(pureCrypto, claim)).toBe(true);
        for (let other = 0; other < size; other += 1) {
          if (other === index) continue;
          expect(verifyMerkleProof(pureCrypto, { ...claim, index: other })).toBe(false);
        }
        const damaged = Uint8Array.from(claim.root);
        damaged[flip % 32] = (damaged[flip % 32] as number) ^ 1;
        expect(verifyMerkleProof(pureCrypto, { ...claim, root: damaged })).toBe(false);
        expect(verifyMerkleProof(pureCrypto, { ...claim, path: [...path, leafHash] })).toBe(false);
        expect(verifyMerkleProof(pureCrypto, { ...claim, path: path.slice(1) })).toBe(size === 1);
        expect(verifyMerkleProof(pureCrypto, { ...claim, index: size })).toBe(false);
      }),
    );
  });

  it('never read an inner node as a leaf', () => {
    const inner = merkleRoot(pureCrypto, LEAVES.slice(0, 2));
    const joined = new Uint8Array([...(LEAVES[0] as Uint8Array), ...(LEAVES[1] as Uint8Array)]);
    expect(textOf(hashLeaf(joined))).not.toBe(textOf(inner));
  });
});
