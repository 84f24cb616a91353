// What a node tells of itself: signed heartbeats at every applied slot and at least every second, and
// its offer every few seconds. Invariant: sequence numbers only grow, also over a restart.
import type { HistoryRange, SlotProvenance, Specialisation } from '@streamsync/domain';
import type { Clock, Identity } from '@streamsync/runtime';
import {
  type CryptoPort,
  encodeHeartbeat,
  encodeOffer,
  HEARTBEAT_PINS_MAX,
  HEARTBEAT_RANGES_MAX,
  type HeartbeatPin,
} from '@streamsync/wire';

/** A fifth of the silence after which a node counts as gone. */
export const HEARTBEAT_MS_MAX = 1_000;

/** A gateway that joins waits no longer than this for the offer. */
const OFFER_MS = 3_000;

/** Five offers may be lost. */
const OFFER_VALID_MS = 15_000;

export interface AnnouncerOptions {
  readonly identity: Identity;
  /** The cluster's genesis hash, 32 bytes. */
  readonly genesisHash: Uint8Array;
  readonly crypto: CryptoPort;
  readonly clock: Clock;
  readonly operator: string;
  readonly specialisation: Specialisation;
  /** Where the node listens for requests. */
  readonly address: string;
  readonly capacityMilliUnitsPerSecond: number;
  readonly bidNanoUsd: bigint;
  readonly provenance: () => SlotProvenance;
  /** Applied slots that can be answered at, oldest first; the newest HEARTBEAT_PINS_MAX are told. */
  readonly pins: () => readonly HeartbeatPin[];
  readonly historySlotFirst: () => bigint;
  /** Stretches of history that are held, ascending; the newest HEARTBEAT_RANGES_MAX are told. */
  readonly historyRanges: () => readonly HistoryRange[];
  readonly loadPermille: () => number;
  /** Publishes by the node's PUB socket; gossip takes its place later. */
  readonly publish: (bytes: Uint8Array) => void;
}

export interface Announcer {
  /** Call it after every applied slot: the heartbeat goes out at once. */
  slotApplied(): void;
  stop(): void;
}

export function startAnnouncer(options: AnnouncerOptions): Announcer {
  const { identity, genesisHash, crypto, clock, operator, publish } = options;
  const signer = { seed: identity.seed, nodeKey: identity.publicKey };
  // Later than every number of an earlier run, which counted up from its own start far more slowly.
  let sequence = clock.unixMs();
  let heartbeatAtMs = Number.NEGATIVE_INFINITY;

  function heartbeat(): void {
    heartbeatAtMs = clock.monotonicMs();
    sequence += 1;
    publish(
      encodeHeartbeat(crypto, signer, {
        operator,
        genesisHash,
        sequence,
        sentAtMs: clock.unixMs(),
        provenance: options.provenance(),
        pins: options.pins().slice(-HEARTBEAT_PINS_MAX),
        historySlotFirst: options.historySlotFirst(),
        historyRanges: options.historyRanges().slice(-HEARTBEAT_RANGES_MAX),
        loadPermille: options.loadPermille(),
      }),
    );
  }

  function offer(): void {
    sequence += 1;
    publish(
      encodeOffer(crypto, signer, {
        operator,
        specialisation: options.specialisation,
        address: options.address,
        capacityMilliUnitsPerSecond: options.capacityMilliUnitsPerSecond,
        bidNanoUsd: options.bidNanoUsd,
        sequence,
        expiresAtMs: clock.unixMs() + OFFER_VALID_MS,
      }),
    );
  }

  heartbeat();
  offer();
  const heartbeatTimer = setInterval(() => {
    if (clock.monotonicMs() - heartbeatAtMs >= HEARTBEAT_MS_MAX / 2) heartbeat();
  }, HEARTBEAT_MS_MAX / 2);
  const offerTimer = setInterval(offer, OFFER_MS);
  heartbeatTimer.unref();
  offerTimer.unref();
  return {
    slotApplied: heartbeat,
    stop: () => {
      clearInterval(heartbeatTimer);
      clearInterval(offerTimer);
    },
  };
}
