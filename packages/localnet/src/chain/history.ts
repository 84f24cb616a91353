// Closed blocks and their transactions, bounded by slots and by bytes. Blocks are kept serialised,
// outside the JavaScript heap, and read on demand; signatures and addresses are indexed.
import { deserialize, serialize } from 'node:v8';
import type { Address, Signature } from '@streamsync/domain';
import type { Block, ExecutedTransaction, TransactionErrorJson } from './types.ts';

/** About 2.2 hours of slots of 400 ms. */
export const HISTORY_SLOTS_MAX = 20_000;
/** At four transactions a slot, 2.4 KB each, about 14,000 slots: an hour and a half. */
export const HISTORY_BYTES_MAX = 128 * 1024 * 1024;

export interface TransactionStatus {
  readonly slot: number;
  /** Position in the block. */
  readonly index: number;
  readonly error: TransactionErrorJson | null;
  readonly blockTimeSeconds: number;
  readonly memo: string | null;
}

export class History {
  readonly #slotsMax: number;
  readonly #bytesMax: number;
  #blocks = new Map<number, Uint8Array>();
  #statuses = new Map<Signature, TransactionStatus>();
  /** Oldest first. */
  #byAddress = new Map<Address, Signature[]>();
  #sizeBytes = 0;

  constructor(bounds: { readonly slotsMax?: number; readonly bytesMax?: number } = {}) {
    this.#slotsMax = bounds.slotsMax ?? HISTORY_SLOTS_MAX;
    this.#bytesMax = bounds.bytesMax ?? HISTORY_BYTES_MAX;
  }

  append(block: Block): void {
    // A copy of its own: the serialiser's buffer is larger than what it holds, and one from
    // Node's pool would keep its whole 64 KB slab alive for every block.
    const bytes = new Uint8Array(serialize(block));
    this.#blocks.set(block.slot, bytes);
    this.#sizeBytes += bytes.length;
    for (const [index, transaction] of block.transactions.entries()) {
      this.#statuses.set(transaction.signature, statusOf(block, transaction, index));
      for (const address of new Set(transaction.accountKeys)) {
        const list = this.#byAddress.get(address);
        if (list) list.push(transaction.signature);
        else this.#byAddress.set(address, [transaction.signature]);
      }
    }
    // The newest block always stays, however large.
    while (
      this.#blocks.size > this.#slotsMax ||
      (this.#sizeBytes > this.#bytesMax && this.#blocks.size > 1)
    ) {
      this.#dropOldest();
    }
  }

  block(slot: number): Block | null {
    const bytes = this.#blocks.get(slot);
    return bytes === undefined ? null : (deserialize(bytes) as Block);
  }

  /** The first slot whose block is still here; null before the first block. */
  get firstSlot(): number | null {
    return this.#blocks.keys().next().value ?? null;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get transactionCount(): number {
    return this.#statuses.size;
  }

  status(signature: Signature): TransactionStatus | null {
    return this.#statuses.get(signature) ?? null;
  }

  /** Signatures of transactions that name the address, oldest first. */
  signaturesFor(address: Address): readonly Signature[] {
    return this.#byAddress.get(address) ?? [];
  }

  #dropOldest(): void {
    const [slot, bytes] = this.#blocks.entries().next().value ?? [];
    if (slot === undefined || bytes === undefined) return;
    const block = deserialize(bytes) as Block;
    this.#blocks.delete(slot);
    this.#sizeBytes -= bytes.length;
    for (const transaction of block.transactions) {
      this.#statuses.delete(transaction.signature);
      for (const address of new Set(transaction.accountKeys)) {
        const list = this.#byAddress.get(address);
        list?.shift();
        if (list?.length === 0) this.#byAddress.delete(address);
      }
    }
  }
}

export function statusOf(
  block: Pick<Block, 'slot' | 'blockTimeSeconds'>,
  transaction: ExecutedTransaction,
  index: number,
): TransactionStatus {
  return {
    slot: block.slot,
    index,
    error: transaction.error,
    blockTimeSeconds: block.blockTimeSeconds,
    memo: transaction.memo,
  };
}
