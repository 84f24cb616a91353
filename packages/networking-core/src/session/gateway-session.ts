// The gateway's side of a session with one node: dial, hello, authenticated calls, attestations.
// Invariant: a listener hears an answer only when the expected node sealed it in this session for
// exactly that request; and every such answer, also a late one, is held against the node's roots.
import { type NodeKey, StreamSyncError } from '@streamsync/domain';
import type { Clock, Identity, Log } from '@streamsync/runtime';
import {
  ANSWER_FRAME_BYTES_MAX,
  type CryptoPort,
  decodeRootReply,
  decodeSignedRoot,
  encodeRequest,
  encodeRootRequest,
  encodeRootRequestPayload,
  equalBytes,
  type SessionKeys,
} from '@streamsync/wire';
import type { DialFailure, DialState } from '../sp/dial-sp.ts';
import type { ReqSocket, RequestFailure } from '../sp/req-socket.ts';
import { type Dialed, dialReq } from '../sp/sp-sockets.ts';
import { AnswerLedger, type LedgerEvidence } from './answer-ledger.ts';
import {
  composeHello,
  type ExpectedNode,
  readHelloReply,
  type SentHello,
} from './gateway-hello.ts';
import { LatencySample } from './latency-sample.ts';
import { createLeafHasher, type LeafHasher } from './leaf-hasher.ts';
import { type CallFailure, type CallListener, NodeAnswer } from './node-answer.ts';
import { openReply, readAnswer } from './open-reply.ts';
import { type CallOwner, PendingCall, type Session } from './pending-call.ts';
import type { PreparedCall } from './prepared-call.ts';

/** How long after its deadline an answer is still taken, to be held against the node's roots. */
const LATE_ANSWER_MS = 2_000;

const HELLO_DEADLINE_MS = 5_000;
const HELLO_RETRY_MS_FIRST = 250;
const HELLO_RETRY_MS_MAX = 30_000;
const ROOT_REQUEST_DEADLINE_MS = 1_000;
const SWEEP_MS = 50;
/** Sessions that ended with answers whose roots are still to come. */
const RETIRED_MAX = 4;
/** A node whose session is gone with its roots is out of the pools for as long as it would keep them. */
const LOST_ROOTS_MS = 10_000;
/** A node that signed what contradicts its answers. */
const CONTRADICTION_MS = 10 * 60_000;

export type GatewaySessionState = 'CONNECTING' | 'READY' | 'OWES_ROOT' | 'REFUSED';

export interface GatewaySessionOptions {
  readonly address: string;
  /** The key that the node must show. */
  readonly nodeKey: NodeKey;
  /** SHA-256 of its certificate in hex; required by `tls+tcp`. */
  readonly tlsFingerprint?: string;
  readonly identity: Identity;
  readonly genesisHash: Uint8Array;
  readonly crypto: CryptoPort;
  readonly clock: Clock;
  readonly log: Log;
  readonly onStateChange?: (state: GatewaySessionState) => void;
  readonly onEvidence?: (evidence: LedgerEvidence) => void;
}

export interface GatewaySessionCounters {
  answersTotal: number;
  failuresTotal: number;
  attestedTotal: number;
  unattestedTotal: number;
  badMacsTotal: number;
}

export class GatewaySession implements CallOwner {
  readonly nodeKey: NodeKey;
  readonly counters: GatewaySessionCounters = {
    answersTotal: 0,
    failuresTotal: 0,
    attestedTotal: 0,
    unattestedTotal: 0,
    badMacsTotal: 0,
  };
  readonly latencies = new LatencySample();
  readonly #options: GatewaySessionOptions;
  readonly #expected: ExpectedNode;
  readonly #hasher: LeafHasher;
  readonly #link: Dialed<ReqSocket>;
  #session: Session | null = null;
  #retired: Session[] = [];
  #state: GatewaySessionState = 'CONNECTING';
  #refused = false;
  #helloInFlight = false;
  #helloRetryMs = HELLO_RETRY_MS_FIRST;
  #helloTimer: NodeJS.Timeout | null = null;
  #sweepTimer: NodeJS.Timeout | null = null;
  #outUntilMs = Number.NEGATIVE_INFINITY;
  #connected = false;
  #stopped = false;

