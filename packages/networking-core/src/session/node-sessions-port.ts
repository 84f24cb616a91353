// What a node gives its sessions and gets from them. The handlers of a node see calls and items; the
// hello, MACs, sequences, leaves and roots stay in here.
import type { ErrorCode } from '@streamsync/domain';
import type { Clock, Identity, Log } from '@streamsync/runtime';
import type { Call, CryptoPort, PublicFacts } from '@streamsync/wire';

/** What a node makes of a call: one canonical byte string per item of the call, or an error. */
export type CallOutcome =
  | { readonly kind: 'items'; readonly items: readonly Uint8Array[] }
  | { readonly kind: 'error'; readonly code: ErrorCode; readonly message: string };

export interface NodeSessionsOptions {
  readonly identity: Identity;
  /** The cluster's genesis hash, 32 bytes; a gateway of another cluster is refused. */
  readonly genesisHash: Uint8Array;
  readonly crypto: CryptoPort;
  readonly clock: Clock;
  readonly log: Log;
  /** Sessions at most; beyond it the one that was used least recently ends. */
  readonly sessionsMax: number;
  /** SHA-256 of the certificate that this node serves by TLS, or null on plain TCP. */
  readonly tlsFingerprint: Uint8Array | null;
  /**
   * Answers a call, now or later; the first `reply` counts. The call's operation exists and its item
   * count is within the operations table. Its bytes are views of the request: copy what is kept.
   */
  readonly answer: (call: Call, reply: (outcome: CallOutcome) => void) => void;
  /** What anyone may know: the reply to the public call `node.info`. */
  readonly publicFacts: () => PublicFacts;
  /** Publishes a signed root by the node's PUB socket. */
  readonly publish: (bytes: Uint8Array) => void;
}

export interface NodeSessionsCounters {
  sessionsOpen: number;
  hellosAccepted: number;
  hellosRefused: number;
  answersTotal: number;
  errorAnswersTotal: number;
  refusalsTotal: number;
  badMacsTotal: number;
  replaysTotal: number;
  rootsTotal: number;
  leavesTotal: number;
}

export interface NodeSessions {
  /** Takes one request payload of the REP socket. `reply` is called once, now or later. `host` sent it. */
  handle(payload: Uint8Array, reply: (bytes: Uint8Array) => void, host?: string): void;
  /** Signs and publishes what is pending, then ends every session. */
  stop(): void;
  readonly counters: Readonly<NodeSessionsCounters>;
}
