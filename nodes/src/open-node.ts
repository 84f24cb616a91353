// One node: an identity, a store, sessions for gateways, two sockets, and what it announces.
import { OPERATIONS, type OperationName, type Slot } from '@streamsync/domain';
import { createNodeSessions, startAnnouncer } from '@streamsync/networking-core';
import { type Clock, type Identity, type Log, nativeCrypto } from '@streamsync/runtime';
import { HEARTBEAT_PINS_MAX, type PublicFacts } from '@streamsync/wire';
import type { NodeConfig } from './config/schema.ts';
import { createCallHandler } from './handlers/answer-call.ts';
import { delayed } from './handlers/delayed.ts';
import { blockhashBytesOf } from './handlers/pin-of.ts';
import type { NodeReading, OperatorMetrics } from './http/node-metrics.ts';
import type { IngestReading } from './ingest/ingest-progress.ts';
import { progressFacts } from './ingest/progress-facts.ts';
import { createTokenBucket } from './load/token-bucket.ts';
import type { SpecialisedStore } from './specialisations/specialisation.ts';
import { listenNode, type NodeSockets, readTls } from './transport/listen-node.ts';

/** For answers that a debug delay holds back; others are sent in the tick that asked. */
const DRAIN_MS = 2_000;
const MILLI = 1_000;

export interface OpenNodeOptions {
  readonly operator: string;
  readonly node: NodeConfig;
  readonly identity: Identity;
  readonly genesisHash: Uint8Array;
  readonly store: SpecialisedStore;
  /** How the ingest of the process stands. */
  readonly ingest: () => IngestReading;
  readonly delayMs: number;
  readonly metrics: OperatorMetrics;
  readonly clock: Clock;
  readonly log: Log;
}

export interface OpenNode {
  readonly address: string;
  readonly publishAddress: string;
  /** Told that the store has slots up to this one on disk, so that they may be announced. */
  slotJournaled(slot: Slot): void;
  /** Told that the slots above this one are undone; null: all. */
  rolledBack(slot: Slot | null): void;
  stop(): Promise<void>;
}

/** @throws StreamSyncError PORT_BUSY, CONFIG_INVALID */
export async function openNode(options: OpenNodeOptions): Promise<OpenNode> {
  const { operator, node, identity, genesisHash, store, clock, log } = options;
  const { chain } = store;
  const tls = readTls(node);
  const capacity = createTokenBucket({
    capacityMilliUnitsPerSecond: node.capacityUnitsPerSecond * MILLI,
    clock,
    requestMilliUnitsMax: requestMilliUnitsMax(store),
  });
  let journaledAtMs: number | null = null;
  // What a store opens with was read from its disk.
  let journaledSlot: Slot | null = chain.cursor;

  const lagMs = (): number | null =>
    journaledAtMs === null ? null : Math.round(clock.monotonicMs() - journaledAtMs);
  const reading = (): NodeReading => {
    const { accounts, transactions, accountBytes, journalPending } = chain.stats();
    return {
      appliedSlot: Number(chain.cursor ?? 0n),
      lagSeconds: (lagMs() ?? 0) / MILLI,
      accounts,
      transactions,
      itemBytes: accountBytes,
      journalPending,
      sessions: sessions.counters.sessionsOpen,
      loadPermille: capacity.loadPermille(),
    };
  };
  const count = options.metrics.node(
    { node: node.name, specialisation: node.specialisation },
    reading,
  );

  const publicFacts = (): PublicFacts => {
    const { accounts, transactions, sessions: sessionsOpen, loadPermille } = reading();
    const tip = chain.timeline.tip;
    const lag = lagMs();
    return {
      nodeKey: identity.nodeKey,
      operator,
      name: node.name,
      specialisation: node.specialisation,
      operations: operationNames(store).join(' '),
      genesisHash: Buffer.from(genesisHash).toString('hex'),
      address: sockets?.address ?? null,
      publishAddress: sockets?.publishAddress ?? null,
      appliedSlot: tip?.slot ?? null,
      appliedBlockhash: tip?.blockhash ?? null,
      provenance: tip?.provenance ?? null,
      historySlotFirst: store.historySlotFirst(),
      lagMs: lag === null ? null : BigInt(lag),
      accounts: BigInt(accounts),
      transactions: BigInt(transactions),
      sessions: BigInt(sessionsOpen),
      loadPermille: BigInt(loadPermille),
      capacityUnitsPerSecond: BigInt(node.capacityUnitsPerSecond),
      bidNanoUsd: BigInt(node.bidNanoUsd),
      ...progressFacts(options.ingest()),
    };
  };

  let sockets: NodeSockets | null = null;
  const sessions = createNodeSessions({
    identity,
    genesisHash,
    crypto: nativeCrypto,
    clock,
    log,
    sessionsMax: node.sessionsMax,
    tlsFingerprint: tls?.fingerprint ?? null,
    answer: delayed(
      createCallHandler({
        timeline: chain.timeline,
        operations: store.operations,
        operationsLater: store.operationsLater,
        capacity,
        clock,
        log,
        count,
      }),
      options.delayMs,
    ),
    publicFacts,
    publish: (bytes) => sockets?.publish(bytes),
  });
  try {
    sockets = await listenNode({
      node,
      tls,
      handle: (payload, reply, host) => sessions.handle(payload, reply, host),
      log,
    });
  } catch (error) {
    sessions.stop();
    throw error;
  }
  const opened = sockets;
  const { address, publishAddress } = opened;
  const announcer = startAnnouncer({
    identity,
    genesisHash,
    crypto: nativeCrypto,
    clock,
    operator,
    specialisation: node.specialisation,
    address,
    capacityMilliUnitsPerSecond: node.capacityUnitsPerSecond * MILLI,
    bidNanoUsd: BigInt(node.bidNanoUsd),
    provenance: () => chain.timeline.tip?.provenance ?? 'POLLED',
    pins: () =>
      chain.timeline
        .applied()
        .filter(({ slot }) => journaledSlot !== null && slot <= journaledSlot)
        .slice(-HEARTBEAT_PINS_MAX)
        .map((applied) => ({ slot: applied.slot, blockhash: blockhashBytesOf(applied) })),
    historySlotFirst: () => store.historySlotFirst() ?? 0n,
    historyRanges: () => store.historyRanges(),
    loadPermille: () => capacity.loadPermille(),
    publish: opened.publish,
  });
  return {
    address,
    publishAddress,
    slotJournaled: (slot) => {
      journaledAtMs = clock.monotonicMs();
      journaledSlot = slot;
      announcer.slotApplied();
    },
    rolledBack: (slot) => {
      journaledSlot = slot;
      announcer.slotApplied();
    },
    stop: async () => {
      announcer.stop();
      await opened.drain(DRAIN_MS);
      // Signs and publishes the roots of the last answers, so that they are paid.
      sessions.stop();
      await opened.stop();
    },
  };
}

/** The dearest call that the store answers: an operation's cost times the items that it takes. */
function requestMilliUnitsMax(store: SpecialisedStore): number {
  return Math.max(
    ...operationNames(store).map(
      (name) => OPERATIONS[name].class.costMilliUnits * OPERATIONS[name].itemsMax,
    ),
  );
}

function operationNames(store: SpecialisedStore): OperationName[] {
  return Object.keys({ ...store.operations, ...store.operationsLater }) as OperationName[];
}
