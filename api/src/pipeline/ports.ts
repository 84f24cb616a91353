// What the spine needs of the rooms, and the words that it hands between them. The rooms import
// these types and nothing of each other.
import type {
  Address,
  ErrorCode,
  HistoryRange,
  NodeKey,
  OperationName,
  OperatorId,
  Pin,
  Signature,
  Slot,
  SlotProvenance,
  Specialisation,
  StreamSyncError,
  TransactionRecord,
} from '@streamsync/domain';
import type { AccountAtSlot } from './operations/accounts.ts';
import type { ArgumentsOf, ReadableOperation, ValueOf } from './operations/index.ts';

export type { AccountAtSlot, AccountVersion } from './operations/accounts.ts';
export type { BalanceListArguments, HistoryListArguments } from './operations/history.ts';
export type { ArgumentsOf, ReadableOperation, ValueOf } from './operations/index.ts';
export type { CountedListArguments, KeyListOperation } from './operations/lists.ts';

/** FAST serves the first eligible answer and checks after; MAJORITY needs 2 of 3 (3 of 5); UNANIMOUS all. */
export type Trust = 'FAST' | 'MAJORITY' | 'UNANIMOUS';

/** Racers of one operation: 3, or 5 on request; always odd, so that a majority exists. */
export type RacerCount = 3 | 5;

/** One operation with its items: the canonical argument lists of wire's bodies/arguments.ts. */
export interface Batch {
  readonly operation: OperationName;
  readonly items: readonly Uint8Array[];
}

/** What the customer asked for beside the data: the directives of the operation, or the defaults. */
export interface QueryTerms {
  readonly trust: Trust;
  readonly racers: RacerCount;
  /** The slot of fields that name none; null: the newest that enough nodes have applied. */
  readonly slot: Slot | null;
  /** For the whole query, from the last byte of the request. */
  readonly deadlineMs: number;
}

/** What a plan says before anything runs. Pure: a function of document, variables and schema. */
export interface Plan {
  readonly terms: QueryTerms;
  /** Stages run one after another; the operations of a stage together. */
  readonly stages: readonly { readonly operations: readonly PlannedOperation[] }[];
  readonly pools: readonly Specialisation[];
  /** Upper bound, in thousandths of a cost unit. */
  readonly costMilliUnitsMax: number;
  /** The sum over the stages of the slowest class in each. */
  readonly guaranteeMs: number;
  /** The same where a field's slot has left the window, so that it is read from history. */
  readonly guaranteePastMs: number;
}

export interface PlannedOperation {
  readonly operation: OperationName;
  readonly itemsMax: number;
}

/**
 * How a field reads the chain: the schema states it in the field's extensions, the planner reads it.
 * Names are those of the field's arguments.
 */
export interface ChainReadSpec {
  /** The operation, or which operation each argument stands for when it is given. */
  readonly operation: OperationName | Readonly<Record<string, OperationName>>;
  /** The list argument that gives one item an entry; without it the field reads one item. */
  readonly itemsFrom?: string;
  /** The argument that bounds how many entries come back to be selected from, and its default. */
  readonly entries?: { readonly argument: string; readonly fallback: number; readonly max: number };
  /** It is read once for the page that it is a field of, not for each entry. */
  readonly ofPage?: boolean;
  /** What is selected of its entries is read as of earlier slots. */
  readonly past?: boolean;
  /** The argument that names a slot for the field and for whatever is selected of it. */
  readonly slotFrom?: string;
}

// --- pin ------------------------------------------------------------------------------------

export interface PinRequest {
  readonly pools: readonly Specialisation[];
  /** The slot asked for, or null for the newest that enough nodes have applied. */
  readonly slot: Slot | null;
  readonly trust: Trust;
  readonly racers: RacerCount;
}

export type PinOutcome =
  | {
      readonly kind: 'pinned';
      readonly pin: Pin;
      /** The newest slot that the gateway knows of. */
      readonly tip: Slot;
      readonly provenance: SlotProvenance;
    }
  | { readonly kind: 'refused'; readonly error: StreamSyncError };

export interface PinPort {
  choosePin(request: PinRequest): PinOutcome;
}

/** Who must be able to answer: at this pin, as many operators as the trust level needs. */
export interface HistoryRequest {
  readonly pin: Pin;
  readonly trust: Trust;
  readonly racers: RacerCount;
}

