// A call as a gateway sends it: encoded once per race and shared by the frames of all racers, with
// the hashes of its questions, which the leaves of every racer have in common.
import { isOperationName, type OperationName, StreamSyncError } from '@streamsync/domain';
import { type Call, type CryptoPort, encodeCall } from '@streamsync/wire';
import { hashQuestion } from './hash-question.ts';

export class PreparedCall {
  readonly operation: OperationName;
  readonly call: Call;
  readonly encoded: Uint8Array;
  readonly #crypto: Pick<CryptoPort, 'sha256'>;
  readonly #operationHashes: Uint8Array[] = [];

  /** @throws StreamSyncError UNKNOWN_OPERATION */
  constructor(crypto: Pick<CryptoPort, 'sha256'>, call: Call) {
    if (!isOperationName(call.operation)) {
      throw new StreamSyncError('UNKNOWN_OPERATION', { operation: call.operation.slice(0, 64) });
    }
    this.operation = call.operation;
    this.call = call;
    this.encoded = encodeCall(call);
    this.#crypto = crypto;
  }

  get itemCount(): number {
    return this.call.items.length;
  }

  /** Of the item at `index`; computed once, when the first racer's leaf is checked. */
  operationHash(index: number): Uint8Array {
    const known = this.#operationHashes[index];
    if (known !== undefined) return known;
    const item = this.call.items[index] as Uint8Array;
    const hash = hashQuestion(this.#crypto, this.operation, item);
    this.#operationHashes[index] = hash;
    return hash;
  }
}
