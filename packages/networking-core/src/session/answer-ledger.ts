// The gateway's ledger of one session: every answer waits here for the signed root that covers it.
// The tree is rebuilt from the answers themselves; where the gateway missed one, the node is asked
// for the leaf hashes. Invariant: an answer is attested by a root that verifies and contains exactly
// its leaf, within 2 s, or it never is; what waits is bounded in number and in bytes.
import type { NodeKey } from '@streamsync/domain';
import type { Clock } from '@streamsync/runtime';
import {
  type CryptoPort,
  equalBytes,
  merkleProof,
  merkleRoot,
  ROOT_CLOCK_SKEW_MS_MAX,
  ROOT_DUE_MS,
  type RootReply,
  type SignedRoot,
  verifyRoot,
} from '@streamsync/wire';
import type { LeafHasher } from './leaf-hasher.ts';
import type { NodeAnswer } from './node-answer.ts';

/** Two seconds of 16,000 leaves a second of one node: far above what one session carries. */
const LEAVES_MAX = 32_768;

/** Roots that wait for an answer that is still on the other connection, or for leaf hashes. */
const ROOTS_MAX = 128;

/** How long an answer may take longer than the root that covers it before hashes are asked for. */
const ROOT_PATIENCE_MS = 50;

/** A root this late was lost on its way: half of the time that it has is left to ask for it. */
const ROOT_MISSED_MS = 500;

/** What a node that owes is asked again after. */
const ASK_AGAIN_MS = 1_000;

export interface LedgerEvidence {
  readonly kind: 'root-contradicts-answers';
  readonly nodeKey: NodeKey;
  readonly root: SignedRoot;
  /** The leaf hashes of the answers that the node gave, in their order; null where none came. */
  readonly leafHashes: readonly (Uint8Array | null)[];
}

export interface LedgerOptions {
  readonly crypto: CryptoPort;
  readonly clock: Clock;
  readonly hasher: LeafHasher;
  readonly nodeKey: NodeKey;
  /** What every root of this session says of itself. */
  readonly identity: Pick<SignedRoot, 'genesisHash' | 'nodeKey' | 'sessionId' | 'gatewayKey'>;
  /** Asks the node for the root and leaf hashes of the tree that has this leaf. */
  readonly ask: (leafSequence: number) => void;
  readonly onContradiction: (evidence: LedgerEvidence) => void;
  /** Counts every answer once, when its attestation is known. */
  readonly counters: { attestedTotal: number; unattestedTotal: number };
}

interface WaitingRoot {
  readonly root: SignedRoot;
  readonly arrivedAtMs: number;
  asked: boolean;
}

export class AnswerLedger {
  readonly #options: LedgerOptions;
  /** By leaf sequence, in the order of arrival. */
  readonly #leaves = new Map<number, NodeAnswer>();
  #roots: WaitingRoot[] = [];
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #owed = 0;
  #contradicted = false;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Leaves that wait for their root. */
  get waiting(): number {
    return this.#leaves.size;
  }

  /** Whether an answer is without its root for longer than a node has. */
  get owes(): boolean {
    return this.#owed > 0;
  }

  /** Whether the node signed what contradicts its answers. */
  get contradicted(): boolean {
    return this.#contradicted;
  }

  record(answer: NodeAnswer): void {
    const first = answer.leafSequenceFirst;
    const count = answer.call.itemCount;
    if (this.#leaves.size + count > LEAVES_MAX) {
      this.#settle(answer, false);
      return;
    }
    for (let sequence = first; sequence < first + count; sequence += 1) {
      if (this.#leaves.has(sequence)) {
        // Two answers claim one leaf: at most one of them can be in the tree.
        this.#settle(answer, false);
        return;
      }
    }
    for (let sequence = first; sequence < first + count; sequence += 1) {
      this.#leaves.set(sequence, answer);
    }
  }

