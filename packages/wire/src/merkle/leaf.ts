// A leaf: what a node attests of one item of one answer, in a fixed binary layout, so that a
// program on the chain can read it without a parser. Integers are big-endian.
//
//   offset size field
//        0    1 version (1)
//        1   32 genesisHash of the cluster
//       33   32 nodeKey, ed25519
//       65   32 operationHash
//       97    8 slot
//      105   32 blockhash
//      137   32 resultHash, SHA-256 of the item's canonical bytes
//      169   16 queryId
//      185    8 servedAtMs, Unix milliseconds by the node's clock
import { invariant } from '@streamsync/domain';

export const LEAF_VERSION = 1;
export const LEAF_BYTES = 193;
export const QUERY_ID_BYTES = 16;

export interface Leaf {
  readonly genesisHash: Uint8Array;
  readonly nodeKey: Uint8Array;
  readonly operationHash: Uint8Array;
  readonly slot: bigint;
  readonly blockhash: Uint8Array;
  readonly resultHash: Uint8Array;
  readonly queryId: Uint8Array;
  readonly servedAtMs: number;
}

export function encodeLeaf(leaf: Leaf): Uint8Array {
  const bytes = new Uint8Array(LEAF_BYTES);
  writeLeaf(leaf, bytes, 0);
  return bytes;
}

/** Writes the leaf at `offset` of `target`; the hot path writes behind RFC 6962's leaf prefix. */
export function writeLeaf(leaf: Leaf, target: Uint8Array, offset: number): void {
  invariant(leaf.queryId.length === QUERY_ID_BYTES, 'a query id has 16 bytes');
  target[offset] = LEAF_VERSION;
  target.set(leaf.genesisHash, offset + 1);
  target.set(leaf.nodeKey, offset + 33);
  target.set(leaf.operationHash, offset + 65);
  writeU64(target, offset + 97, leaf.slot);
  target.set(leaf.blockhash, offset + 105);
  target.set(leaf.resultHash, offset + 137);
  target.set(leaf.queryId, offset + 169);
  writeSafeU64(target, offset + 185, leaf.servedAtMs);
}

export function writeU64(target: Uint8Array, offset: number, value: bigint): void {
  writeU32(target, offset, Number(value >> 32n));
  writeU32(target, offset + 4, Number(value & 0xffff_ffffn));
}

/** As writeU64, for a number that is a safe integer. */
export function writeSafeU64(target: Uint8Array, offset: number, value: number): void {
  invariant(Number.isSafeInteger(value) && value >= 0, 'a time or sequence is a safe integer');
  writeU32(target, offset, Math.floor(value / 0x1_0000_0000));
  writeU32(target, offset + 4, value >>> 0);
}

function writeU32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
}
