// Who is there: the last heartbeat and offer of each known node. Transport-free: SP PUB/SUB feeds it
// now, gossip will. Invariant: what it holds was signed by that node, is of this cluster, newer than
// what it replaced, and dated near this clock; a node that is silent for 5 s has no heartbeat.
import { type NodeKey, StreamSyncError } from '@streamsync/domain';
import type { Clock } from '@streamsync/runtime';
import {
  type CryptoPort,
  decodeHeartbeat,
  decodeOffer,
  equalBytes,
  type Heartbeat,
  MESSAGE_KIND,
  type Offer,
  openAnnouncement,
} from '@streamsync/wire';

/** Five heartbeats. */
export const SILENCE_MS_MAX = 5_000;

/** Twice what roots allow: a heartbeat carries no evidence, and its age counts against it anyway. */
const CLOCK_SKEW_MS_MAX = 5_000;

const EXPIRY_SWEEP_MS = 500;

/** What a forwarder does with a message: `reject` counts against who sent it, `ignore` does not. */
export type Verdict = 'accept' | 'ignore' | 'reject';

export interface Member {
  readonly nodeKey: NodeKey;
  /** Null before the first one, and after SILENCE_MS_MAX of silence. */
  readonly heartbeat: Heartbeat | null;
  /** Null before the first one, and after its expiry. */
  readonly offer: Offer | null;
}

/** The port that gossip implements later. */
export interface Membership {
  member(nodeKey: NodeKey): Member | null;
  stop(): void;
}

export interface MembershipOptions {
  /** The nodes that count; others are ignored. */
  readonly nodeKeys: readonly NodeKey[];
  readonly genesisHash: Uint8Array;
  readonly crypto: CryptoPort;
  readonly clock: Clock;
  /** After every heartbeat, offer and expiry of a node. */
  readonly onChange: (nodeKey: NodeKey) => void;
}

export interface MembershipListener extends Membership {
  /** Takes one announcement, as bytes. */
  receive(bytes: Uint8Array): Verdict;
}

interface Entry {
  readonly nodeKey: NodeKey;
  heartbeat: Heartbeat | null;
  offer: Offer | null;
  heartbeatSequence: number;
  offerSequence: number;
  /** Monotonic. */
  heardAtMs: number;
}

export function createMembershipListener(options: MembershipOptions): MembershipListener {
  const { crypto, clock, genesisHash, onChange } = options;
  const entries = new Map<NodeKey, Entry>();
  for (const nodeKey of options.nodeKeys) {
    entries.set(nodeKey, {
      nodeKey,
      heartbeat: null,
      offer: null,
      heartbeatSequence: -1,
      offerSequence: -1,
      heardAtMs: Number.NEGATIVE_INFINITY,
    });
  }

  function takeHeartbeat(entry: Entry, heartbeat: Heartbeat): Verdict {
    if (!equalBytes(heartbeat.genesisHash, genesisHash)) return 'reject';
    if (Math.abs(clock.unixMs() - heartbeat.sentAtMs) > CLOCK_SKEW_MS_MAX) return 'ignore';
    if (heartbeat.sequence <= entry.heartbeatSequence) return 'ignore';
    entry.heartbeatSequence = heartbeat.sequence;
    entry.heartbeat = heartbeat;
    entry.heardAtMs = clock.monotonicMs();
    return 'accept';
  }

  function takeOffer(entry: Entry, offer: Offer): Verdict {
    if (offer.expiresAtMs <= clock.unixMs() || offer.sequence <= entry.offerSequence) {
      return 'ignore';
    }
    entry.offerSequence = offer.sequence;
    entry.offer = offer;
    return 'accept';
  }

  function judge(bytes: Uint8Array): Verdict {
    const announcement = openAnnouncement(crypto, bytes);
    if (announcement === null) return 'reject';
    const nodeKey = Buffer.from(announcement.nodeKey).toString('hex') as NodeKey;
    const entry = entries.get(nodeKey);
    if (entry === undefined) return 'ignore';
    // A message is a view of what the socket read: a copy lives on its own.
    const payload = announcement.payload.slice();
    let verdict: Verdict = 'reject';
    if (announcement.kind === MESSAGE_KIND.heartbeat) {
      verdict = takeHeartbeat(entry, decodeHeartbeat(payload));
    } else if (announcement.kind === MESSAGE_KIND.offer) {
      verdict = takeOffer(entry, decodeOffer(payload));
    }
    if (verdict === 'accept') onChange(nodeKey);
    return verdict;
  }

  const timer = setInterval(() => {
    const nowMs = clock.monotonicMs();
    for (const entry of entries.values()) {
      const silent = entry.heartbeat !== null && nowMs - entry.heardAtMs > SILENCE_MS_MAX;
      const expired = entry.offer !== null && entry.offer.expiresAtMs <= clock.unixMs();
      if (silent) entry.heartbeat = null;
      if (expired) entry.offer = null;
      if (silent || expired) onChange(entry.nodeKey);
    }
  }, EXPIRY_SWEEP_MS);
  timer.unref();

  return {
    receive: (bytes) => {
      try {
        return judge(bytes);
      } catch (error) {
        if (error instanceof StreamSyncError) return 'reject';
        throw error;
      }
    },
    member: (nodeKey) => entries.get(nodeKey) ?? null,
    stop: () => clearInterval(timer),
  };
}
