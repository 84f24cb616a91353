// A call on its way to a node: what the gateway must remember to judge the reply.
import type { SessionKeys } from '@streamsync/wire';
import type { RequestFailure, RequestListener } from '../sp/req-socket.ts';
import type { AnswerLedger } from './answer-ledger.ts';
import type { CallListener } from './node-answer.ts';
import type { PreparedCall } from './prepared-call.ts';

/** The gateway's half of one session. */
export interface Session {
  readonly id: Uint8Array;
  readonly keys: SessionKeys;
  readonly ledger: AnswerLedger;
  sequenceNext: number;
}

/** Whoever sent the call. */
export interface CallOwner {
  replied(pending: PendingCall, bytes: Uint8Array): void;
  failed(pending: PendingCall, failure: RequestFailure): void;
}

/** One call on its way: the socket's listener, without a closure for each request. */
export class PendingCall implements RequestListener {
  readonly #owner: CallOwner;
  readonly session: Session;
  readonly call: PreparedCall;
  readonly seat: number;
  readonly listener: CallListener;
  readonly sentAtMs: number;
  readonly sequence: number;

  constructor(
    owner: CallOwner,
    session: Session,
    call: PreparedCall,
    seat: number,
    listener: CallListener,
    sentAtMs: number,
  ) {
    this.#owner = owner;
    this.session = session;
    this.call = call;
    this.seat = seat;
    this.listener = listener;
    this.sentAtMs = sentAtMs;
    this.sequence = session.sequenceNext++;
  }

  onReply(reply: Uint8Array): void {
    this.#owner.replied(this, reply);
  }

  onFailure(failure: RequestFailure): void {
    this.#owner.failed(this, failure);
  }
}
