// What subscriptions need of the other rooms, and the words that they hand to the edge. One topic is
// raced once for each new pin, whoever listens; what is delivered is rendered once for each document
// with its variables, and shared.
import type {
  AccountState,
  Address,
  Blockhash,
  Pin,
  Slot,
  Specialisation,
  StreamSyncError,
  TransactionRecord,
} from '@streamsync/domain';
import type { PinOutcome, QueryResponse } from '../pipeline/ports.ts';

export type Pinned = Extract<PinOutcome, { kind: 'pinned' }>;

/** What can be followed. `slots` has no key. */
export type TopicKind = 'account' | 'program' | 'mentions' | 'slots';

export interface TopicName {
  readonly kind: TopicKind;
  /** The account, the program, or the address that transactions mention. */
  readonly key: Address | null;
}

/** A topic as the fields of the graph ask for it. */
export interface TopicRequest {
  readonly topic: TopicName;
  /** The first slot whose changes are told; null: those after the newest pin. */
  readonly fromSlot: Slot | null;
}

/** Everything of one slot that belongs to a topic, told at once: a slot is never told in parts. */
export interface TopicEvent {
  /** The slot; for a rollback the newest slot that still stands. */
  readonly slot: Slot;
  readonly blockhash: Blockhash | null;
  /** What was told of later slots is undone; null: this is no rollback. */
  readonly rolledBackTo: Slot | null;
  /** By address. */
  readonly changes: readonly { readonly address: Address; readonly state: AccountState | null }[];
  /** In the order of the block. */
  readonly transactions: readonly TransactionRecord[];
  readonly topic: TopicName;
}

// --- the chain ------------------------------------------------------------------------------

export interface ChainView {
  readonly pinned: Pinned;
  /** Slots that the holders of the pin name as applied, the pin among them; the newest first. */
  readonly recent: readonly Pin[];
}

/** The pins as they come. */
export interface PinStreamPort {
  /** @throws StreamSyncError where the pool has no pin now */
  view(pool: Specialisation): ChainView;
  /** Calls `listener` after every change of the pools; the function returned ends that. */
  onChange(listener: () => void): () => void;
}

// --- subscribers ----------------------------------------------------------------------------

/** One rendered event, the same object for all that get it. */
export interface SharedMessage {
  readonly slot: Slot;
  /** The GraphQL response as JSON text. */
  readonly body: string;
}

/** Where one subscriber's messages go. */
export interface Sink {
  /** False: the reader is too slow for it; nothing of it was sent, and the sink is done with. */
  send(message: SharedMessage): boolean;
  /** The subscription ended from this side. */
  end(error: StreamSyncError): void;
}

export interface Subscription {
  /** The subscriber went away; nothing is sent after it. */
  close(): void;
}

export interface SubscriptionRequest {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The last slot that the subscriber has of it, where it comes back. */
  readonly resumeAfter: Slot | null;
}

/** What the edge needs: it knows transports and no topics. */
export interface SubscriptionDoor {
  /** Whether the document asks for a subscription; documents that are refused ask for none. */
  isSubscription(request: Pick<SubscriptionRequest, 'query' | 'operationName'>): boolean;
  /** Rejects with what the describer knows: coded errors, refused documents. */
  subscribe(request: SubscriptionRequest, sink: Sink): Promise<Subscription>;
  /** The coded response, whose body is a GraphQL response with errors alone. */
  refuse(error: unknown): QueryResponse;
  /** Ends every subscription with SHUTTING_DOWN. */
  drain(): void;
}
