import {
  createManualClock,
  identityFromSeed,
  type ManualClock,
  nativeCrypto,
  silentLog,
} from '@streamsync/runtime';
import {
  type Call,
  decodeAnswer,
  decodeBody,
  decodeErrorAnswer,
  decodePublicReply,
  decodeRefusal,
  decodeRootReply,
  decodeSignedRoot,
  deriveSessionKeys,
  encodeCall,
  encodeHello,
  encodeLeaf,
  encodePublicCall,
  encodeRequest,
  encodeRootRequest,
  encodeRootRequestPayload,
  type Hello,
  MESSAGE_KIND,
  merkleLeafHash,
  merkleRoot,
  messageKind,
  openFrame,
  openHelloReply,
  operationHash,
  type SessionKeys,
  TREE_LEAVES_MAX,
  verifyFrame,
  verifyRoot,
} from '@streamsync/wire';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createNodeSessions } from './node-sessions.ts';
import type { CallOutcome, NodeSessions } from './node-sessions-port.ts';

const genesisHash = new Uint8Array(32).fill(1);
const node = identityFromSeed(new Uint8Array(32).fill(2));
const gateway = identityFromSeed(new Uint8Array(32).fill(3));
const call: Call = {
  queryId: new Uint8Array(16).fill(4),
  operation: 'account.get',
  slot: 1_000n,
  blockhash: new Uint8Array(32).fill(5),
  budgetMs: 100,
  items: [Uint8Array.of(0x81, 0x01)],
};

let clock: ManualClock;
let sessions: NodeSessions;
let roots: Uint8Array[];
let outcome: (call: Call) => CallOutcome;

beforeEach(() => {
  vi.useFakeTimers();
  clock = createManualClock();
  roots = [];
  outcome = ({ items }) => ({ kind: 'items', items: items.map(() => Uint8Array.of(0xf6)) });
  sessions = newSessions();
});

afterEach(() => {
  sessions.stop();
  vi.useRealTimers();
});

function newSessions(sessionsMax = 8): NodeSessions {
  return createNodeSessions({
    identity: node,
    genesisHash,
    crypto: nativeCrypto,
    clock,
    log: silentLog,
    sessionsMax,
    tlsFingerprint: null,
    answer: (asked, reply) => reply(outcome(asked)),
    publicFacts: () => ({ operator: 'alpha', slot: 5n }),
    publish: (bytes) => roots.push(bytes.slice()),
  });
}

function ask(payload: Uint8Array, host = 'a'): Uint8Array {
  let answer: Uint8Array | null = null;
  sessions.handle(
    payload,
    (bytes) => {
      expect(answer).toBeNull();
      answer = bytes;
    },
    host,
  );
  if (answer === null) throw new Error('no reply');
  return answer;
}

function hello(overrides: Partial<Hello> = {}, identity = gateway) {
  const secret = nativeCrypto.randomBytes(32);
  const bytes = encodeHello(nativeCrypto, identity.seed, {
    genesisHash,
    gatewayKey: identity.publicKey,
    gatewayEphemeral: nativeCrypto.x25519PublicKeyOf(secret),
    nonce: nativeCrypto.randomBytes(16),
    sentAtMs: clock.unixMs(),
    ...overrides,
  });
  return { secret, bytes };
}

interface Opened {
  readonly id: Uint8Array;
  readonly keys: SessionKeys;
}

function open(identity = gateway): Opened {
  const { secret, bytes } = hello({}, identity);
  const answer = ask(bytes);
  const reply = openHelloReply(nativeCrypto, bytes, answer);
  if (reply === null) throw new Error('the reply is not signed by the node');
  const transcript = { hello: bytes, reply: answer };
  const keys = deriveSessionKeys(nativeCrypto, secret, reply.nodeEphemeral, transcript);
  if (keys === null) throw new Error('no keys');
  return { id: reply.sessionId, keys };
}

function request(session: Opened, sequence: number, asked: Partial<Call> = {}): Uint8Array {
  return encodeRequest(nativeCrypto, session.keys.gatewayToNode, {
    sessionId: session.id,
    sequence,
    payload: encodeCall({ ...call, ...asked }),
  });
}