/** What nodes hold of the chain's history, by their heartbeats. */
export interface HistoryPort {
  /** Whether enough operators hold all of these stretches, each by one node. */
  holds(request: HistoryRequest, stretches: readonly HistoryRange[]): boolean;
  /** The lowest slot from which enough operators hold everything up to `slotLast`; null: fewer hold that. */
  slotFirst(request: HistoryRequest, slotLast: Slot): Slot | null;
  /** Why that stretch cannot be asked for: HISTORY_NOT_COVERED, naming what can. */
  notCovered(request: HistoryRequest, stretch: HistoryRange): StreamSyncError;
}

// --- chain ----------------------------------------------------------------------------------

/** The gateway's own view of the chain. */
export interface ChainPort {
  /** The newest slot that it knows of; null where it has no source, as with folders. */
  tip(): Slot | null;
}

// --- race -----------------------------------------------------------------------------------

export interface RaceRequest {
  readonly queryId: Uint8Array;
  /** Position of this race in its query, from 0. */
  readonly raceIndex: number;
  readonly batch: Batch;
  readonly pin: Pin;
  /** What of the chain's history its nodes must hold; absent for operations about the pin alone. */
  readonly history?: readonly HistoryRange[];
  readonly trust: Trust;
  readonly racers: RacerCount;
  /** From the start of the race. */
  readonly deadlineMs: number;
}

export type RacerOutcome =
  | 'winner'
  | 'verifier'
  /** Agreed after the verifiers' places were taken. */
  | 'agreed'
  /** Answered at the pin with other bytes: kept with its attestation. */
  | 'disagreed'
  /** Answered with an error, or broke the protocol: see `error`. */
  | 'failed'
  /** No answer before the race's deadline. */
  | 'late'
  /** Still open when the record was read. */
  | 'pending';

export interface RacerRecord {
  readonly nodeKey: NodeKey;
  readonly operator: OperatorId;
  readonly outcome: RacerOutcome;
  readonly error: ErrorCode | null;
  /** From sending to the answer; null where there was none. */
  readonly latencyMs: number | null;
  /** Lowercase hex SHA-256 of the body that it answered; null where there was none. */
  readonly resultHash: string | null;
  /** Whether a valid signed root covers its answer; null until the root is due. */
  readonly attested: boolean | null;
}

export interface RaceRecord {
  /** `<query id hex>-<race index>` */
  readonly id: string;
  readonly operation: OperationName;
  readonly operationClass: string;
  readonly items: number;
  readonly slot: Slot;
  readonly trust: Trust;
  readonly racers: readonly RacerRecord[];
  readonly winner: NodeKey | null;
  readonly verifiers: readonly NodeKey[];
  /** Of the body served, lowercase hex; null where none was. */
  readonly resultHash: string | null;
  readonly error: ErrorCode | null;
  /** Milliseconds of each step, from the start of the race. */
  readonly steps: {
    readonly selectedMs: number;
    readonly sentMs: number;
    readonly firstAnswerMs: number | null;
    readonly servedMs: number | null;
    readonly collectedMs: number | null;
  };
}

/** A race that has decided what to serve, and may still be collecting verifiers. */
export interface DecidedRace {
  /** Canonical item bodies in the order of the batch's items, or the reason why none was served. */
  readonly outcome:
    | { readonly kind: 'served'; readonly items: readonly Uint8Array[] }
    | { readonly kind: 'failed'; readonly error: StreamSyncError };
  /** The race as it stands now; it settles at its deadline or when every racer has answered. */
  record(): RaceRecord;
}

export interface RacePort {
  /** Never rejects: a failed race is an outcome. */
  race(request: RaceRequest): Promise<DecidedRace>;
}

// --- receipts -------------------------------------------------------------------------------

export interface QueryReceipt {
  /** Lowercase hex of 16 bytes. */
  readonly queryId: string;
  readonly slot: Slot;
  readonly blockhash: string;
  readonly tip: Slot;
  readonly provenance: SlotProvenance;
  readonly trust: Trust;
  readonly guaranteeMs: number;
  readonly elapsedMs: number;
  readonly guaranteeMet: boolean;
  readonly costMilliUnits: number;
  readonly servedAtMs: number;
  readonly steps: Readonly<Record<'planMs' | 'pinMs' | 'executeMs', number>>;
  readonly races: readonly RaceRecord[];
}

