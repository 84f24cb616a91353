// A node for tests: real SP sockets, real sessions, real heartbeats, answers from a function, and one
// fault. Invariant: `stop` leaves no socket and no timer.
import { randomBytes } from 'node:crypto';
import type { NodeKey, OperatorId, Specialisation } from '@streamsync/domain';
import {
  type Announcer,
  type CallOutcome,
  createNodeSessions,
  listenPub,
  listenRep,
  type NodeSessions,
  parseSpAddress,
  type Reply,
  type SpPeer,
  startAnnouncer,
} from '@streamsync/networking-core';
import {
  type Identity,
  identityFromSeed,
  nativeCrypto,
  silentLog,
  systemClock,
} from '@streamsync/runtime';
import {
  ANSWER_FRAME_BYTES_MAX,
  type Call,
  decodeSignedRoot,
  encodeSignedRoot,
  type HeartbeatPin,
  MESSAGE_KIND,
  messageKind,
  REQUEST_FRAME_BYTES_MAX,
  signRoot,
} from '@streamsync/wire';
import { type Fault, INFLATED_SLOTS } from './faults.ts';
import { startIdSpoilingProxy } from './id-spoiling-proxy.ts';
import { tamperingCrypto } from './tampering-crypto.ts';

/** Later than any deadline that the tests give a race, and soon enough to be seen as late. */
const LATE_MS_DEFAULT = 600;

/** One for all nodes of a process: filling 16 MB for each request would hold up everybody else. */
let oversized: Buffer | null = null;

export interface FaultyNodeOptions {
  readonly fault: Fault;
  readonly operator: string;
  readonly specialisation: Specialisation;
  readonly genesisHash: Uint8Array;
  /** What an honest node would answer. */
  readonly answer: (call: Call) => CallOutcome;
  /** Slots that it says that it has applied, oldest first. */
  readonly pins: () => readonly HeartbeatPin[];
  readonly historySlotFirst?: bigint;
  readonly lateMs?: number;
  /** The bit that a lie changes, from 0 to 7: liars with the same one tell the same lie. */
  readonly lieBit?: number;
  readonly identity?: Identity;
  /** What its heartbeats say; the configuration's word counts. */
  readonly claimedOperator?: string;
}

export interface FaultyNode {
  readonly peer: {
    readonly nodeKey: NodeKey;
    readonly operator: OperatorId;
    readonly specialisation: Specialisation;
    readonly address: string;
    readonly publishAddress: string;
  };
  /** May be changed while it runs, to all but `wrong-request-id`. */
  fault: Fault;
  readonly sessions: NodeSessions;
  /** Requests that it took. */
  readonly requests: number;
  /** Publishes a heartbeat now. */
  slotApplied(): void;
  stop(): Promise<void>;
}

