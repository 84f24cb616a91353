// Answers a call of a session: is the operation ours, is there capacity, is the pin ours, then item
// by item from the store. Invariant: one outcome for each call, and never an answer at another pin.
import {
  ERRORS,
  type ErrorCode,
  isOperationName,
  OPERATIONS,
  StreamSyncError,
} from '@streamsync/domain';
import type { CallOutcome } from '@streamsync/networking-core';
import type { SlotTimeline } from '@streamsync/storage-core';
import { ANSWER_FRAME_BYTES_MAX, type Call } from '@streamsync/wire';
import type { TokenBucket } from '../load/token-bucket.ts';
import type { SpecialisedStore } from '../specialisations/specialisation.ts';
import { pinOf } from './pin-of.ts';

/** What of an answer's frame is not items: heads, hashes, MAC. */
const FRAME_OVERHEAD_BYTES = 1_024;

export interface CallHandlerOptions {
  readonly timeline: Pick<SlotTimeline, 'at'>;
  readonly operations: SpecialisedStore['operations'];
  readonly capacity: Pick<TokenBucket, 'tryTake'>;
  /** Told each outcome: 'answered' or the error's code. */
  readonly count: (outcome: 'answered' | ErrorCode) => void;
}

export function createCallHandler(options: CallHandlerOptions): (call: Call) => CallOutcome {
  const { timeline, operations, capacity, count } = options;

  const failed = (code: ErrorCode): CallOutcome => {
    count(code);
    return { kind: 'error', code, message: ERRORS[code].message };
  };

  return (call) => {
    const { operation } = call;
    const answerItem = isOperationName(operation) ? operations[operation] : undefined;
    if (!isOperationName(operation) || answerItem === undefined) return failed('UNKNOWN_OPERATION');
    const definition = OPERATIONS[operation];
    const itemCount = call.items.length;
    if (itemCount === 0 || itemCount > definition.itemsMax) return failed('INVALID_ARGUMENT');
    if (!capacity.tryTake(definition.class.costMilliUnits * itemCount)) {
      return failed('NODE_OVERLOADED');
    }
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
    count('answered');
    return { kind: 'items', items };
  };
}
