import { createManualClock, identityFromSeed, nativeCrypto } from '@streamsync/runtime';
import {
  encodeBody,
  merkleRoot,
  ROOT_DUE_MS,
  type RootReply,
  type SignedRoot,
  signRoot,
} from '@streamsync/wire';
import { describe, expect, it } from 'vitest';
import { AnswerLedger, type LedgerEvidence } from './answer-ledger.ts';
import { createLeafHasher } from './leaf-hasher.ts';
import { AnswerBody, NodeAnswer } from './node-answer.ts';
import { PreparedCall } from './prepared-call.ts';

const genesisHash = new Uint8Array(32).fill(1);
const node = identityFromSeed(new Uint8Array(32).fill(2));
const gateway = identityFromSeed(new Uint8Array(32).fill(3));
const sessionId = new Uint8Array(16).fill(4);
const blockhash = new Uint8Array(32).fill(5);
const hasher = createLeafHasher(nativeCrypto, genesisHash, node.publicKey);

function newLedger() {
  const clock = createManualClock();
  const asked: number[] = [];
  const evidence: LedgerEvidence[] = [];
  const counters = { attestedTotal: 0, unattestedTotal: 0 };
  const ledger = new AnswerLedger({
    crypto: nativeCrypto,
    clock,
    hasher,
    nodeKey: node.nodeKey,
    identity: {
      genesisHash,
      nodeKey: node.publicKey,
      sessionId,
      gatewayKey: gateway.publicKey,
    },
    ask: (sequence) => asked.push(sequence),
    onContradiction: (each) => evidence.push(each),
    counters,
  });

  /** An answer whose items are the given bytes, as the node gave it. */
  function answer(leafSequenceFirst: number, values: readonly number[]): NodeAnswer {
    const call = new PreparedCall(nativeCrypto, {
      queryId: new Uint8Array(16).fill(leafSequenceFirst),
      operation: 'account.get',
      slot: 9n,
      blockhash,
      budgetMs: 50,
      items: values.map((value) => Uint8Array.of(0x81, value)),
    });
    const body = encodeBody(values.map((value) => Uint8Array.of(value)));
    return new NodeAnswer({
      call,
      seat: 0,
      listener: { onAnswer: () => {}, onFailure: () => {}, onAttested: () => {} },
      answer: { slot: 9n, blockhash, servedAtMs: clock.unixMs(), leafSequenceFirst, body },
      body: new AnswerBody(nativeCrypto, body, values.length),
      receivedAtMs: clock.monotonicMs(),
      latencyMs: 1,
    });
  }

  function leafHashes(answers: readonly NodeAnswer[]): Uint8Array[] {
    return answers.flatMap((each) =>
      each.body.items.map((_, index) =>
        hasher.hash({
          operationHash: each.call.operationHash(index),
          slot: each.slot,
          blockhash,
          resultHash: each.body.resultHash(index),
          queryId: each.call.call.queryId,
          servedAtMs: each.servedAtMs,
        }),
      ),
    );
  }

  function rootOf(answers: readonly NodeAnswer[], changes: Partial<SignedRoot> = {}): SignedRoot {
    const hashes = leafHashes(answers);
    const sequenceFirst = answers[0]?.leafSequenceFirst ?? 0;
    return signRoot(nativeCrypto, node.seed, {
      genesisHash,
      nodeKey: node.publicKey,
      sessionId,
      gatewayKey: gateway.publicKey,
      sequenceFirst,
      sequenceLast: sequenceFirst + hashes.length - 1,
      signedAtMs: clock.unixMs(),
      root: merkleRoot(nativeCrypto, hashes),
      ...changes,
    });
  }

  const replyOf = (answers: readonly NodeAnswer[], root = rootOf(answers)): RootReply => ({
    root,
    leafHashes: leafHashes(answers),
  });
  return { ledger, clock, asked, evidence, counters, answer, rootOf, replyOf };
}

