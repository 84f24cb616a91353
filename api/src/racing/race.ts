// One race: an operation sent to nodes of different operators at once. Invariant: it decides once,
// by its deadline at the latest; different lies widen it while there are reserves; it collects until every seat has answered or the deadline has
// passed; after that it holds no timer, and nothing that comes later changes what was served.
import { ERRORS, type ErrorCode, invariant, OPERATIONS, StreamSyncError } from '@streamsync/domain';
import { type AnswerBody, type DeadlineWheel, WheelEntry } from '@streamsync/networking-core';
import type { DecidedRace, RaceRecord, RaceRequest } from '../pipeline/ports.ts';
import type { Agreement } from '../verify/ports.ts';
import type {
  CallListener,
  NodeAnswer,
  PreparedCall,
  RaceObserver,
  RacerNode,
  Seat,
  SeatFailure,
} from './ports.ts';
import { recordOf } from './race-record.ts';

/**
 * After this share of the class's guarantee a seat that is silent while another has answered gets a
 * second one beside it. Where nobody has answered, asking more nodes would only add to the load.
 */
const HEDGE_SHARE = 0.5;

/** From this share of the deadline silent seats get one in any case. */
const RESCUE_SHARE = 0.25;

/**
 * Silence below this many guarantees of the class says nothing of a node. A customer chooses the
 * deadline, and must not be able to make nodes look dead by that.
 */
const FAIR_CHANCE_GUARANTEES = 10;

export interface RaceSettings {
  readonly request: RaceRequest;
  readonly call: PreparedCall;
  readonly agreement: Agreement<AnswerBody>;
  /** The racers in the order of sending, then reserves. */
  readonly nodes: readonly RacerNode[];
  readonly wheel: DeadlineWheel;
  readonly observer: RaceObserver;
  readonly nowMs: () => number;
  readonly onDecided: (race: DecidedRace) => void;
}

/** What a node does not hold; another one may. */
const MISSES: ReadonlySet<ErrorCode> = new Set([
  'HISTORY_NOT_COVERED',
  'NOT_COVERED',
  'SLOT_NOT_AVAILABLE',
]);

export class Race extends WheelEntry implements CallListener, DecidedRace {
  readonly #settings: RaceSettings;
  readonly #startedAtMs: number;
  readonly #seats: Seat[] = [];
  readonly #blockhash: Uint8Array;
  readonly #guaranteeMs: number;
  #reserveNext = 0;
  #alarm: 'hedge' | 'rescue' | 'deadline' = 'hedge';
  #outcome: DecidedRace['outcome'] | null = null;
  #collected = false;
  #selectedMs = 0;
  #sentMs = 0;
  #firstAnswerMs: number | null = null;
  #servedMs: number | null = null;
  #collectedMs: number | null = null;
  #final: RaceRecord | null = null;

  constructor(settings: RaceSettings, startedAtMs: number) {
    super();
    this.#settings = settings;
    this.#startedAtMs = startedAtMs;
    this.#blockhash = settings.call.call.blockhash;
    this.#guaranteeMs = OPERATIONS[settings.request.batch.operation].class.guaranteeMs;
  }