function answerOf(session: Opened, sequence: number, bytes: Uint8Array) {
  const frame = openFrame(bytes);
  expect(frame.sequence).toBe(sequence);
  expect(Buffer.from(frame.sessionId)).toEqual(Buffer.from(session.id));
  expect(verifyFrame(nativeCrypto, session.keys.nodeToGateway, frame)).toBe(true);
  return frame;
}

const codeOf = (bytes: Uint8Array): string => decodeRefusal(bytes).code;

describe('hello', () => {
  it('opens a session in which requests are answered, bound to their sequence', () => {
    const session = open();
    const frame = answerOf(session, 7, ask(request(session, 7)));
    expect(frame.kind).toBe(MESSAGE_KIND.answer);
    const answer = decodeAnswer(frame.payload);
    expect(answer).toMatchObject({ slot: 1_000n, leafSequenceFirst: 0 });
    expect([...(decodeBody(answer.body, 1)[0] ?? [])]).toEqual([0xf6]);
    expect(sessions.counters).toMatchObject({ sessionsOpen: 1, hellosAccepted: 1 });
  });

  it('refuses one that was used, is old, is of another cluster, or is changed', () => {
    const { bytes } = hello();
    expect(messageKind(ask(bytes))).toBe(MESSAGE_KIND.helloReply);
    expect(codeOf(ask(bytes))).toBe('INVALID_ARGUMENT');
    expect(codeOf(ask(hello({ sentAtMs: clock.unixMs() - 30_001 }).bytes))).toBe(
      'INVALID_ARGUMENT',
    );
    expect(codeOf(ask(hello({ genesisHash: new Uint8Array(32) }).bytes))).toBe('INVALID_ARGUMENT');
    const changed = hello().bytes;
    changed[60] = (changed[60] as number) ^ 1;
    expect(codeOf(ask(changed))).toBe('BAD_SIGNATURE');
    expect(codeOf(ask(hello({ gatewayEphemeral: new Uint8Array(32) }).bytes))).toBe(
      'BAD_SIGNATURE',
    );
    expect(sessions.counters.sessionsOpen).toBe(1);
  });

  it('refuses a flood of them, and takes one again a second later', () => {
    let refused = 0;
    for (let count = 0; count < 300; count += 1) {
      const reply = ask(encodeHelloOfGarbage(), `host ${count % 10}`);
      if (codeOf(reply) === 'NODE_OVERLOADED') refused += 1;
    }
    expect(refused).toBe(100);
    clock.advance(1_000);
    open();
  });

  it('takes one of another host while one host floods', () => {
    for (let count = 0; count < 300; count += 1) {
      const reply = ask(encodeHelloOfGarbage(), 'flooding');
      expect(codeOf(reply)).toBe(count < 50 ? 'MALFORMED_MESSAGE' : 'NODE_OVERLOADED');
    }
    open();
  });

  function encodeHelloOfGarbage(): Uint8Array {
    return Uint8Array.of(0x88, 0x01, MESSAGE_KIND.hello);
  }

  it('ends the least used session for a new one, and the oldest of a gateway that has four', () => {
    sessions.stop();
    sessions = newSessions(5);
    const first = open();
    for (let count = 0; count < 4; count += 1) {
      clock.advance(1);
      open();
    }
    expect(sessions.counters.sessionsOpen).toBe(4);
    expect(codeOf(ask(request(first, 1)))).toBe('UNAUTHENTICATED_SESSION');
    for (let other = 10; other < 20; other += 1) {
      open(identityFromSeed(new Uint8Array(32).fill(other)));
      expect(sessions.counters.sessionsOpen).toBeLessThanOrEqual(5);
    }
  });

  it('keeps the session of a quiet gateway while others only say hello', () => {
    sessions.stop();
    sessions = newSessions(5);
    const quiet = open();
    expect(messageKind(ask(request(quiet, 1)))).toBe(MESSAGE_KIND.answer);
    for (let other = 10; other < 30; other += 1) {
      clock.advance(1);
      open(identityFromSeed(new Uint8Array(32).fill(other)));
    }
    expect(sessions.counters.sessionsOpen).toBe(5);
    expect(messageKind(ask(request(quiet, 2)))).toBe(MESSAGE_KIND.answer);
  });

  it('ends a session that was idle for ten minutes', () => {
    const session = open();
    clock.advance(10 * 60_000 + 1);
    vi.advanceTimersByTime(60_000);
    expect(sessions.counters.sessionsOpen).toBe(0);
    expect(codeOf(ask(request(session, 1)))).toBe('UNAUTHENTICATED_SESSION');
  });
});

