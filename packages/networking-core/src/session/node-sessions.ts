// The node's side of all sessions: hello, authenticated requests, answers with their leaves, signed
// roots. Invariant: what is said in a session is authentic and new before a handler sees it, and
// every answer that leaves is a leaf of a tree that is signed within 100 ms; errors never are.
import { type ErrorCode, isOperationName, OPERATIONS, StreamSyncError } from '@streamsync/domain';
import {
  ANSWER_FRAME_BYTES_MAX,
  type Call,
  decodeBody,
  decodeCall,
  decodePublicCall,
  decodeRootRequestPayload,
  deriveSessionKeys,
  encodeAnswer,
  encodeBody,
  encodeErrorAnswer,
  encodeHelloReply,
  encodePublicReply,
  encodeRefusal,
  encodeRootReply,
  encodeSignedRoot,
  MESSAGE_KIND,
  messageKind,
  openFrame,
  type SealedFrame,
  sealFrame,
  signRoot,
  TREE_AGE_MS_MAX,
  verifyFrame,
  X25519_KEY_BYTES,
} from '@streamsync/wire';
import { ClosedTrees, splitHashes } from './closed-trees.ts';
import { HelloGate } from './hello-gate.ts';
import { createLeafHasher } from './leaf-hasher.ts';
import type {
  CallOutcome,
  NodeSessions,
  NodeSessionsCounters,
  NodeSessionsOptions,
} from './node-sessions-port.ts';
import { type LeafRange, SessionLeaves } from './session-leaves.ts';
import { type NodeSession, SessionTable } from './session-table.ts';

/** Frame, answer and body heads, generously: a body that passes with this fits its frame. */
const ANSWER_OVERHEAD_BYTES = 512;

const IDLE_SWEEP_MS = 60_000;

type Send = (bytes: Uint8Array) => void;

export function createNodeSessions(options: NodeSessionsOptions): NodeSessions {
  return new Sessions(options);
}

class Sessions implements NodeSessions {
  readonly counters: NodeSessionsCounters = {
    sessionsOpen: 0,
    hellosAccepted: 0,
    hellosRefused: 0,
    answersTotal: 0,
    errorAnswersTotal: 0,
    refusalsTotal: 0,
    badMacsTotal: 0,
    replaysTotal: 0,
    rootsTotal: 0,
    leavesTotal: 0,
  };
  readonly #options: NodeSessionsOptions;
  readonly #gate: HelloGate;
  readonly #table: SessionTable;
  readonly #trees = new ClosedTrees();
  readonly #sweepTimer: NodeJS.Timeout;
  #toHash: NodeSession[] = [];
  #stopped = false;

