// An authentic answer of a node, as the race and the ledger of attestations share it. Invariant: the
// body was split into exactly as many items as were asked before anybody sees the answer.
import type { ErrorCode } from '@streamsync/domain';
import { type Answer, type CryptoPort, decodeBody, type SignedRoot } from '@streamsync/wire';
import type { PreparedCall } from './prepared-call.ts';

/** Bytes of one body and what was computed from them; answers with equal bytes share one of these. */
export class AnswerBody {
  readonly bytes: Uint8Array;
  /** Views of the body, in the order of the call's items. */
  readonly items: readonly Uint8Array[];
  readonly #crypto: Pick<CryptoPort, 'sha256'>;
  readonly #resultHashes: Uint8Array[] = [];
  #hash: Uint8Array | null = null;

  /** @throws StreamSyncError MALFORMED_MESSAGE unless the body has `itemCount` items */
  constructor(crypto: Pick<CryptoPort, 'sha256'>, bytes: Uint8Array, itemCount: number) {
    this.#crypto = crypto;
    this.bytes = bytes;
    this.items = decodeBody(bytes, itemCount);
  }

  /** SHA-256 of the whole body. */
  hash(): Uint8Array {
    this.#hash ??= this.#crypto.sha256(this.bytes);
    return this.#hash;
  }

  /** SHA-256 of one item: what its leaf attests. */
  resultHash(index: number): Uint8Array {
    const known = this.#resultHashes[index];
    if (known !== undefined) return known;
    const hash = this.#crypto.sha256(this.items[index] as Uint8Array);
    this.#resultHashes[index] = hash;
    return hash;
  }
}

/** Hears what becomes of one call. `seat` is the number that the caller gave it. */
export interface CallListener {
  onAnswer(seat: number, answer: NodeAnswer): void;
  onFailure(seat: number, failure: CallFailure): void;
  /** Once for each answer: whether a valid root covered it in time. */
  onAttested(seat: number, attested: boolean): void;
}

export interface CallFailure {
  readonly code: ErrorCode;
  /** True where the node said so itself in an authentic error answer. */
  readonly byNode: boolean;
}

/** Proves one leaf of an answer: what a third party needs beside the item and the question. */
export interface LeafProof {
  readonly root: SignedRoot;
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly path: readonly Uint8Array[];
}

export class NodeAnswer {
  readonly call: PreparedCall;
  readonly seat: number;
  readonly listener: CallListener;
  readonly slot: bigint;
  readonly blockhash: Uint8Array;
  readonly servedAtMs: number;
  readonly leafSequenceFirst: number;
  /** Monotonic, by the gateway's clock. */
  readonly receivedAtMs: number;
  readonly latencyMs: number;
  /** The race replaces it by an equal body of another answer, so that both are hashed once. */
  body: AnswerBody;
  attested: boolean | null = null;
  /** Leaves that no root has covered. */
  leavesOpen: number;
  /** One for each leaf, where they were asked for before its root came. */
  proofs: LeafProof[] | null = null;

  constructor(facts: {
    readonly call: PreparedCall;
    readonly seat: number;
    readonly listener: CallListener;
    readonly answer: Answer;
    readonly body: AnswerBody;
    readonly receivedAtMs: number;
    readonly latencyMs: number;
  }) {
    this.call = facts.call;
    this.seat = facts.seat;
    this.listener = facts.listener;
    this.slot = facts.answer.slot;
    this.blockhash = facts.answer.blockhash;
    this.servedAtMs = facts.answer.servedAtMs;
    this.leafSequenceFirst = facts.answer.leafSequenceFirst;
    this.receivedAtMs = facts.receivedAtMs;
    this.latencyMs = facts.latencyMs;
    this.body = facts.body;
    this.leavesOpen = facts.call.itemCount;
  }

  /** Has the ledger keep the proof of each leaf: this answer is evidence. */
  keepProof(): void {
    this.proofs ??= [];
  }

  /** Tells the listener once. */
  settle(attested: boolean): void {
    if (this.attested !== null) return;
    this.attested = attested;
    this.listener.onAttested(this.seat, attested);
  }
}
