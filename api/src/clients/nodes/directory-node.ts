// One node of the directory: its session, its subscription, what it announced, and how it does.
import {
  type Blockhash,
  blockhashFromBytes,
  type HistoryRange,
  type NodeKey,
  type OperatorId,
  type Slot,
  type SlotProvenance,
  type Specialisation,
} from '@streamsync/domain';
import {
  type CallListener,
  type Dialed,
  dialSub,
  GatewaySession,
  type GatewaySessionOptions,
  isSignedRoot,
  type Member,
  type PreparedCall,
  PUBLICATION_PREFIXES,
  type SubSocket,
} from '@streamsync/networking-core';
import { PUBLISHED_FRAME_BYTES_MAX } from '@streamsync/wire';
import type { MarketNode, NodePin } from '../../market/ports.ts';
import type { NodeView } from '../../pipeline/ports.ts';
import type { CallFate, RacerNode } from '../../racing/ports.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { Peer } from './peer.ts';

/** A node this many slots behind the tip is shown as STALE; its pins keep it out of races anyway. */
const STALE_SLOTS = 150n;

/** Base58 texts of the pins' blockhashes: 32 of each node, nearly all of them the same. */
const BLOCKHASH_TEXTS_MAX = 4_096;

/** Base58 costs more than all the rest of a heartbeat: the network shares one text per blockhash. */
export class BlockhashTexts {
  readonly #texts = new Map<string, Blockhash>();

  of(bytes: Uint8Array): Blockhash {
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const text = blockhashFromBytes(bytes);
    if (this.#texts.size >= BLOCKHASH_TEXTS_MAX) this.#texts.clear();
    this.#texts.set(key, text);
    return text;
  }
}

type SessionSettings = Omit<
  GatewaySessionOptions,
  'address' | 'nodeKey' | 'tlsFingerprint' | 'onStateChange'
>;

export interface DirectoryNodeOptions extends SessionSettings {
  readonly peer: Peer;
  readonly blockhashTexts: BlockhashTexts;
  /** Takes a heartbeat or an offer, as bytes. */
  readonly onAnnouncement: (bytes: Uint8Array) => void;
  /** After it has become ready, or is not ready any more. */
  readonly onReadiness: () => void;
  /** Whether its pool can do without it for a while. */
  readonly mayLeave: (node: DirectoryNode) => boolean;
}

export class DirectoryNode implements MarketNode, RacerNode {
  readonly peer: Peer;
  readonly nodeKey: NodeKey;
  readonly operator: OperatorId;
  readonly specialisation: Specialisation;
  readonly operatorWeight: number;
  readonly #session: GatewaySession;
  readonly #subscription: Dialed<SubSocket>;
  readonly #blockhashTexts: BlockhashTexts;
  readonly #breaker: CircuitBreaker;
  readonly #options: Pick<DirectoryNodeOptions, 'log' | 'onReadiness' | 'mayLeave'>;
  #outTimer: NodeJS.Timeout | null = null;
  #member: Member | null = null;
  #pins: readonly NodePin[] = [];
  #racesWon = 0;

