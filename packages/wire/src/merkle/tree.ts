// Merkle trees of RFC 6962 section 2.1: leaf hash SHA-256(0x00 || leaf), node hash
// SHA-256(0x01 || left || right), an incomplete tree split at the largest power of two.
import { invariant } from '@streamsync/domain';
import { equalBytes } from '../cbor/reader.ts';
import { type CryptoPort, SHA256_BYTES } from '../crypto/port.ts';

type Hasher = Pick<CryptoPort, 'sha256'>;

export function merkleLeafHash(hasher: Hasher, leaf: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + leaf.length);
  input.set(leaf, 1);
  return hasher.sha256(input);
}

// Filled and hashed within one synchronous call: allocating it each time costs as much as the hash.
const nodeInput = new Uint8Array(1 + 2 * SHA256_BYTES);
nodeInput[0] = 1;

function nodeHash(hasher: Hasher, left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + SHA256_BYTES);
  return hasher.sha256(nodeInput);
}

/** The largest power of two below `count`; `count` is at least 2. */
function splitOf(count: number): number {
  return 2 ** (31 - Math.clz32(count - 1));
}

/** MTH of RFC 6962 over leaf hashes; the root of no leaves is SHA-256 of nothing. */
export function merkleRoot(hasher: Hasher, leafHashes: readonly Uint8Array[]): Uint8Array {
  if (leafHashes.length === 0) return hasher.sha256(new Uint8Array(0));
  const fold = (first: number, count: number): Uint8Array => {
    if (count === 1) return leafHashes[first] as Uint8Array;
    const split = splitOf(count);
    return nodeHash(hasher, fold(first, split), fold(first + split, count - split));
  };
  return fold(0, leafHashes.length);
}

/** PATH(index) of RFC 6962: the audit path from the leaf up. */
export function merkleProof(
  hasher: Hasher,
  leafHashes: readonly Uint8Array[],
  index: number,
): Uint8Array[] {
  invariant(index >= 0 && index < leafHashes.length, 'a proof is of a leaf of the tree');
  const path: Uint8Array[] = [];
  let first = 0;
  let count = leafHashes.length;
  while (count > 1) {
    const split = splitOf(count);
    const left = leafHashes.slice(first, first + split);
    const right = leafHashes.slice(first + split, first + count);
    if (index - first < split) {
      path.push(merkleRoot(hasher, right));
      count = split;
    } else {
      path.push(merkleRoot(hasher, left));
      first += split;
      count -= split;
    }
  }
  return path.reverse();
}

export interface InclusionClaim {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly treeSize: number;
  readonly path: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** Whether the path leads from the leaf to the root: RFC 9162 section 2.1.3.2. */
export function verifyMerkleProof(hasher: Hasher, claim: InclusionClaim): boolean {
  const { leafHash, index, treeSize, path, root } = claim;
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(treeSize)) return false;
  if (index < 0 || index >= treeSize) return false;
  let position = index;
  let last = treeSize - 1;
  let hash = leafHash;
  for (const sibling of path) {
    if (last === 0 || sibling.length !== SHA256_BYTES) return false;
    if (position % 2 === 1 || position === last) {
      hash = nodeHash(hasher, sibling, hash);
      while (position % 2 === 0 && position !== 0) {
        position = Math.floor(position / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = nodeHash(hasher, hash, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && equalBytes(hash, root);
}