  constructor(options: NodeSessionsOptions) {
    const { crypto, clock, genesisHash, sessionsMax } = options;
    this.#options = options;
    this.#gate = new HelloGate(crypto, clock, genesisHash);
    this.#table = new SessionTable({
      crypto,
      clock,
      sessionsMax,
      onEnd: (session) => this.#close(session),
    });
    this.#sweepTimer = setInterval(() => {
      this.#table.endIdle();
      this.counters.sessionsOpen = this.#table.size;
    }, IDLE_SWEEP_MS);
    this.#sweepTimer.unref();
  }

  handle(payload: Uint8Array, reply: Send, host = ''): void {
    if (this.#stopped) {
      this.#refuse(reply, 'SHUTTING_DOWN', 'This node is stopping.');
      return;
    }
    try {
      switch (messageKind(payload)) {
        case MESSAGE_KIND.request:
          this.#request(payload, reply);
          break;
        case MESSAGE_KIND.rootRequest:
          this.#rootRequest(payload, reply);
          break;
        case MESSAGE_KIND.hello:
          this.#hello(payload, reply, host);
          break;
        case MESSAGE_KIND.publicCall:
          this.#publicCall(payload, reply);
          break;
        default:
          this.#refuse(reply, 'MALFORMED_MESSAGE', 'Not a message that a node takes.');
      }
    } catch (error) {
      if (!(error instanceof StreamSyncError)) throw error;
      this.#refuse(reply, error.code, error.message);
    }
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#sweepTimer);
    this.#table.endAll();
    this.counters.sessionsOpen = 0;
  }

  #hello(payload: Uint8Array, reply: Send, host: string): void {
    const { crypto, identity, genesisHash, tlsFingerprint } = this.#options;
    const verdict = this.#gate.judge(payload, host);
    if (verdict.kind === 'refused') {
      this.counters.hellosRefused += 1;
      this.#refuse(reply, verdict.code, verdict.message);
      return;
    }
    const { hello } = verdict;
    const ephemeralSecret = crypto.randomBytes(X25519_KEY_BYTES);
    const id = this.#table.newId();
    const helloReply = encodeHelloReply(crypto, identity.seed, payload, {
      nodeKey: identity.publicKey,
      nodeEphemeral: crypto.x25519PublicKeyOf(ephemeralSecret),
      sessionId: id,
      tlsFingerprint,
    });
    const keys = deriveSessionKeys(crypto, ephemeralSecret, hello.gatewayEphemeral, {
      hello: payload,
      reply: helloReply,
    });
    if (keys === null) {
      this.counters.hellosRefused += 1;
      this.#refuse(reply, 'BAD_SIGNATURE', 'The ephemeral key is of low order.');
      return;
    }
    this.#table.add({
      id,
      gatewayKey: hello.gatewayKey.slice(),
      keys: {
        gatewayToNode: Buffer.from(keys.gatewayToNode),
        nodeToGateway: Buffer.from(keys.nodeToGateway),
      },
      leaves: new SessionLeaves(crypto, createLeafHasher(crypto, genesisHash, identity.publicKey)),
    });
    this.counters.hellosAccepted += 1;
    this.counters.sessionsOpen = this.#table.size;
    reply(helloReply);
  }

  /** The session and frame of an authentic, new request; null where it was refused. */
  #authenticate(
    payload: Uint8Array,
    reply: Send,
  ): { readonly session: NodeSession; readonly frame: SealedFrame } | null {
    const frame = openFrame(payload);
    const session = this.#table.find(frame.sessionId);
    if (session === null) {
      this.#refuse(reply, 'UNAUTHENTICATED_SESSION', 'No such session here: say hello first.');
      return null;
    }
    if (!verifyFrame(this.#options.crypto, session.keys.gatewayToNode, frame)) {
      this.counters.badMacsTotal += 1;
      this.#refuse(reply, 'BAD_MAC', 'The request is not authentic.');
      return null;
    }
    if (!session.window.accept(frame.sequence)) {
      this.counters.replaysTotal += 1;
      this.#refuse(reply, 'BAD_MAC', 'This sequence was used before.');
      return null;
    }
    session.usedAtMs = this.#options.clock.monotonicMs();
    session.spoken = true;
    return { session, frame };
  }

  #request(payload: Uint8Array, reply: Send): void {
    const authentic = this.#authenticate(payload, reply);
    if (authentic === null) return;
    const { session, frame } = authentic;
    const { sequence } = frame;
    let call: Call;
    try {
      call = decodeCall(frame.payload);
    } catch (error) {
      if (!(error instanceof StreamSyncError)) throw error;
      this.#sendError(session, sequence, error.code, error.message, reply);
      return;
    }
    const fault = callFault(call);
    if (fault !== null) {
      this.#sendError(session, sequence, fault.code, fault.message, reply);
      return;
    }
    let answered = false;
    const answer = (outcome: CallOutcome): void => {
      if (answered) return;
      answered = true;
      this.#sendOutcome(session, sequence, call, outcome, reply);
    };
    try {
      this.#options.answer(call, answer);
    } catch (error) {
      this.#options.log.error({ err: error, operation: call.operation }, 'a handler threw');
      answer({ kind: 'error', code: 'INTERNAL', message: 'The node failed on this call.' });
    }
  }

  #sendOutcome(
    session: NodeSession,
    sequence: number,
    call: Call,
    outcome: CallOutcome,
    reply: Send,
  ): void {
    if (outcome.kind === 'error') {
      this.#sendError(session, sequence, outcome.code, outcome.message, reply);
      return;
    }
    const { items } = outcome;
    if (items.length !== call.items.length) {
      const fields = { operation: call.operation, asked: call.items.length, got: items.length };
      this.#options.log.error(fields, 'a handler answered another number of items');
      this.#sendError(session, sequence, 'INTERNAL', 'The node failed on this call.', reply);
      return;
    }
    const body = encodeBody(items);
    if (body.length > ANSWER_FRAME_BYTES_MAX - ANSWER_OVERHEAD_BYTES) {
      const message = 'The answer is larger than a frame: ask for less at once.';
      this.#sendError(session, sequence, 'FRAME_TOO_LARGE', message, reply);
      return;
    }
    const servedAtMs = this.#options.clock.unixMs();
    // The leaves are hashed after this, from the bytes that were sent: the handler's own may be
    // views of a store that is written meanwhile.
    const sent = decodeBody(body, items.length);
    const leafSequenceFirst = session.leaves.add(call, sent, servedAtMs);
    const { slot, blockhash } = call;
    reply(
      encodeAnswer(
        this.#options.crypto,
        session.keys.nodeToGateway,
        { sessionId: session.id, sequence },
        { slot, blockhash, servedAtMs, leafSequenceFirst, body },
      ),
    );
    this.counters.answersTotal += 1;
    this.counters.leavesTotal += items.length;
    this.#hashSoon(session);
  }

  #sendError(
    session: NodeSession,
    sequence: number,
    code: ErrorCode,
    message: string,
    reply: Send,
  ): void {
    this.counters.errorAnswersTotal += 1;
    reply(
      encodeErrorAnswer(
        this.#options.crypto,
        session.keys.nodeToGateway,
        { sessionId: session.id, sequence },
        { code, message },
      ),
    );
  }

  #rootRequest(payload: Uint8Array, reply: Send): void {
    const authentic = this.#authenticate(payload, reply);
    if (authentic === null) return;
    const { session, frame } = authentic;
    const leafSequence = decodeRootRequestPayload(frame.payload);
    if (this.#trees.find(session.id, leafSequence) === null) this.#close(session);
    const tree = this.#trees.find(session.id, leafSequence);
    if (tree === null) {
      const message = 'No tree with that leaf is kept.';
      this.#sendError(session, frame.sequence, 'INVALID_ARGUMENT', message, reply);
      return;
    }
    reply(
      sealFrame(this.#options.crypto, session.keys.nodeToGateway, {
        kind: MESSAGE_KIND.answer,
        sessionId: session.id,
        sequence: frame.sequence,
        payload: encodeRootReply({ root: tree.root, leafHashes: splitHashes(tree.leafHashes) }),
      }),
    );
  }

  #publicCall(payload: Uint8Array, reply: Send): void {
    const operation = decodePublicCall(payload);
    if (operation === 'node.info') reply(encodePublicReply(this.#options.publicFacts()));
    else this.#refuse(reply, 'UNKNOWN_OPERATION', 'The public operation is node.info.');
  }

  #refuse(reply: Send, code: ErrorCode, message: string): void {
    this.counters.refusalsTotal += 1;
    reply(encodeRefusal({ code, message }));
  }

  /** Leaves are hashed when this turn's answers are on their way. */
  #hashSoon(session: NodeSession): void {
    if (session.hashing) return;
    session.hashing = true;
    this.#toHash.push(session);
    if (this.#toHash.length === 1) setImmediate(() => this.#hashAll());
  }

  #hashAll(): void {
    const sessions = this.#toHash;
    this.#toHash = [];
    for (const session of sessions) {
      session.hashing = false;
      this.#publishAll(session, session.leaves.hashPending());
      if (session.timer === null && session.leaves.pending > 0 && !this.#stopped) {
        session.timer = setTimeout(() => this.#close(session), TREE_AGE_MS_MAX);
        session.timer.unref();
      }
    }
  }

  #close(session: NodeSession): void {
    if (session.timer !== null) clearTimeout(session.timer);
    session.timer = null;
    this.#publishAll(session, session.leaves.closeAll());
  }

  #publishAll(session: NodeSession, ranges: readonly LeafRange[]): void {
    const { crypto, identity, genesisHash, clock } = this.#options;
    for (const range of ranges) {
      const root = signRoot(crypto, identity.seed, {
        genesisHash,
        nodeKey: identity.publicKey,
        sessionId: session.id,
        gatewayKey: session.gatewayKey,
        sequenceFirst: range.sequenceFirst,
        sequenceLast: range.sequenceLast,
        signedAtMs: clock.unixMs(),
        root: range.root,
      });
      this.#trees.add({ root, leafHashes: range.leafHashes, closedAtMs: clock.monotonicMs() });
      this.counters.rootsTotal += 1;
      this.#options.publish(encodeSignedRoot(root));
    }
  }
}

function callFault(call: Call): { readonly code: ErrorCode; readonly message: string } | null {
  if (!isOperationName(call.operation)) {
    return { code: 'UNKNOWN_OPERATION', message: 'No such operation.' };
  }
  const { itemsMax } = OPERATIONS[call.operation];
  if (call.items.length < 1 || call.items.length > itemsMax) {
    return { code: 'INVALID_ARGUMENT', message: `This operation takes 1 to ${itemsMax} items.` };
  }
  return null;
}