  constructor(options: DirectoryNodeOptions) {
    const { peer, blockhashTexts, onAnnouncement, onReadiness, mayLeave, ...session } = options;
    this.peer = peer;
    this.nodeKey = peer.nodeKey;
    this.operator = peer.operator;
    this.specialisation = peer.specialisation;
    this.operatorWeight = peer.weight ?? 1;
    this.#blockhashTexts = blockhashTexts;
    this.#breaker = new CircuitBreaker(options.clock);
    this.#options = { log: options.log, onReadiness, mayLeave };
    const { tlsFingerprint } = peer;
    this.#session = new GatewaySession({
      ...session,
      address: peer.address,
      nodeKey: peer.nodeKey,
      onStateChange: onReadiness,
      ...(tlsFingerprint === undefined ? {} : { tlsFingerprint }),
    });
    this.#subscription = dialSub({
      address: peer.publishAddress,
      frameBytesMax: PUBLISHED_FRAME_BYTES_MAX,
      ...(tlsFingerprint === undefined ? {} : { tls: { fingerprintSha256: tlsFingerprint } }),
      prefixes: PUBLICATION_PREFIXES,
      onMessage: (bytes) => {
        if (isSignedRoot(bytes)) this.#session.receiveRoot(bytes);
        else onAnnouncement(bytes);
      },
    });
  }

  get ready(): boolean {
    return this.#session.state === 'READY' && this.#pins.length > 0 && this.#breaker.admits;
  }

  /** Ready, and not just to be tried after it failed. */
  get dependable(): boolean {
    return this.ready && this.#breaker.closed;
  }

  get pins(): readonly NodePin[] {
    return this.#pins;
  }

  get appliedSlot(): Slot | null {
    return (this.#pins.at(-1)?.slot ?? null) as Slot | null;
  }

  get historySlotFirst(): Slot | null {
    return (this.#member?.heartbeat?.historySlotFirst ?? null) as Slot | null;
  }

  get historyRanges(): readonly HistoryRange[] {
    return this.#member?.heartbeat?.historyRanges ?? [];
  }

  get provenance(): SlotProvenance | null {
    return this.#member?.heartbeat?.provenance ?? null;
  }

  call(call: PreparedCall, seat: number, deadlineMs: number, listener: CallListener): void {
    if (this.#breaker.called()) this.#options.onReadiness();
    this.#session.call(call, seat, deadlineMs, listener);
  }

  fared(fate: CallFate): void {
    switch (fate) {
      case 'answered':
        if (this.#breaker.succeeded()) this.#options.onReadiness();
        return;
      case 'unknown':
        if (this.#breaker.unknown()) this.#options.onReadiness();
        return;
      default:
        this.#leaveFor(this.#breaker.failed(() => this.#options.mayLeave(this)));
    }
  }

  /** Answers whose root is still to come. */
  get answersWaiting(): number {
    return this.#session.waiting;
  }

  won(): void {
    this.#racesWon += 1;
  }

  /** What the membership holds of this node now. */
  announced(member: Member | null): void {
    this.#member = member;
    this.#pins = (member?.heartbeat?.pins ?? []).map(({ slot, blockhash }) => ({
      slot,
      blockhash: this.#blockhashTexts.of(blockhash),
    }));
  }

  view(tip: Slot | null): NodeView {
    const { counters } = this.#session;
    return {
      nodeKey: this.nodeKey,
      operator: this.operator,
      specialisation: this.specialisation,
      address: this.peer.address,
      state: this.#state(tip),
      appliedSlot: this.appliedSlot,
      historySlotFirst: this.historySlotFirst,
      historyRanges: this.historyRanges,
      provenance: this.provenance,
      bidNanoUsd: this.#member?.offer?.bidNanoUsd ?? null,
      loadPermille: this.#member?.heartbeat?.loadPermille ?? null,
      latencyP50Ms: this.#session.latencies.median(),
      racesWon: this.#racesWon,
      answersTotal: counters.answersTotal,
      failuresTotal: counters.failuresTotal,
    };
  }

  stop(): void {
    if (this.#outTimer !== null) clearTimeout(this.#outTimer);
    this.#session.stop();
    this.#subscription.stop();
  }

  /** @param outMs null where it stays as it is */
  #leaveFor(outMs: number | null): void {
    if (outMs === null) return;
    const { log, onReadiness } = this.#options;
    log.warn({ nodeKey: this.nodeKey, outMs }, 'a node failed too often and leaves its pool');
    if (this.#outTimer !== null) clearTimeout(this.#outTimer);
    // A timer may be early by a part of a millisecond.
    this.#outTimer = setTimeout(onReadiness, outMs + 1);
    this.#outTimer.unref();
    onReadiness();
  }

  #state(tip: Slot | null): NodeView['state'] {
    const { state } = this.#session;
    if (state !== 'READY') return state;
    if (!this.#breaker.admits) return 'TRIPPED';
    const { appliedSlot } = this;
    if (appliedSlot === null) return 'STALE';
    return tip !== null && appliedSlot + STALE_SLOTS < tip ? 'STALE' : 'READY';
  }
}