describe('the ledger of answers', () => {
  it('attests every answer of a tree once its root has come', () => {
    const { ledger, answer, rootOf, counters } = newLedger();
    const answers = [answer(0, [1]), answer(1, [2, 3, 4]), answer(4, [5])];
    for (const each of answers) ledger.record(each);
    ledger.receiveRoot(rootOf(answers));
    expect(answers.map(({ attested }) => attested)).toEqual([true, true, true]);
    expect(ledger.waiting).toBe(0);
    expect(counters).toEqual({ attestedTotal: 3, unattestedTotal: 0 });
  });

  it('attests an answer that lies in two trees when the second has come', () => {
    const { ledger, answer, rootOf, replyOf } = newLedger();
    const whole = answer(0, [1, 2]);
    ledger.record(whole);
    for (const [sequence, hash] of replyOf([whole]).leafHashes.entries()) {
      expect(whole.attested).toBeNull();
      const range = { sequenceFirst: sequence, sequenceLast: sequence, root: hash };
      ledger.receiveRoot(rootOf([whole], range));
    }
    expect(whole.attested).toBe(true);
  });

  it('keeps a root that came before its answer, by the other connection', () => {
    const { ledger, answer, rootOf } = newLedger();
    const first = answer(0, [1]);
    ledger.receiveRoot(rootOf([first]));
    ledger.record(first);
    ledger.sweep();
    expect(first.attested).toBe(true);
  });

  it('asks for the leaf hashes where it missed an answer, and attests by them', () => {
    const { ledger, clock, asked, answer, rootOf, replyOf } = newLedger();
    const [kept, missed] = [answer(0, [1]), answer(1, [2])];
    ledger.record(kept);
    ledger.receiveRoot(rootOf([kept, missed]));
    ledger.sweep();
    expect(asked).toEqual([]);
    clock.advance(50);
    ledger.sweep();
    ledger.sweep();
    expect(asked).toEqual([0]);
    ledger.receiveReply(replyOf([kept, missed]));
    expect(kept.attested).toBe(true);
    expect(ledger.waiting).toBe(0);
  });

  it('asks for a root that was lost, and takes it as long as it is dated by its answers', () => {
    const { ledger, clock, asked, answer, replyOf } = newLedger();
    const lost = answer(0, [1]);
    const reply = replyOf([lost]);
    ledger.record(lost);
    clock.advance(499);
    ledger.sweep();
    expect(asked).toEqual([]);
    clock.advance(1);
    ledger.sweep();
    expect(asked).toEqual([0]);
    clock.advance(1_400);
    ledger.receiveReply(reply);
    expect(lost.attested).toBe(true);
  });

  it('does not attest after 2 s, and owes until the root has come', () => {
    const { ledger, clock, answer, replyOf, counters } = newLedger();
    const late = answer(0, [1]);
    const reply = replyOf([late]);
    ledger.record(late);
    clock.advance(ROOT_DUE_MS - 1);
    ledger.sweep();
    expect([late.attested, ledger.owes]).toEqual([null, false]);
    clock.advance(1);
    ledger.sweep();
    expect([late.attested, ledger.owes]).toEqual([false, true]);
    clock.advance(60_000);
    ledger.receiveReply(reply);
    ledger.sweep();
    expect([late.attested, ledger.owes]).toEqual([false, false]);
    expect(counters).toEqual({ attestedTotal: 0, unattestedTotal: 1 });
  });

  it('keeps evidence of a root that contradicts its answers', () => {
    const { ledger, answer, rootOf, evidence } = newLedger();
    const [said, signed] = [answer(0, [1]), answer(0, [2])];
    ledger.record(said);
    ledger.receiveRoot(rootOf([signed]));
    expect(said.attested).toBe(false);
    expect(ledger.contradicted).toBe(true);
    expect(evidence).toMatchObject([{ kind: 'root-contradicts-answers', nodeKey: node.nodeKey }]);
  });

  it('tells by the leaf hashes which of the answers a root contradicts', () => {
    const { ledger, answer, replyOf, evidence } = newLedger();
    const [honest, said, signed, missed] = [
      answer(0, [1]),
      answer(1, [2]),
      answer(1, [3]),
      answer(2, [4]),
    ];
    ledger.record(honest);
    ledger.record(said);
    ledger.receiveReply(replyOf([honest, signed, missed]));
    expect([honest.attested, said.attested]).toEqual([true, false]);
    expect(evidence).toHaveLength(1);
  });

  it('ignores roots of other sessions, gateways and nodes, and those that are off in time', () => {
    const { ledger, clock, answer, rootOf } = newLedger();
    const waiting = answer(0, [1]);
    ledger.record(waiting);
    const other = new Uint8Array(32).fill(9);
    for (const changes of [
      { gatewayKey: other },
      { genesisHash: other },
      { sessionId: other.subarray(16) },
      { signedAtMs: clock.unixMs() - 2_001 },
      { signedAtMs: clock.unixMs() + 2_001 },
    ]) {
      const signed = signRoot(nativeCrypto, node.seed, { ...rootOf([waiting]), ...changes });
      ledger.receiveRoot(signed);
    }
    const stranger = identityFromSeed(other);
    const root = { ...rootOf([waiting]), nodeKey: stranger.publicKey };
    ledger.receiveRoot(signRoot(nativeCrypto, stranger.seed, root));
    ledger.receiveRoot({ ...rootOf([waiting]), signature: new Uint8Array(64) });
    expect(waiting.attested).toBeNull();
  });

  it('does not attest a second answer that claims a leaf of the first', () => {
    const { ledger, answer, rootOf } = newLedger();
    const [first, second] = [answer(0, [1]), answer(0, [1])];
    ledger.record(first);
    ledger.record(second);
    ledger.receiveRoot(rootOf([first]));
    expect([first.attested, second.attested]).toEqual([true, false]);
  });

  it('holds a bounded number of leaves of a node that never signs', () => {
    const { ledger, answer } = newLedger();
    const values = Array.from({ length: 100 }, (_, index) => index);
    const last: NodeAnswer[] = [];
    for (let first = 0; first < 40_000; first += 100) {
      const each = answer(first, values);
      ledger.record(each);
      last[0] = each;
    }
    expect(ledger.waiting).toBeLessThanOrEqual(32_768);
    expect(last[0]?.attested).toBe(false);
  });

  it('keeps the proofs of an answer that is evidence', () => {
    const { ledger, answer, rootOf } = newLedger();
    const answers = [answer(0, [1]), answer(1, [2]), answer(2, [3])];
    for (const each of answers) ledger.record(each);
    answers[1]?.keepProof();
    ledger.receiveRoot(rootOf(answers));
    expect(answers.map(({ proofs }) => proofs?.length ?? null)).toEqual([null, 1, null]);
  });

  it('gives up what waits when the session is gone', () => {
    const { ledger, answer } = newLedger();
    const waiting = answer(0, [1, 2]);
    ledger.record(waiting);
    expect(ledger.abandon()).toBe(2);
    expect(waiting.attested).toBe(false);
    expect(ledger.waiting).toBe(0);
  });
});
