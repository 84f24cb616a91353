// The gateway's nodes: a session and a subscription for each peer of the configuration, what they
// announce, and how they do. Invariant: operator, pool and key of a node are the configuration's
// word; what a node says of itself can lose it a place, and never win it another's.
import {
  type Address,
  addressFromBytes,
  type NodeKey,
  type OperatorId,
  type Slot,
  SPECIALISATIONS,
  type Specialisation,
} from '@streamsync/domain';
import { createMembershipListener, type LedgerEvidence } from '@streamsync/networking-core';
import type { Clock, Identity, Log } from '@streamsync/runtime';
import type { CryptoPort } from '@streamsync/wire';
import type { MarketSource } from '../../market/ports.ts';
import type { NetworkPort, NodeView } from '../../pipeline/ports.ts';
import { BlockhashTexts, DirectoryNode } from './directory-node.ts';
import type { Peer } from './peer.ts';

/** A majority of the default race of three. */
const OPERATORS_MIN = 2;

/**
 * A default race of them stays in a pool, whoever fails: should the fault be the gateway's own, as
 * with a process that stood still, it must not empty its pools by it.
 */
const OPERATORS_KEPT = 3;

export interface NodeDirectoryOptions {
  readonly peers: readonly Peer[];
  readonly identity: Identity;
  /** The cluster's genesis hash, 32 bytes. */
  readonly genesisHash: Uint8Array;
  readonly crypto: CryptoPort;
  readonly clock: Clock;
  readonly log: Log;
  /** The gateway's own view of the chain, where it has one. */
  readonly chainTip?: () => Slot | null;
  /** After every change of a node that matters to the pools. */
  readonly onChange: () => void;
  readonly onEvidence?: (evidence: LedgerEvidence) => void;
}

export interface NodeDirectory extends NetworkPort, MarketSource<DirectoryNode> {
  /** Resolves true when `count` nodes (all by default) are READY, false after `deadlineMs`. */
  ready(deadlineMs: number, count?: number): Promise<boolean>;
  stop(): void;
}

/** Starts to dial every peer. */
export function createNodeDirectory(options: NodeDirectoryOptions): NodeDirectory {
  return new Directory(options);
}

class Directory implements NodeDirectory {
  readonly genesisHash: Address;
  readonly gatewayKey: NodeKey;
  readonly #options: NodeDirectoryOptions;
  readonly #nodes = new Map<NodeKey, DirectoryNode>();
  readonly #membership: ReturnType<typeof createMembershipListener>;
  readonly #waiters = new Set<() => void>();

  constructor(options: NodeDirectoryOptions) {
    const { peers, identity, genesisHash, crypto, clock, log, onEvidence } = options;
    this.#options = options;
    this.genesisHash = addressFromBytes(genesisHash);
    this.gatewayKey = identity.nodeKey;
    this.#membership = createMembershipListener({
      nodeKeys: peers.map(({ nodeKey }) => nodeKey),
      genesisHash,
      crypto,
      clock,
      onChange: (nodeKey) => this.#announced(nodeKey),
    });
    const blockhashTexts = new BlockhashTexts();
    for (const peer of peers) {
      const node = new DirectoryNode({
        peer,
        blockhashTexts,
        identity,
        genesisHash,
        crypto,
        clock,
        log,
        onReadiness: () => this.#changed(),
        mayLeave: (leaver) => this.#operatorsBeside(leaver) >= OPERATORS_KEPT,
        onAnnouncement: (bytes) => void this.#membership.receive(bytes),
        ...(onEvidence === undefined ? {} : { onEvidence }),
      });
      this.#nodes.set(peer.nodeKey, node);
    }
  }

  nodes(): readonly NodeView[] {
    const tip = this.tip();
    return [...this.#nodes.values()].map((node) => node.view(tip));
  }

  marketNodes(): readonly DirectoryNode[] {
    return [...this.#nodes.values()];
  }

  chainTip(): Slot | null {
    return this.#options.chainTip?.() ?? null;
  }

  /** The gateway's own view of the chain, else the median over operators of what they have applied. */
  tip(): Slot | null {
    const seen = this.chainTip();
    if (seen !== null) return seen;
    const highest = new Map<string, Slot>();
    for (const node of this.#nodes.values()) {
      const applied = node.appliedSlot;
      const known = highest.get(node.operator);
      if (applied !== null && (known === undefined || applied > known)) {
        highest.set(node.operator, applied);
      }
    }
    const slots = [...highest.values()].sort((left, right) => (left < right ? -1 : 1));
    // The lower of two: with an even number of operators the higher one could be one claim.
    return slots[Math.floor((slots.length - 1) / 2)] ?? null;
  }

  readyPools(): readonly Specialisation[] {
    return SPECIALISATIONS.filter((specialisation) => {
      const operators = new Set<OperatorId>();
      for (const node of this.#nodes.values()) {
        if (node.ready && node.specialisation === specialisation) operators.add(node.operator);
      }
      return operators.size >= OPERATORS_MIN;
    });
  }

  ready(deadlineMs: number, count: number = this.#nodes.size): Promise<boolean> {
    const enough = (): boolean => this.marketNodes().filter(({ ready }) => ready).length >= count;
    if (enough()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (ready: boolean): void => {
        clearTimeout(timer);
        this.#waiters.delete(check);
        resolve(ready);
      };
      const check = (): void => {
        if (enough()) settle(true);
      };
      const timer = setTimeout(() => settle(false), deadlineMs);
      this.#waiters.add(check);
    });
  }

  stop(): void {
    this.#membership.stop();
    for (const node of this.#nodes.values()) node.stop();
  }

  #announced(nodeKey: NodeKey): void {
    this.#nodes.get(nodeKey)?.announced(this.#membership.member(nodeKey));
    this.#changed();
  }

  /** Distinct operators that race in its pool without it; one that is yet to be tried may fail. */
  #operatorsBeside(leaver: DirectoryNode): number {
    const operators = new Set<OperatorId>();
    for (const node of this.#nodes.values()) {
      const inPool = node.specialisation === leaver.specialisation;
      if (node !== leaver && inPool && node.dependable) operators.add(node.operator);
    }
    return operators.size;
  }

  #changed(): void {
    this.#options.onChange();
    for (const check of this.#waiters) check();
  }
}
