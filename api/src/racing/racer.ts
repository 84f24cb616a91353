// Starts races: prepares the call that all racers share, draws the nodes, and runs the race.
// Invariant: `race` never rejects, and calls its observer once for each race that ends.
import { addressBytes, OPERATIONS } from '@streamsync/domain';
import {
  type AnswerBody,
  type DeadlineWheel,
  PreparedCall,
  sharedWheel,
} from '@streamsync/networking-core';
import type { Clock } from '@streamsync/runtime';
import type { CryptoPort } from '@streamsync/wire';
import type { DecidedRace, RacePort, RaceRequest } from '../pipeline/ports.ts';
import type { StartAgreement } from '../verify/ports.ts';
import type { RaceObserver, SelectPort } from './ports.ts';
import { Race } from './race.ts';

export interface RacerOptions {
  readonly select: SelectPort;
  readonly startAgreement: StartAgreement;
  readonly observer: RaceObserver;
  readonly crypto: CryptoPort;
  readonly clock: Clock;
  readonly wheel?: DeadlineWheel;
}

export interface Racer extends RacePort {
  /** As `race`, by callback: what the request path uses without a promise in between. */
  start(request: RaceRequest, onDecided: (race: DecidedRace) => void): void;
}

export function createRacer(options: RacerOptions): Racer {
  const { select, startAgreement, observer, crypto, clock, wheel = sharedWheel } = options;
  const nowMs = () => clock.monotonicMs();

  function start(request: RaceRequest, onDecided: (race: DecidedRace) => void): void {
    const startedAtMs = nowMs();
    const { batch, pin, queryId, deadlineMs, racers, trust, history = [] } = request;
    const call = new PreparedCall(crypto, {
      queryId,
      operation: batch.operation,
      slot: pin.slot,
      blockhash: addressBytes(pin.blockhash),
      budgetMs: Math.max(1, Math.floor(deadlineMs)),
      items: batch.items,
    });
    const { pool } = OPERATIONS[batch.operation].class;
    const nodes = select.select({ pool, pin, racers, history });
    new Race(
      {
        request,
        call,
        nodes,
        agreement: startAgreement<AnswerBody>(trust, racers),
        wheel,
        observer,
        nowMs,
        onDecided,
      },
      startedAtMs,
    ).start();
  }

  return {
    start,
    race: (request) => new Promise((resolve) => start(request, resolve)),
  };
}