describe('a request', () => {
  it('is refused when it is repeated, changed, or of another session', () => {
    const session = open();
    const bytes = request(session, 1);
    expect(messageKind(ask(bytes))).toBe(MESSAGE_KIND.answer);
    expect(codeOf(ask(bytes))).toBe('BAD_MAC');
    for (let at = 3; at < bytes.length; at += 1) {
      const changed = request(session, 2);
      changed[at] = (changed[at] as number) ^ 1;
      expect(messageKind(ask(changed))).toBe(MESSAGE_KIND.refusal);
    }
    expect(messageKind(ask(request({ ...session, id: new Uint8Array(16) }, 3)))).toBe(
      MESSAGE_KIND.refusal,
    );
    expect(sessions.counters.answersTotal).toBe(1);
  });

  it('gets an error answer, authentic and never a leaf, where it cannot be answered', () => {
    const session = open();
    const codes = [
      [{ operation: 'account.put' }, 'UNKNOWN_OPERATION'],
      [{ items: [] }, 'INVALID_ARGUMENT'],
      [{ items: Array(101).fill(call.items[0]) }, 'INVALID_ARGUMENT'],
    ] as const;
    for (const [index, [asked, code]] of codes.entries()) {
      const frame = answerOf(session, index, ask(request(session, index, asked)));
      expect(frame.kind).toBe(MESSAGE_KIND.errorAnswer);
      expect(decodeErrorAnswer(frame.payload).code).toBe(code);
    }
    outcome = () => ({ kind: 'error', code: 'NOT_COVERED', message: 'no' });
    const frame = answerOf(session, 10, ask(request(session, 10)));
    expect(decodeErrorAnswer(frame.payload).code).toBe('NOT_COVERED');
    outcome = () => ({ kind: 'items', items: [] });
    const short = answerOf(session, 11, ask(request(session, 11)));
    expect(decodeErrorAnswer(short.payload).code).toBe('INTERNAL');
    outcome = () => {
      throw new Error('a defect of the handler');
    };
    const thrown = answerOf(session, 12, ask(request(session, 12)));
    expect(decodeErrorAnswer(thrown.payload).code).toBe('INTERNAL');
    vi.advanceTimersByTime(1_000);
    expect(roots).toHaveLength(0);
    expect(sessions.counters.leavesTotal).toBe(0);
  });

  it('gets FRAME_TOO_LARGE where its answer is larger than a frame', () => {
    const session = open();
    outcome = () => ({ kind: 'items', items: [new Uint8Array(16 * 1024 * 1024)] });
    const frame = answerOf(session, 1, ask(request(session, 1)));
    expect(decodeErrorAnswer(frame.payload).code).toBe('FRAME_TOO_LARGE');
  });
});

