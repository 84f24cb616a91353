// What is told of a race: who was asked, who answered what and when, who is paid. Pure: a function of
// the seats and of the agreement as they stand.
import { type ErrorCode, type NodeKey, OPERATIONS, type Slot } from '@streamsync/domain';
import type { AnswerBody } from '@streamsync/networking-core';
import type { RaceRecord, RaceRequest, RacerOutcome, RacerRecord } from '../pipeline/ports.ts';
import type { Agreement, Standing } from '../verify/ports.ts';
import type { Seat } from './ports.ts';

/** Places for verifiers beside the winner. */
export const VERIFIERS_MAX = 2;

export interface RaceFacts {
  readonly request: RaceRequest;
  readonly seats: readonly Seat[];
  readonly agreement: Agreement<AnswerBody>;
  readonly collected: boolean;
  readonly error: ErrorCode | null;
  readonly steps: RaceRecord['steps'];
}

/** `<query id hex>-<race index>` */
export function raceIdOf(request: Pick<RaceRequest, 'queryId' | 'raceIndex'>): string {
  return `${Buffer.from(request.queryId).toString('hex')}-${request.raceIndex}`;
}

export function recordOf(facts: RaceFacts): RaceRecord {
  const { request, agreement, collected, steps } = facts;
  const hashes = new HashTexts();
  const racers: RacerRecord[] = [];
  let winner: NodeKey | null = null;
  const verifiers: { readonly nodeKey: NodeKey; readonly position: number }[] = [];
  for (const [index, seat] of facts.seats.entries()) {
    const standing = agreement.standing(index);
    const outcome = outcomeOf(seat, standing, agreement.servedGroup, collected);
    const { nodeKey, operator } = seat.node;
    if (outcome === 'winner') winner = nodeKey;
    if (outcome === 'verifier') verifiers.push({ nodeKey, position: standing?.position ?? 0 });
    racers.push({
      nodeKey,
      operator,
      outcome,
      error: seat.failure?.code ?? null,
      latencyMs: seat.latencyMs,
      resultHash: standing === null ? null : hashes.of(agreement.bodyOf(standing.group)),
      attested: seat.answer?.attested ?? null,
    });
  }
  verifiers.sort((left, right) => left.position - right.position);
  // FAST serves before the majority has spoken: what it then says stands in the record.
  const disproved = collected && agreement.servedGroup >= 0 && agreement.disagreed;
  return {
    id: raceIdOf(request),
    operation: request.batch.operation,
    operationClass: OPERATIONS[request.batch.operation].class.name,
    items: request.batch.items.length,
    slot: request.pin.slot as Slot,
    trust: request.trust,
    racers,
    winner,
    verifiers: verifiers.map(({ nodeKey }) => nodeKey),
    resultHash: hashes.of(agreement.served),
    error: facts.error ?? (disproved && !agreement.confirmed ? 'NO_AGREEMENT' : null),
    steps,
  };
}

function outcomeOf(
  seat: Seat,
  standing: Standing | null,
  servedGroup: number,
  collected: boolean,
): RacerOutcome {
  if (standing !== null) {
    if (servedGroup < 0) return collected ? 'disagreed' : 'pending';
    if (standing.group !== servedGroup) return 'disagreed';
    if (standing.position === 0) return 'winner';
    return standing.position <= VERIFIERS_MAX ? 'verifier' : 'agreed';
  }
  if (seat.failure !== null) return 'failed';
  return collected ? 'late' : 'pending';
}

/** Hex texts of bodies' hashes, one string for equal bodies. */
class HashTexts {
  readonly #texts = new Map<AnswerBody, string>();

  of(body: AnswerBody | null): string | null {
    if (body === null) return null;
    const known = this.#texts.get(body);
    if (known !== undefined) return known;
    const text = Buffer.from(body.hash()).toString('hex');
    this.#texts.set(body, text);
    return text;
  }
}