  /** Takes a root that the node published. Whatever is not a valid root of this session is ignored. */
  receiveRoot(root: SignedRoot): void {
    const { clock } = this.#options;
    if (Math.abs(clock.unixMs() - root.signedAtMs) > ROOT_CLOCK_SKEW_MS_MAX) return;
    if (!this.#authentic(root)) return;
    if (this.#settleWhole(root)) return;
    if (this.#roots.length >= ROOTS_MAX) this.#roots.shift();
    this.#roots.push({ root, arrivedAtMs: clock.monotonicMs(), asked: false });
  }

  /** Takes the reply to `ask`. */
  receiveReply({ root, leafHashes }: RootReply): void {
    const { clock, crypto } = this.#options;
    const answers = this.#answersOf(root);
    const oldest = answers.find((answer) => answer !== undefined);
    if (oldest === undefined) return;
    // Asked for late, it is dated by the answers that it covers.
    const receivedUnixMs = clock.unixMs() - (clock.monotonicMs() - oldest.receivedAtMs);
    if (Math.abs(receivedUnixMs - root.signedAtMs) > ROOT_CLOCK_SKEW_MS_MAX) return;
    if (!this.#authentic(root) || !equalBytes(merkleRoot(crypto, leafHashes), root.root)) return;
    const hashes = answers.map((answer, index) =>
      answer === undefined ? null : this.#leafHash(answer, root.sequenceFirst + index),
    );
    let contradicts = false;
    for (const [index, hash] of hashes.entries()) {
      if (hash === null) continue;
      const matches = equalBytes(hash, leafHashes[index] as Uint8Array);
      if (matches) this.#prove(root, leafHashes, index);
      this.#settleLeaf(root.sequenceFirst + index, matches);
      contradicts ||= !matches;
    }
    if (contradicts) this.#contradiction(root, hashes);
    this.#roots = this.#roots.filter((waiting) => !equalBytes(waiting.root.root, root.root));
  }

  /** Run it every 50 ms while leaves wait: settles, asks for what is missing, and marks what is due. */
  sweep(): void {
    const nowMs = this.#options.clock.monotonicMs();
    this.#roots = this.#roots.filter((waiting) => this.#keepWaiting(waiting, nowMs));
    this.#owed = 0;
    for (const [sequence, answer] of this.#leaves) {
      const ageMs = nowMs - answer.receivedAtMs;
      if (ageMs < ROOT_MISSED_MS) break;
      if (ageMs >= ROOT_DUE_MS) {
        this.#settle(answer, false);
        this.#owed += 1;
      }
      if (nowMs - this.#askedAtMs >= (ageMs >= ROOT_DUE_MS ? ASK_AGAIN_MS : ROOT_PATIENCE_MS)) {
        this.#askedAtMs = nowMs;
        this.#options.ask(sequence);
      }
    }
  }

  /** Gives up what waits: the session's other end is gone. Returns how many leaves were owed. */
  abandon(): number {
    const abandoned = this.#leaves.size;
    for (const answer of this.#leaves.values()) this.#settle(answer, false);
    this.#leaves.clear();
    this.#roots = [];
    this.#owed = 0;
    return abandoned;
  }

  #keepWaiting(waiting: WaitingRoot, nowMs: number): boolean {
    const { root, arrivedAtMs } = waiting;
    if (this.#settleWhole(root)) return false;
    const ageMs = nowMs - arrivedAtMs;
    if (ageMs >= ROOT_PATIENCE_MS && !waiting.asked) {
      const known = this.#answersOf(root).findIndex((answer) => answer !== undefined);
      if (known >= 0) {
        waiting.asked = true;
        this.#options.ask(root.sequenceFirst + known);
      }
    }
    return ageMs < ROOT_DUE_MS;
  }

  #authentic(root: SignedRoot): boolean {
    const { crypto, identity } = this.#options;
    return (
      equalBytes(root.sessionId, identity.sessionId) &&
      equalBytes(root.nodeKey, identity.nodeKey) &&
      equalBytes(root.gatewayKey, identity.gatewayKey) &&
      equalBytes(root.genesisHash, identity.genesisHash) &&
      verifyRoot(crypto, root)
    );
  }

  /** Settles every leaf of a root when all of them are here; false when one is not. */
  #settleWhole(root: SignedRoot): boolean {
    const { sequenceFirst, sequenceLast } = root;
    for (let sequence = sequenceFirst; sequence <= sequenceLast; sequence += 1) {
      if (!this.#leaves.has(sequence)) return false;
    }
    const hashes: Uint8Array[] = [];
    for (let sequence = sequenceFirst; sequence <= sequenceLast; sequence += 1) {
      hashes.push(this.#leafHash(this.#leaves.get(sequence) as NodeAnswer, sequence));
    }
    const matches = equalBytes(merkleRoot(this.#options.crypto, hashes), root.root);
    for (let sequence = sequenceFirst; sequence <= sequenceLast; sequence += 1) {
      if (matches) this.#prove(root, hashes, sequence - sequenceFirst);
      this.#settleLeaf(sequence, matches);
    }
    if (!matches) this.#contradiction(root, hashes);
    return true;
  }

  #answersOf(root: SignedRoot): (NodeAnswer | undefined)[] {
    const answers: (NodeAnswer | undefined)[] = [];
    for (let sequence = root.sequenceFirst; sequence <= root.sequenceLast; sequence += 1) {
      answers.push(this.#leaves.get(sequence));
    }
    return answers;
  }

  #leafHash(answer: NodeAnswer, sequence: number): Uint8Array {
    const index = sequence - answer.leafSequenceFirst;
    return this.#options.hasher.hash({
      operationHash: answer.call.operationHash(index),
      slot: answer.slot,
      blockhash: answer.blockhash,
      resultHash: answer.body.resultHash(index),
      queryId: answer.call.call.queryId,
      servedAtMs: answer.servedAtMs,
    });
  }

  #prove(root: SignedRoot, leafHashes: readonly Uint8Array[], index: number): void {
    const answer = this.#leaves.get(root.sequenceFirst + index);
    if (answer === undefined || answer.proofs === null) return;
    answer.proofs.push({
      root,
      leafHash: leafHashes[index] as Uint8Array,
      index,
      path: merkleProof(this.#options.crypto, leafHashes, index),
    });
  }

  #settleLeaf(sequence: number, matches: boolean): void {
    const answer = this.#leaves.get(sequence);
    if (answer === undefined) return;
    this.#leaves.delete(sequence);
    answer.leavesOpen -= 1;
    if (!matches) this.#settle(answer, false);
    else if (answer.leavesOpen === 0) this.#settle(answer, true);
  }

  #settle(answer: NodeAnswer, attested: boolean): void {
    if (answer.attested !== null) return;
    if (attested) this.#options.counters.attestedTotal += 1;
    else this.#options.counters.unattestedTotal += 1;
    answer.settle(attested);
  }

  #contradiction(root: SignedRoot, leafHashes: readonly (Uint8Array | null)[]): void {
    this.#contradicted = true;
    const { nodeKey } = this.#options;
    this.#options.onContradiction({ kind: 'root-contradicts-answers', nodeKey, root, leafHashes });
  }
}
