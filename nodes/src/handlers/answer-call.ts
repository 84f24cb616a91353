// Answers a call of a session: is the operation ours, is there capacity, is the pin ours, then item
// by item from the store; in the tick that asked, or later where the store reads its disk for it.
// Invariant: one outcome for each call, and never an answer at another pin.
import {
  ERRORS,
  type ErrorCode,
  isOperationName,
  OPERATIONS,
  StreamSyncError,
} from '@streamsync/domain';
import type { CallOutcome } from '@streamsync/networking-core';
import type { Clock, Log } from '@streamsync/runtime';
import type { SlotTimeline } from '@streamsync/storage-core';
import { ANSWER_FRAME_BYTES_MAX, type Call } from '@streamsync/wire';
import type { TokenBucket } from '../load/token-bucket.ts';
import type { AnswerItemLater, SpecialisedStore } from '../specialisations/specialisation.ts';
import { pinOf } from './pin-of.ts';

/** What of an answer's frame is not items: heads, hashes, MAC. */
const FRAME_OVERHEAD_BYTES = 1_024;
/**
 * Calls that wait for a disk at once; more are refused. Each holds up to 5 MB of pages, and at 10 ms a
 * page the last of them is still answered within the guarantee of a history on a few disks' threads.
 */
export const CALLS_LATER_MAX = 32;

/** Answers each call once, in the tick that asked or later. */
export type CallHandler = (call: Call, reply: (outcome: CallOutcome) => void) => void;

export interface CallHandlerOptions {
  readonly timeline: Pick<SlotTimeline, 'at'>;
  readonly operations: SpecialisedStore['operations'];
  readonly operationsLater?: SpecialisedStore['operationsLater'] | undefined;
  readonly capacity: Pick<TokenBucket, 'tryTake'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Pick<Log, 'error'>;
  /** Told each outcome: 'answered' or the error's code. */
  readonly count: (outcome: 'answered' | ErrorCode) => void;
}

export function createCallHandler(options: CallHandlerOptions): CallHandler {
  const { timeline, operations, operationsLater = {}, capacity, clock, log, count } = options;
  let running = 0;

  const failed = (code: ErrorCode): CallOutcome => {
    count(code);
    return { kind: 'error', code, message: ERRORS[code].message };
  };
  const answered = (items: readonly Uint8Array[]): CallOutcome => {
    count('answered');
    return { kind: 'items', items };
  };

  const answerLater = async (call: Call, answerItem: AnswerItemLater): Promise<CallOutcome> => {
    const receivedAtMs = clock.monotonicMs();
    const items: Uint8Array[] = [];
    let sizeBytes = FRAME_OVERHEAD_BYTES;
    for (const item of call.items) {
      // Read anew for each item: while one was read the chain may have left the pin.
      const pin = pinOf(timeline, call);
      if (pin === null) return failed('SLOT_NOT_AVAILABLE');
      const answer = await answerItem(item, pin.slot);
      if (clock.monotonicMs() - receivedAtMs > call.budgetMs) {
        return failed('NODE_DEADLINE_EXCEEDED');
      }
      if (typeof answer === 'string') return failed(answer);
      sizeBytes += answer.length;
      if (sizeBytes > ANSWER_FRAME_BYTES_MAX) return failed('FRAME_TOO_LARGE');
      items.push(answer);
    }
    return pinOf(timeline, call) === null ? failed('SLOT_NOT_AVAILABLE') : answered(items);
  };

  const startLater = (
    call: Call,
    answerItem: AnswerItemLater,
    reply: (outcome: CallOutcome) => void,
  ): void => {
    if (running >= CALLS_LATER_MAX) {
      reply(failed('NODE_OVERLOADED'));
      return;
    }
    running += 1;
    answerLater(call, answerItem)
      .catch((error: unknown) => {
        if (error instanceof StreamSyncError) return failed(error.code);
        log.error({ err: error, operation: call.operation }, 'an operation failed in the store');
        return failed('INTERNAL');
      })
      .then((outcome) => {
        running -= 1;
        reply(outcome);
      });
  };

  const answerNow = (call: Call, answerItem: NonNullable<(typeof operations)['account.get']>) => {
    const pin = pinOf(timeline, call);
    if (pin === null) return failed('SLOT_NOT_AVAILABLE');
    const items: Uint8Array[] = [];
    let sizeBytes = FRAME_OVERHEAD_BYTES;
    try {
      for (const item of call.items) {
        const answer = answerItem(item, pin.slot);
        if (typeof answer === 'string') return failed(answer);
        sizeBytes += answer.length;
        items.push(answer);
      }
    } catch (error) {
      if (error instanceof StreamSyncError) return failed(error.code);
      throw error;
    }
    if (sizeBytes > ANSWER_FRAME_BYTES_MAX) return failed('FRAME_TOO_LARGE');
    return answered(items);
  };

  return (call, reply) => {
    const { operation } = call;
    if (!isOperationName(operation)) return reply(failed('UNKNOWN_OPERATION'));
    const now = operations[operation];
    const later = operationsLater[operation];
    if (now === undefined && later === undefined) return reply(failed('UNKNOWN_OPERATION'));
    const definition = OPERATIONS[operation];
    const itemCount = call.items.length;
    if (itemCount === 0 || itemCount > definition.itemsMax) {
      return reply(failed('INVALID_ARGUMENT'));
    }
    if (!capacity.tryTake(definition.class.costMilliUnits * itemCount)) {
      return reply(failed('NODE_OVERLOADED'));
    }
    if (now !== undefined) reply(answerNow(call, now));
    else if (later !== undefined) startLater(call, later, reply);
  };
}
