// The signed trees of a node's sessions, kept for gateways that missed an answer or a root.
// Invariant: at most TREES_MAX are kept, all sessions together, the newest ones, none over its age.
import { SHA256_BYTES, type SignedRoot } from '@streamsync/wire';

/** 8 KB of leaf hashes each, so 32 MB; at 100 ms a tree 40 gateways for the whole age. */
const TREES_MAX = 4_096;

/** Five times the time after which an answer without a root is not paid. */
export const TREE_KEPT_MS = 10_000;

export interface ClosedTree {
  readonly root: SignedRoot;
  /** The leaf hashes, one after another. */
  readonly leafHashes: Uint8Array;
  readonly closedAtMs: number;
}

export class ClosedTrees {
  #trees: ClosedTree[] = [];
  #first = 0;

  get size(): number {
    return this.#trees.length - this.#first;
  }

  add(tree: ClosedTree): void {
    this.#trees.push(tree);
    while (this.size > TREES_MAX || this.#expired(tree.closedAtMs)) this.#first += 1;
    if (this.#first > TREES_MAX) {
      this.#trees = this.#trees.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The tree of that session that has this leaf, the newest looked at first. */
  find(sessionId: Uint8Array, leafSequence: number): ClosedTree | null {
    for (let index = this.#trees.length - 1; index >= this.#first; index -= 1) {
      const tree = this.#trees[index] as ClosedTree;
      const { root } = tree;
      if (leafSequence < root.sequenceFirst || leafSequence > root.sequenceLast) continue;
      if (Buffer.compare(root.sessionId, sessionId) === 0) return tree;
    }
    return null;
  }

  #expired(nowMs: number): boolean {
    const oldest = this.#trees[this.#first];
    return oldest !== undefined && nowMs - oldest.closedAtMs > TREE_KEPT_MS;
  }
}

/** The leaf hashes of a tree as views. */
export function splitHashes(joined: Uint8Array): Uint8Array[] {
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < joined.length; at += SHA256_BYTES) {
    hashes.push(joined.subarray(at, at + SHA256_BYTES));
  }
  return hashes;
}
