// How one operation speaks: its arguments as canonical bytes, and an answer's bytes as a value. A new
// operation is an entry in the file of its family and nothing else in the pipeline.
import { type HistoryRange, StreamSyncError } from '@streamsync/domain';

export interface OperationCodec<Arguments, Value> {
  encode(args: Arguments): Uint8Array;
  /** @throws StreamSyncError MALFORMED_MESSAGE */
  decode(item: Uint8Array): Value;
  /** The slots that a node must hold to answer; absent where the pin is all that it needs. */
  slots?(args: Arguments): HistoryRange;
}

/** An entry that must be there, such as a transaction in a list of them. */
export function present<Value>(value: Value | null): Value {
  if (value === null) {
    throw new StreamSyncError(
      'MALFORMED_MESSAGE',
      {},
      { message: 'A list has an entry that does not exist.' },
    );
  }
  return value;
}
