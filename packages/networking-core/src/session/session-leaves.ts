// The open tree of one session on the node's side. Leaves are added by the answer path, which only
// takes their sequence numbers; they are hashed after the answers were sent. Invariant: every leaf
// is covered by exactly one closed tree, in the order of the sequence numbers.
import type { OperationName } from '@streamsync/domain';
import { type Call, type CryptoPort, merkleRoot, TREE_LEAVES_MAX } from '@streamsync/wire';
import { hashQuestion } from './hash-question.ts';
import type { LeafHasher } from './leaf-hasher.ts';

interface UnhashedAnswer {
  readonly call: Call;
  readonly items: readonly Uint8Array[];
  readonly servedAtMs: number;
}

export interface LeafRange {
  readonly sequenceFirst: number;
  readonly sequenceLast: number;
  readonly root: Uint8Array;
  readonly leafHashes: Uint8Array;
}

export class SessionLeaves {
  readonly #crypto: CryptoPort;
  readonly #hasher: LeafHasher;
  readonly #unhashed: UnhashedAnswer[] = [];
  #hashes: Uint8Array[] = [];
  /** Of the first hash in `#hashes`. */
  #sequenceFirst = 0;
  #sequenceNext = 0;

  constructor(crypto: CryptoPort, hasher: LeafHasher) {
    this.#crypto = crypto;
    this.#hasher = hasher;
  }

  get sequenceNext(): number {
    return this.#sequenceNext;
  }

  /** Leaves that no closed tree covers. */
  get pending(): number {
    return this.#sequenceNext - this.#sequenceFirst;
  }

  /** Takes the leaves of an answer; returns the sequence number of the first. */
  add(call: Call, items: readonly Uint8Array[], servedAtMs: number): number {
    const first = this.#sequenceNext;
    this.#unhashed.push({ call, items, servedAtMs });
    this.#sequenceNext += items.length;
    return first;
  }

  /** Hashes what was added, and returns the trees that are full. */
  hashPending(): LeafRange[] {
    const crypto = this.#crypto;
    for (const { call, items, servedAtMs } of this.#unhashed) {
      for (let index = 0; index < items.length; index += 1) {
        const question = call.items[index] as Uint8Array;
        this.#hashes.push(
          this.#hasher.hash({
            operationHash: hashQuestion(crypto, call.operation as OperationName, question),
            slot: call.slot,
            blockhash: call.blockhash,
            resultHash: crypto.sha256(items[index] as Uint8Array),
            queryId: call.queryId,
            servedAtMs,
          }),
        );
      }
    }
    this.#unhashed.length = 0;
    const full: LeafRange[] = [];
    while (this.#hashes.length >= TREE_LEAVES_MAX) full.push(this.#close(TREE_LEAVES_MAX));
    return full;
  }

  /** Hashes what was added and closes all of it. */
  closeAll(): LeafRange[] {
    const closed = this.hashPending();
    if (this.#hashes.length > 0) closed.push(this.#close(this.#hashes.length));
    return closed;
  }

  #close(count: number): LeafRange {
    const hashes = this.#hashes.slice(0, count);
    this.#hashes = this.#hashes.slice(count);
    const sequenceFirst = this.#sequenceFirst;
    this.#sequenceFirst += count;
    return {
      sequenceFirst,
      sequenceLast: sequenceFirst + count - 1,
      root: merkleRoot(this.#crypto, hashes),
      leafHashes: Buffer.concat(hashes),
    };
  }
}