  constructor(options: GatewaySessionOptions) {
    this.#options = options;
    this.nodeKey = options.nodeKey;
    const { tlsFingerprint } = options;
    this.#expected = {
      nodeKey: Buffer.from(options.nodeKey, 'hex'),
      tlsFingerprint: tlsFingerprint === undefined ? null : Buffer.from(tlsFingerprint, 'hex'),
    };
    this.#hasher = createLeafHasher(options.crypto, options.genesisHash, this.#expected.nodeKey);
    this.#link = dialReq({
      address: options.address,
      frameBytesMax: ANSWER_FRAME_BYTES_MAX,
      ...(tlsFingerprint === undefined ? {} : { tls: { fingerprintSha256: tlsFingerprint } }),
      onStateChange: (state, reason) => this.#dialed(state, reason),
    });
  }

  get state(): GatewaySessionState {
    return this.#state;
  }

  /** Leaves that wait for their root, over this session and those before it. */
  get waiting(): number {
    return this.#sessions().reduce((sum, session) => sum + session.ledger.waiting, 0);
  }

  /** Sends the call. The listener hears of an answer or a failure once, and then of its attestation. */
  call(call: PreparedCall, seat: number, deadlineMs: number, listener: CallListener): void {
    const session = this.#session;
    if (session === null) {
      this.counters.failuresTotal += 1;
      listener.onFailure(seat, { code: 'NODE_UNREACHABLE', byNode: false });
      return;
    }
    const pending = new PendingCall(this, session, call, seat, listener, this.#nowMs());
    const { encoded: payload } = call;
    const frame = { sessionId: session.id, sequence: pending.sequence, payload };
    this.#link.socket.request(
      encodeRequest(this.#options.crypto, session.keys.gatewayToNode, frame),
      deadlineMs + LATE_ANSWER_MS,
      pending,
    );
  }

  /** Takes a root that the node published, as bytes. Whatever is not one of ours is ignored. */
  receiveRoot(bytes: Uint8Array): void {
    try {
      const root = decodeSignedRoot(bytes);
      for (const session of this.#sessions()) {
        if (equalBytes(session.id, root.sessionId)) session.ledger.receiveRoot(root);
      }
    } catch (error) {
      if (!(error instanceof StreamSyncError)) throw error;
      this.#options.log.debug({ nodeKey: this.nodeKey }, 'a published root is malformed');
    }
    this.#review();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#helloTimer !== null) clearTimeout(this.#helloTimer);
    if (this.#sweepTimer !== null) clearInterval(this.#sweepTimer);
    this.#link.stop();
    for (const session of this.#sessions()) session.ledger.abandon();
  }

  /** The call's: checks a reply and tells its listener. */
  replied(pending: PendingCall, bytes: Uint8Array): void {
    const { crypto } = this.#options;
    const { session, call, seat, listener, sequence } = pending;
    const reply = openReply({ crypto, sessionId: session.id, keys: session.keys, sequence }, bytes);
    if (reply.kind === 'failed') {
      if (reply.failure.code === 'BAD_MAC') this.counters.badMacsTotal += 1;
      // A refusal is not authentic: it can cost a hello, and nothing else.
      if (reply.sessionUnknown && this.#session === session) this.#sayHelloLater();
      this.#fail(pending, reply.failure);
      return;
    }
    const opened = readAnswer(crypto, reply.payload, call.itemCount);
    if (opened === null) {
      this.#fail(pending, { code: 'MALFORMED_MESSAGE', byNode: false });
      return;
    }
    const receivedAtMs = this.#nowMs();
    const latencyMs = receivedAtMs - pending.sentAtMs;
    const answer = new NodeAnswer({ call, seat, listener, receivedAtMs, latencyMs, ...opened });
    this.counters.answersTotal += 1;
    this.latencies.add(latencyMs);
    // The race first: what it serves does not wait for the books, and it may share the body.
    listener.onAnswer(seat, answer);
    session.ledger.record(answer);
    this.#sweepSoon();
  }

  /** The call's. */
  failed(pending: PendingCall, failure: RequestFailure): void {
    this.#fail(pending, { code: failure, byNode: false });
  }

  #fail(pending: PendingCall, failure: CallFailure): void {
    this.counters.failuresTotal += 1;
    pending.listener.onFailure(pending.seat, failure);
  }

  #dialed(state: DialState, reason: DialFailure | null): void {
    this.#connected = state === 'connected';
    if (state === 'connected') {
      this.#helloRetryMs = HELLO_RETRY_MS_FIRST;
      // The link is assigned after its first state changes; a connection comes later than that.
      this.#sayHello();
    } else if (state === 'waiting') {
      this.#refused = reason === 'certificate-wrong';
      this.#retireSession();
      this.#review();
    }
  }

  #retireSession(): void {
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    if (session.ledger.waiting === 0) return;
    this.#retired.push(session);
    if (this.#retired.length > RETIRED_MAX) this.#abandon(this.#retired[0] as Session);
  }

  #sayHelloLater(): void {
    this.#retireSession();
    this.#review();
    if (this.#helloTimer !== null || this.#helloInFlight || this.#stopped) return;
    this.#helloTimer = setTimeout(() => {
      this.#helloTimer = null;
      this.#sayHello();
    }, this.#helloRetryMs);
    this.#helloRetryMs = Math.min(this.#helloRetryMs * 2, HELLO_RETRY_MS_MAX);
  }

  #sayHello(): void {
    if (this.#helloInFlight || !this.#connected || this.#stopped) return;
    this.#helloInFlight = true;
    this.#retireSession();
    const hello = composeHello(this.#options);
    this.#link.socket.request(hello.bytes, HELLO_DEADLINE_MS, {
      onReply: (bytes) => {
        this.#helloInFlight = false;
        this.#helloReplied(hello, bytes);
      },
      onFailure: () => {
        this.#helloInFlight = false;
        if (this.#connected) this.#sayHelloLater();
      },
    });
  }

  #helloReplied(hello: SentHello, bytes: Uint8Array): void {
    const { crypto, log } = this.#options;
    const outcome = readHelloReply(crypto, hello, this.#expected, bytes);
    this.#refused = outcome.kind === 'refused';
    if (outcome.kind === 'opened') {
      this.#helloRetryMs = HELLO_RETRY_MS_FIRST;
      this.#session = this.#newSession(outcome.sessionId, outcome.keys);
      this.#review();
    } else {
      log.warn({ nodeKey: this.nodeKey, code: outcome.code }, 'a node refused or failed the hello');
      this.#sayHelloLater();
    }
  }

  #newSession(id: Uint8Array, keys: SessionKeys): Session {
    const { crypto, clock, genesisHash, identity, onEvidence } = this.#options;
    const session: Session = {
      id,
      keys,
      sequenceNext: 0,
      ledger: new AnswerLedger({
        crypto,
        clock,
        hasher: this.#hasher,
        nodeKey: this.nodeKey,
        counters: this.counters,
        identity: {
          genesisHash,
          nodeKey: this.#expected.nodeKey,
          sessionId: id,
          gatewayKey: identity.publicKey,
        },
        ask: (leafSequence) => this.#askForRoot(session, leafSequence),
        onContradiction: (evidence) => {
          this.#outUntilMs = this.#nowMs() + CONTRADICTION_MS;
          onEvidence?.(evidence);
        },
      }),
    };
    return session;
  }

  #askForRoot(session: Session, leafSequence: number): void {
    const { crypto } = this.#options;
    const request = encodeRootRequest(crypto, session.keys.gatewayToNode, {
      sessionId: session.id,
      sequence: session.sequenceNext++,
      payload: encodeRootRequestPayload(leafSequence),
    });
    const sequence = session.sequenceNext - 1;
    this.#link.socket.request(request, ROOT_REQUEST_DEADLINE_MS, {
      onReply: (bytes) => this.#rootReplied(session, sequence, bytes),
      onFailure: () => {},
    });
  }

  #rootReplied(session: Session, sequence: number, bytes: Uint8Array): void {
    const { crypto, log } = this.#options;
    const reply = openReply({ crypto, sessionId: session.id, keys: session.keys, sequence }, bytes);
    if (reply.kind === 'failed') {
      if (reply.sessionUnknown) this.#abandon(session);
      return;
    }
    try {
      session.ledger.receiveReply(decodeRootReply(reply.payload));
    } catch (error) {
      if (!(error instanceof StreamSyncError)) throw error;
      log.debug({ nodeKey: this.nodeKey }, 'a root reply is malformed');
    }
    this.#review();
  }

  /** The node no longer has the session: its roots will not come. */
  #abandon(session: Session): void {
    const owed = session.ledger.abandon();
    if (owed > 0) this.#outUntilMs = Math.max(this.#outUntilMs, this.#nowMs() + LOST_ROOTS_MS);
    this.#retired = this.#retired.filter((other) => other !== session);
    if (this.#session === session) this.#sayHelloLater();
    this.#sweepSoon();
  }

  #sweepSoon(): void {
    if (this.#sweepTimer !== null || this.#stopped) return;
    this.#sweepTimer = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#sweepTimer.unref();
  }

  #sweep(): void {
    for (const session of this.#sessions()) session.ledger.sweep();
    this.#retired = this.#retired.filter((session) => session.ledger.waiting > 0);
    this.#review();
    const waiting = this.#sessions().some((session) => session.ledger.waiting > 0);
    if (!waiting && this.#nowMs() >= this.#outUntilMs && this.#sweepTimer !== null) {
      clearInterval(this.#sweepTimer);
      this.#sweepTimer = null;
    }
  }

  #sessions(): Session[] {
    return this.#session === null ? this.#retired : [this.#session, ...this.#retired];
  }

  #review(): void {
    const owes =
      this.#nowMs() < this.#outUntilMs || this.#sessions().some((session) => session.ledger.owes);
    const state = this.#refused
      ? 'REFUSED'
      : owes
        ? 'OWES_ROOT'
        : this.#session === null
          ? 'CONNECTING'
          : 'READY';
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onStateChange?.(state);
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}
