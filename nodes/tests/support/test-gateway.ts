// A gateway's side of one node, over real sockets: a session, and what the node announces.
import { addressBytes, type Blockhash, type NodeKey, type OperationName } from '@streamsync/domain';
import {
  createMembershipListener,
  type Dialed,
  dialSub,
  GatewaySession,
  isSignedRoot,
  type MembershipListener,
  PreparedCall,
  PUBLICATION_PREFIXES,
  type SubSocket,
} from '@streamsync/networking-core';
import { identityFromSeed, nativeCrypto, silentLog, systemClock } from '@streamsync/runtime';
import type { Heartbeat, HeartbeatPin, Offer } from '@streamsync/wire';
import { until } from './until.ts';

export interface ReadyNode {
  readonly name: string;
  readonly nodeKey: NodeKey;
  readonly specialisation: string;
  readonly address: string;
  readonly publishAddress: string;
}

export type CallResult =
  | {
      readonly kind: 'items';
      readonly items: readonly Uint8Array[];
      readonly attested: Promise<boolean>;
    }
  | { readonly kind: 'failed'; readonly code: string; readonly byNode: boolean };

const CALL_DEADLINE_MS = 5_000;

export class TestGateway {
  readonly #session: GatewaySession;
  readonly #subscription: Dialed<SubSocket>;
  readonly #membership: MembershipListener;
  readonly #nodeKey: NodeKey;

  constructor(
    node: ReadyNode,
    genesisHash: string,
    { tlsFingerprint }: { readonly tlsFingerprint?: string } = {},
  ) {
    const genesis = addressBytes(genesisHash as Blockhash);
    const common = { genesisHash: genesis, crypto: nativeCrypto, clock: systemClock };
    this.#nodeKey = node.nodeKey;
    this.#session = new GatewaySession({
      ...common,
      address: node.address,
      nodeKey: node.nodeKey,
      ...(tlsFingerprint === undefined ? {} : { tlsFingerprint }),
      identity: identityFromSeed(nativeCrypto.randomBytes(32)),
      log: silentLog,
    });
    this.#membership = createMembershipListener({
      ...common,
      nodeKeys: [node.nodeKey],
      onChange: () => {},
    });
    this.#subscription = dialSub({
      address: node.publishAddress,
      ...(tlsFingerprint === undefined ? {} : { tls: { fingerprintSha256: tlsFingerprint } }),
      prefixes: PUBLICATION_PREFIXES,
      onMessage: (message) => {
        if (isSignedRoot(message)) this.#session.receiveRoot(message);
        else this.#membership.receive(message);
      },
    });
  }

  get heartbeat(): Heartbeat | null {
    return this.#membership.member(this.#nodeKey)?.heartbeat ?? null;
  }

  get offer(): Offer | null {
    return this.#membership.member(this.#nodeKey)?.offer ?? null;
  }

  /** The node's newest announced pin, at or above `slot`. */
  pin(slot = 0n): Promise<HeartbeatPin> {
    return until(`a pin at ${slot} or above`, () => {
      const newest = this.heartbeat?.pins.at(-1);
      return newest !== undefined && newest.slot >= slot ? newest : null;
    });
  }

  async call(
    operation: OperationName,
    pin: HeartbeatPin,
    ...items: readonly Uint8Array[]
  ): Promise<CallResult> {
    await until('a session', () => this.#session.state === 'READY');
    const call = new PreparedCall(nativeCrypto, {
      queryId: nativeCrypto.randomBytes(16),
      operation,
      slot: pin.slot,
      blockhash: pin.blockhash,
      budgetMs: CALL_DEADLINE_MS,
      items,
    });
    return new Promise((resolve) => {
      let settle: (attested: boolean) => void = () => {};
      const attested = new Promise<boolean>((settled) => {
        settle = settled;
      });
      this.#session.call(call, 0, CALL_DEADLINE_MS, {
        onAnswer: (_seat, answer) => resolve({ kind: 'items', items: answer.body.items, attested }),
        onFailure: (_seat, { code, byNode }) => resolve({ kind: 'failed', code, byNode }),
        onAttested: (_seat, each) => settle(each),
      });
    });
  }

  stop(): void {
    this.#session.stop();
    this.#subscription.stop();
    this.#membership.stop();
  }
}
