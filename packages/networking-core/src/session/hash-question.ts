// The hash of a question, as wire's bodies/arguments.ts defines it: `[operation, arguments]`. What is
// the same for every question of an operation is encoded once, for this runs for every leaf.
import { OPERATIONS, type OperationName } from '@streamsync/domain';
import { CborWriter, type CryptoPort } from '@streamsync/wire';

/** A byte string's head, at its longest. */
const HEAD_BYTES = 9;

const PREFIXES = new Map<OperationName, Uint8Array>();
for (const operation of Object.keys(OPERATIONS) as OperationName[]) {
  PREFIXES.set(operation, new CborWriter(64).array(2).text(operation).finish());
}

export function hashQuestion(
  crypto: Pick<CryptoPort, 'sha256'>,
  operation: OperationName,
  item: Uint8Array,
): Uint8Array {
  const prefix = PREFIXES.get(operation) as Uint8Array;
  const writer = new CborWriter(prefix.length + HEAD_BYTES + item.length);
  return crypto.sha256(writer.raw(prefix).bytes(item).finish());
}