export interface ReceiptPort {
  /** Keeps the receipt; its races settle later, so they are read when they are asked for. */
  issue(receipt: Omit<QueryReceipt, 'races'>, races: readonly DecidedRace[]): void;
  /** From memory at once, else from what earlier runs wrote. */
  query(queryId: string): QueryReceipt | null | Promise<QueryReceipt | null>;
  race(id: string): RaceRecord | null | Promise<RaceRecord | null>;
}

// --- network --------------------------------------------------------------------------------

export interface NodeView {
  readonly nodeKey: NodeKey;
  readonly operator: OperatorId;
  readonly specialisation: Specialisation;
  readonly address: string;
  readonly state: 'READY' | 'CONNECTING' | 'STALE' | 'OWES_ROOT' | 'REFUSED' | 'TRIPPED';
  readonly appliedSlot: Slot | null;
  readonly historySlotFirst: Slot | null;
  /** Ascending. */
  readonly historyRanges: readonly HistoryRange[];
  readonly provenance: SlotProvenance | null;
  readonly bidNanoUsd: bigint | null;
  readonly loadPermille: number | null;
  readonly latencyP50Ms: number | null;
  readonly racesWon: number;
  readonly answersTotal: number;
  readonly failuresTotal: number;
}

export interface NetworkPort {
  readonly genesisHash: Address;
  readonly gatewayKey: NodeKey;
  nodes(): readonly NodeView[];
  tip(): Slot | null;
  /** The pools of which enough operators can race now for the default trust. */
  readyPools(): readonly Specialisation[];
}

// --- what resolvers see ---------------------------------------------------------------------

/**
 * The chain as of one slot, for one query. Reads of one tick become one race an operation; every
 * value has been agreed on. Reads reject with StreamSyncError.
 */
export interface ChainReader {
  readonly slot: Slot;
  account(address: Address): Promise<AccountAtSlot>;
  transaction(signature: Signature): Promise<TransactionRecord | null>;
  read<Name extends ReadableOperation>(
    operation: Name,
    args: ArgumentsOf<Name>,
  ): Promise<ValueOf<Name>>;
  /**
   * The range of history that is meant: what is not stated begins where enough operators' history
   * does, and ends at `slot`.
   * @throws StreamSyncError INVALID_ARGUMENT, FUTURE_SLOT, HISTORY_NOT_COVERED
   */
  historyRange(asked: AskedRange): HistoryRange;
  /** Reads the versions of accounts from the lowest slot since which every write is known. */
  sinceWritesAreKnown<Value>(
    range: HistoryRange,
    read: (range: HistoryRange) => Promise<Value>,
  ): Promise<{ readonly range: HistoryRange; readonly value: Value }>;
  /** The same as of an earlier slot: accounts are read from history. */
  asOf(slot: Slot): ChainReader;
}

/** Null: not stated. */
export interface AskedRange {
  readonly slotFirst: Slot | null;
  readonly slotLast: Slot | null;
}

/** The context of a GraphQL operation. */
export interface QueryContext {
  /** @throws StreamSyncError where no pin can be had at `slot`; null stands for the query's own. */
  at(slot: Slot | null): ChainReader;
  readonly network: NetworkPort;
  readonly receipts: Pick<ReceiptPort, 'query' | 'race'>;
}

// --- the front door -------------------------------------------------------------------------

/** One GraphQL request, whichever way it came. */
export interface QueryRequest {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  /** GET requests may only read. */
  readonly readOnly: boolean;
  /** Monotonic milliseconds at which the last byte of the request had been read. */
  readonly receivedAtMs: number;
}

/** The response, serialised once: what was measured is what is sent. */
export interface QueryResponse {
  readonly body: string;
  /** For application/graphql-response+json. */
  readonly status: number;
  /** Whether the document itself was refused, for which application/json answers 200. */
  readonly graphqlError: boolean;
  readonly retryAfterSeconds: number | null;
}

/** What the edge needs of the spine: it speaks HTTP and knows no GraphQL. */
export interface FrontDoorPort {
  /** Never rejects: failures are coded responses. */
  serve(request: QueryRequest): Promise<QueryResponse>;
  /** The coded response to a request that never became a query. */
  refuse(error: unknown): QueryResponse;
}
