// What the archive found, as an answer: its bytes, or the code that says why there are none.
import type { ErrorCode } from '@streamsync/domain';

/** Encodes what was found. An address that no source names is not covered; null would be a claim. */
export function coveredOr<Value>(
  found: Value | 'notCovered' | 'unknownAddress',
  encode: (value: Value) => Uint8Array,
): Uint8Array | ErrorCode {
  if (found === 'notCovered') return 'HISTORY_NOT_COVERED';
  if (found === 'unknownAddress') return 'NOT_COVERED';
  return encode(found);
}