export async function startFaultyNode(options: FaultyNodeOptions): Promise<FaultyNode> {
  const { genesisHash, operator, specialisation, lateMs = LATE_MS_DEFAULT, lieBit = 0 } = options;
  const identity = options.identity ?? identityFromSeed(nativeCrypto.randomBytes(32));
  const state = { fault: options.fault, requests: 0, firstAnswer: null as Uint8Array | null };
  const timers = new Set<NodeJS.Timeout>();
  const pub = await listenPub({ address: 'tcp://127.0.0.1:0' });

  function publishRoot(bytes: Uint8Array): void {
    if (state.fault === 'owes-roots') return;
    if (state.fault !== 'wrong-root') {
      pub.socket.publish(bytes);
      return;
    }
    const root = decodeSignedRoot(bytes);
    const other = { ...root, root: nativeCrypto.sha256(root.root) };
    pub.socket.publish(encodeSignedRoot(signRoot(nativeCrypto, identity.seed, other)));
  }

  const sessions = createNodeSessions({
    identity,
    genesisHash,
    crypto: tamperingCrypto(nativeCrypto, () => state.fault === 'inflated-slot'),
    clock: systemClock,
    log: silentLog,
    sessionsMax: 16,
    tlsFingerprint: null,
    answer: (call, reply) => {
      const outcome = options.answer(call);
      reply(state.fault === 'lies' ? lieOf(outcome, lieBit) : outcome);
    },
    publicFacts: () => ({ operator, specialisation }),
    publish: publishRoot,
  });

  function send(reply: Reply, bytes: Uint8Array): void {
    const isAnswer = messageKind(bytes) === MESSAGE_KIND.answer;
    if (!isAnswer) {
      reply.send(bytes);
      return;
    }
    switch (state.fault) {
      case 'silent':
        return;
      case 'late': {
        const timer = setTimeout(() => {
          timers.delete(timer);
          reply.send(bytes);
        }, lateMs);
        timers.add(timer);
        return;
      }
      case 'garbage':
        reply.send(randomBytes(bytes.length));
        return;
      case 'oversized-frame':
        oversized ??= Buffer.alloc(ANSWER_FRAME_BYTES_MAX + 1);
        reply.send(oversized);
        return;
      case 'replayed-answer':
        state.firstAnswer ??= bytes.slice();
        reply.send(state.firstAnswer);
        return;
      case 'unsigned-answer': {
        const spoiled = bytes.slice();
        const last = spoiled.length - 1;
        spoiled[last] = (spoiled[last] as number) ^ 1;
        reply.send(spoiled);
        return;
      }
      default:
        reply.send(bytes);
    }
  }

  function handle(request: Uint8Array, reply: Reply, peer: SpPeer): void {
    const kind = messageKind(request);
    if (kind === MESSAGE_KIND.request) state.requests += 1;
    if (kind === MESSAGE_KIND.request && state.fault === 'dies-in-race') {
      peer.close();
      void rep.stop();
      return;
    }
    if (kind === MESSAGE_KIND.rootRequest && state.fault === 'owes-roots') {
      reply.drop();
      return;
    }
    sessions.handle(request, (bytes) => send(reply, bytes));
  }

  const rep = await listenRep({
    address: 'tcp://127.0.0.1:0',
    // Its own limit is far above the gateway's, so that it can break that.
    frameBytesMax: Math.max(REQUEST_FRAME_BYTES_MAX, 2 * ANSWER_FRAME_BYTES_MAX),
    handler: handle,
  });
  // Only where it is needed: a request passes through one socket less otherwise.
  const proxy =
    options.fault === 'wrong-request-id'
      ? await startIdSpoilingProxy(
          parseSpAddress(rep.address),
          () => state.fault === 'wrong-request-id' && state.requests > 0,
        )
      : null;
  const address = proxy === null ? rep.address : `tcp://127.0.0.1:${proxy.port}`;
  const announcer: Announcer = startAnnouncer({
    identity,
    genesisHash,
    crypto: nativeCrypto,
    clock: systemClock,
    operator: options.claimedOperator ?? operator,
    specialisation,
    address,
    capacityMilliUnitsPerSecond: 1_000_000,
    bidNanoUsd: 100n,
    provenance: () => 'STREAMED',
    pins: () => {
      const pins = options.pins();
      const newest = pins.at(-1);
      if (state.fault !== 'inflated-slot' || newest === undefined) return pins;
      return [...pins, { slot: newest.slot + INFLATED_SLOTS, blockhash: randomBytes(32) }];
    },
    historySlotFirst: () => options.historySlotFirst ?? options.pins()[0]?.slot ?? 0n,
    historyRanges: () => [],
    loadPermille: () => 0,
    publish: (bytes) => void pub.socket.publish(bytes),
  });

  return {
    peer: {
      nodeKey: identity.nodeKey,
      operator: operator as OperatorId,
      specialisation,
      address,
      publishAddress: pub.address,
    },
    get fault() {
      return state.fault;
    },
    set fault(fault: Fault) {
      state.fault = fault;
    },
    get requests() {
      return state.requests;
    },
    sessions,
    slotApplied: () => announcer.slotApplied(),
    stop: async () => {
      for (const timer of timers) clearTimeout(timer);
      announcer.stop();
      sessions.stop();
      await Promise.all([proxy?.stop(), rep.stop(), pub.stop()]);
    },
  };
}

/** The same answer with one bit of its last item's last byte changed. */
function lieOf(outcome: CallOutcome, bit: number): CallOutcome {
  if (outcome.kind === 'error') return outcome;
  const items = outcome.items.map((item) => item.slice());
  const last = items.at(-1);
  if (last !== undefined) last[last.length - 1] = (last.at(-1) as number) ^ (1 << bit);
  return { kind: 'items', items };
}