describe('roots', () => {
  it('closes a tree 100 ms after its first leaf, and signs it', () => {
    const session = open();
    ask(request(session, 1));
    ask(request(session, 2, { items: [Uint8Array.of(0x81, 2), Uint8Array.of(0x81, 3)] }));
    vi.advanceTimersByTime(99);
    expect(roots).toHaveLength(0);
    vi.advanceTimersByTime(2);
    expect(roots).toHaveLength(1);
    const root = decodeSignedRoot(roots[0] as Uint8Array);
    expect(root).toMatchObject({ sequenceFirst: 0, sequenceLast: 2 });
    expect(Buffer.from(root.gatewayKey)).toEqual(Buffer.from(gateway.publicKey));
    expect(verifyRoot(nativeCrypto, root)).toBe(true);
    vi.advanceTimersByTime(1_000);
    expect(roots).toHaveLength(1);
  });

  it('covers the bytes that were sent, whatever becomes of the store that they were views of', () => {
    const session = open();
    const stored = Uint8Array.of(0x18, 0x64);
    const sent = stored.slice();
    outcome = () => ({ kind: 'items', items: [stored] });
    ask(request(session, 1));
    stored[1] = 0x65;
    const asked = encodeRootRequest(nativeCrypto, session.keys.gatewayToNode, {
      sessionId: session.id,
      sequence: 2,
      payload: encodeRootRequestPayload(0),
    });
    const { leafHashes } = decodeRootReply(answerOf(session, 2, ask(asked)).payload);
    const leaf = encodeLeaf({
      genesisHash,
      nodeKey: node.publicKey,
      operationHash: operationHash(nativeCrypto, 'account.get', call.items[0] as Uint8Array),
      slot: call.slot,
      blockhash: call.blockhash,
      resultHash: nativeCrypto.sha256(sent),
      queryId: call.queryId,
      servedAtMs: clock.unixMs(),
    });
    expect(leafHashes.map((hash) => Buffer.from(hash))).toEqual([
      Buffer.from(merkleLeafHash(nativeCrypto, leaf)),
    ]);
  });

  it('closes a tree at 256 leaves, without waiting', () => {
    const session = open();
    const items = Array.from({ length: 100 }, (_, index) => Uint8Array.of(0x18, 24 + index));
    for (let sequence = 0; sequence < 6; sequence += 1) ask(request(session, sequence, { items }));
    vi.advanceTimersByTime(1);
    const closed = roots.map(decodeSignedRoot);
    expect(closed.map(({ sequenceFirst, sequenceLast }) => [sequenceFirst, sequenceLast])).toEqual([
      [0, TREE_LEAVES_MAX - 1],
      [TREE_LEAVES_MAX, 2 * TREE_LEAVES_MAX - 1],
    ]);
    vi.advanceTimersByTime(100);
    expect(decodeSignedRoot(roots[2] as Uint8Array).sequenceLast).toBe(599);
  });

  it('replies to a root request with the leaf hashes of the tree, also one that is still open', () => {
    const session = open();
    ask(request(session, 1));
    const asked = encodeRootRequest(nativeCrypto, session.keys.gatewayToNode, {
      sessionId: session.id,
      sequence: 2,
      payload: encodeRootRequestPayload(0),
    });
    const reply = decodeRootReply(answerOf(session, 2, ask(asked)).payload);
    expect(Buffer.from(merkleRoot(nativeCrypto, reply.leafHashes))).toEqual(
      Buffer.from(reply.root.root),
    );
    expect(verifyRoot(nativeCrypto, reply.root)).toBe(true);
    const unknown = encodeRootRequest(nativeCrypto, session.keys.gatewayToNode, {
      sessionId: session.id,
      sequence: 3,
      payload: encodeRootRequestPayload(1),
    });
    expect(answerOf(session, 3, ask(unknown)).kind).toBe(MESSAGE_KIND.errorAnswer);
  });

  it('signs what is pending when it stops', () => {
    const session = open();
    ask(request(session, 1));
    sessions.stop();
    expect(roots).toHaveLength(1);
    expect(codeOf(ask(request(session, 2)))).toBe('SHUTTING_DOWN');
  });
});

describe('a stranger', () => {
  it('may ask for node.info and for nothing else', () => {
    expect(decodePublicReply(ask(encodePublicCall('node.info')))).toEqual({
      operator: 'alpha',
      slot: 5n,
    });
    expect(codeOf(ask(encodePublicCall('node.stop')))).toBe('UNKNOWN_OPERATION');
    expect(codeOf(ask(Uint8Array.of()))).toBe('MALFORMED_MESSAGE');
    expect(codeOf(ask(nativeCrypto.randomBytes(64)))).toBe('MALFORMED_MESSAGE');
    expect(codeOf(ask(Uint8Array.of(0x86, 1, MESSAGE_KIND.request)))).toBe('MALFORMED_MESSAGE');
  });
});
