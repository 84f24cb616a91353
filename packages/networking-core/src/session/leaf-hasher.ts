// Hashes leaves of one node on one cluster into RFC 6962 leaf hashes. The parts that never change
// stand in one scratch buffer. Invariant: both ends hash the same bytes for the same answer.
import {
  type CryptoPort,
  LEAF_BYTES,
  LEAF_VERSION,
  writeSafeU64,
  writeU64,
} from '@streamsync/wire';

export interface LeafFacts {
  readonly operationHash: Uint8Array;
  readonly slot: bigint;
  readonly blockhash: Uint8Array;
  readonly resultHash: Uint8Array;
  readonly queryId: Uint8Array;
  readonly servedAtMs: number;
}

/** Where the leaf begins: behind the leaf prefix 0x00 of RFC 6962. */
const LEAF_AT = 1;

export interface LeafHasher {
  hash(facts: LeafFacts): Uint8Array;
}

/** The layout is that of wire's merkle/leaf.ts; a test holds the two together. */
export function createLeafHasher(
  crypto: Pick<CryptoPort, 'sha256'>,
  genesisHash: Uint8Array,
  nodeKey: Uint8Array,
): LeafHasher {
  const scratch = Buffer.alloc(LEAF_AT + LEAF_BYTES);
  scratch[LEAF_AT] = LEAF_VERSION;
  scratch.set(genesisHash, LEAF_AT + 1);
  scratch.set(nodeKey, LEAF_AT + 33);
  return {
    hash: (facts) => {
      scratch.set(facts.operationHash, LEAF_AT + 65);
      writeU64(scratch, LEAF_AT + 97, facts.slot);
      scratch.set(facts.blockhash, LEAF_AT + 105);
      scratch.set(facts.resultHash, LEAF_AT + 137);
      scratch.set(facts.queryId, LEAF_AT + 169);
      writeSafeU64(scratch, LEAF_AT + 185, facts.servedAtMs);
      return crypto.sha256(scratch);
    },
  };
}
