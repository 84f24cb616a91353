// What a race needs: nodes to ask, and time.
import type {
  ErrorCode,
  HistoryRange,
  NodeKey,
  OperatorId,
  Pin,
  Specialisation,
} from '@streamsync/domain';
import type {
  AnswerBody,
  CallListener,
  NodeAnswer,
  PreparedCall,
} from '@streamsync/networking-core';
import type { DecidedRace, RaceRecord, RacerCount } from '../pipeline/ports.ts';
import type { Agreement } from '../verify/ports.ts';

/** One node that can be asked. */
export interface RacerNode {
  readonly nodeKey: NodeKey;
  readonly operator: OperatorId;
  call(call: PreparedCall, seat: number, deadlineMs: number, listener: CallListener): void;
  /** Hears of every race that it won. */
  won(): void;
  /** Hears once how each of its calls ended; absent where nobody keeps count. */
  fared?(fate: CallFate): void;
}

export type CallFate =
  /** It spoke in its session, be it to say why it cannot answer. */
  | 'answered'
  /** What came was not eligible, or its connection broke. */
  | 'failed'
  /** Nothing came in time. */
  | 'silent'
  /** Nothing came, and it had too little time for that to say anything. */
  | 'unknown';

export interface SelectRequest {
  readonly pool: Specialisation;
  readonly pin: Pin;
  readonly racers: RacerCount;
  /** Stretches of history that each of them must hold. */
  readonly history: readonly HistoryRange[];
}

export interface SelectPort {
  /**
   * Draws nodes of the pool that have applied the pin, each of another operator: the racers in the
   * order of sending, then reserves. Fewer where there are fewer.
   */
  select(request: SelectRequest): readonly RacerNode[];
}

export interface SeatFailure {
  readonly code: ErrorCode;
  /** True where the node said so itself. */
  readonly byNode: boolean;
}

/** One node's place in a race; it has answered, failed, or is silent. */
export interface Seat {
  readonly node: RacerNode;
  /** Milliseconds from the start of the race. */
  sentMs: number;
  answer: NodeAnswer | null;
  failure: SeatFailure | null;
  latencyMs: number | null;
}

/** Hears of every race: once when it has collected, and once when its attestations are known. */
export interface RaceObserver {
  collected(race: DecidedRace, seats: readonly Seat[], agreement: Agreement<AnswerBody>): void;
  settled(race: DecidedRace, record: RaceRecord): void;
}

export type { CallListener, NodeAnswer, PreparedCall };