  get outcome(): DecidedRace['outcome'] {
    invariant(this.#outcome !== null, 'a race is shown when it has decided');
    return this.#outcome;
  }

  /** Sends to all racers at once. */
  start(): void {
    const { nodes, request, agreement, wheel } = this.#settings;
    const racers = Math.min(nodes.length, request.racers);
    this.#reserveNext = racers;
    this.#selectedMs = this.#elapsedMs();
    if (!agreement.reachable(racers)) {
      this.#fail('POOL_TOO_SMALL', { operators: racers, racers: request.racers });
      return;
    }
    for (let index = 0; index < racers; index += 1) this.#takeSeat(nodes[index] as RacerNode);
    wheel.add(this, Math.min(HEDGE_SHARE * this.#guaranteeMs, request.deadlineMs));
    for (let seat = 0; seat < racers; seat += 1) this.#send(seat);
    this.#sentMs = this.#elapsedMs();
  }

  record(): RaceRecord {
    if (this.#final !== null) return this.#final;
    return recordOf({
      request: this.#settings.request,
      seats: this.#seats,
      agreement: this.#settings.agreement,
      collected: this.#collected,
      error: this.#outcome?.kind === 'failed' ? this.#outcome.error.code : null,
      steps: {
        selectedMs: this.#selectedMs,
        sentMs: this.#sentMs,
        firstAnswerMs: this.#firstAnswerMs,
        servedMs: this.#servedMs,
        collectedMs: this.#collectedMs,
      },
    });
  }

  onAnswer(seat: number, answer: NodeAnswer): void {
    if (this.#collected) return;
    const { request, agreement } = this.#settings;
    const taken = this.#seats[seat] as Seat;
    if (answer.slot !== request.pin.slot || !sameBytes(answer.blockhash, this.#blockhash)) {
      this.onFailure(seat, { code: 'SLOT_NOT_AVAILABLE', byNode: false });
      return;
    }
    taken.answer = answer;
    taken.latencyMs = answer.latencyMs;
    this.#firstAnswerMs ??= this.#elapsedMs();
    answer.body = agreement.add(seat, answer.body);
    taken.node.fared?.('answered');
    if (agreement.disagreed) for (const { answer: kept } of this.#seats) kept?.keepProof();
    const { served } = agreement;
    if (this.#outcome === null && served !== null) {
      this.#servedMs = this.#elapsedMs();
      this.#decide({ kind: 'served', items: served.items });
    }
    this.#proceed();
  }

  onFailure(seat: number, failure: SeatFailure): void {
    if (this.#collected) return;
    const taken = this.#seats[seat] as Seat;
    taken.failure = failure;
    taken.node.fared?.(failure.byNode ? 'answered' : 'failed');
    // What is wrong with the question is wrong with it everywhere.
    const hopeless = failure.byNode && ERRORS[failure.code].retry === 'never';
    if (!this.#settings.agreement.confirmed && !hopeless) this.#replace();
    this.#proceed();
  }

  onAttested(): void {
    if (this.#collected) this.#finalise();
  }

  /** The wheel's call: to hedge, to rescue, and as the deadline. */
  override expire(): void {
    const { request, agreement, wheel } = this.#settings;
    const elapsedMs = this.#elapsedMs();
    const rescueAtMs = request.deadlineMs * RESCUE_SHARE;
    if (this.#alarm === 'deadline' || elapsedMs >= request.deadlineMs) {
      this.#collect();
      return;
    }
    const rescue = this.#alarm === 'rescue' || elapsedMs >= rescueAtMs;
    this.#alarm = rescue ? 'deadline' : 'rescue';
    wheel.add(this, (rescue ? request.deadlineMs : rescueAtMs) - elapsedMs);
    if (agreement.confirmed || (!rescue && agreement.votes === 0)) return;
    for (let silent = this.#open(); silent > 0; silent -= 1) this.#replace();
  }

  #takeSeat(node: RacerNode): void {
    this.#seats.push({ node, sentMs: 0, answer: null, failure: null, latencyMs: null });
  }

  #send(seat: number): void {
    const { request, call } = this.#settings;
    const taken = this.#seats[seat] as Seat;
    taken.sentMs = this.#elapsedMs();
    taken.node.call(call, seat, Math.max(1, request.deadlineMs - taken.sentMs), this);
  }

  /** Gives a reserve a seat beside those that failed, are silent or disagree. */
  #replace(): void {
    const node = this.#settings.nodes[this.#reserveNext];
    if (node === undefined || this.#collected || this.#outcome?.kind === 'failed') return;
    this.#reserveNext += 1;
    this.#takeSeat(node);
    this.#send(this.#seats.length - 1);
  }

  #open(): number {
    let open = 0;
    for (const { answer, failure } of this.#seats) {
      if (answer === null && failure === null) open += 1;
    }
    return open;
  }

  /** After each event: gives up what cannot be reached any more, and ends when all have answered. */
  #proceed(): void {
    if (this.#settings.agreement.disagreed) this.#widen();
    const open = this.#open();
    if (this.#outcome === null && !this.#settings.agreement.reachable(open)) {
      this.#failByAnswers(false);
    }
    if (open === 0) this.#collect();
  }

  /** Seats reserves where different lies have used up the votes, and a majority is yet to be had. */
  #widen(): void {
    const { agreement, nodes, request } = this.#settings;
    if (this.#elapsedMs() >= request.deadlineMs) return;
    const reserves = nodes.length - this.#reserveNext;
    for (let more = agreement.widen(this.#open(), reserves); more > 0; more -= 1) this.#replace();
  }

  #collect(): void {
    if (this.#collected) return;
    if (this.#outcome === null) this.#failByAnswers(true);
    this.#collected = true;
    this.#collectedMs = this.#elapsedMs();
    const { wheel, agreement, observer } = this.#settings;
    wheel.remove(this);
    const fairMs = FAIR_CHANCE_GUARANTEES * this.#guaranteeMs;
    for (const { node, answer, failure, sentMs } of this.#seats) {
      if (answer !== null || failure !== null) continue;
      node.fared?.(this.#collectedMs - sentMs >= fairMs ? 'silent' : 'unknown');
    }
    const winner = this.#seats.find(
      (_, seat) =>
        agreement.servedGroup >= 0 &&
        agreement.standing(seat)?.group === agreement.servedGroup &&
        agreement.standing(seat)?.position === 0,
    );
    winner?.node.won();
    observer.collected(this, this.#seats, agreement);
    this.#finalise();
  }

  /** Once every answer's attestation is known, the record is fixed and the bodies are let go. */
  #finalise(): void {
    if (this.#final !== null) return;
    for (const { answer } of this.#seats) {
      if (answer !== null && answer.attested === null) return;
    }
    this.#final = this.record();
    for (const seat of this.#seats) seat.answer = null;
    this.#settings.observer.settled(this, this.#final);
  }

  #failByAnswers(deadlinePassed: boolean): void {
    const { agreement } = this.#settings;
    const failures: ErrorCode[] = [];
    let said: ErrorCode | null = null;
    let saidBy = 0;
    for (const { failure } of this.#seats) {
      if (failure === null) continue;
      failures.push(failure.code);
      if (failure.byNode && (said === null || said === failure.code)) {
        said = failure.code;
        saidBy += 1;
      }
    }
    const context = {
      answered: agreement.votes,
      failed: failures.length,
      failures: [...new Set(failures)].join(' '),
    };
    const open = this.#open();
    // What a majority says, and nobody denies, is the answer, also where it is an error. That others
    // hold what they do not hold denies nothing: there are too few who do.
    const isDenied = agreement.votes > 0 && !(said !== null && MISSES.has(said));
    const agreed = !isDenied && !agreement.disagreed && saidBy === failures.length;
    if (said !== null && agreed && (open === 0 || saidBy * 2 > this.#settings.request.racers)) {
      this.#fail(said, context);
    } else if (agreement.disagreed) this.#fail('NO_AGREEMENT', context);
    else if (deadlinePassed && open > 0) this.#fail('RACE_DEADLINE_EXCEEDED', context);
    else if (agreement.votes > 0 && said !== null) this.#fail('NO_AGREEMENT', context);
    else this.#fail('POOL_TOO_SMALL', context);
  }

  #fail(code: ErrorCode, context: Readonly<Record<string, string | number>>): void {
    const { request } = this.#settings;
    const error = new StreamSyncError(code, {
      operation: request.batch.operation,
      slot: request.pin.slot,
      ...context,
    });
    this.#decide({ kind: 'failed', error });
    if (this.#seats.length === 0) this.#collect();
  }

  #decide(outcome: DecidedRace['outcome']): void {
    this.#outcome = outcome;
    this.#settings.onDecided(this);
  }

  #elapsedMs(): number {
    return this.#settings.nowMs() - this.#startedAtMs;
  }
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && Buffer.compare(left, right) === 0;
}
