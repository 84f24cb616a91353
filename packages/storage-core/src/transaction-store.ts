// Transactions by signature: canonical encoded items in the journal, and in memory those that are
// not committed yet. A transaction of a slot above the pin does not exist at the pin, and a
// signature that is not held is null only where the history is complete from the chain's beginning.
import type { HistoryRange, Slot } from '@streamsync/domain';
import { encodeTransactionItem } from '@streamsync/wire';
import { keyText, slotNumber } from './bytes.ts';
import type { Journal, JournalTransaction } from './journal.ts';
import { SlotRanges } from './slot-ranges.ts';

/** The item of a transaction that does not exist: canonical null. */
export const ABSENT_TRANSACTION_ITEM: Uint8Array = encodeTransactionItem(null);

export interface HistoryCoverage {
  /** The newest range without a gap reaches back to this slot; null when nothing is held. */
  readonly completeFrom: Slot | null;
  /** Whether that range begins with the chain, so that an unknown signature does not exist. */
  readonly fromGenesis: boolean;
  readonly gaps: readonly { readonly slotFirst: Slot; readonly slotLast: Slot }[];
}

export class TransactionStore {
  readonly #journal: Journal | null;
  readonly #ranges: SlotRanges;
  readonly #memory = new Map<string, JournalTransaction>();
  #genesisSlot: Slot | null = null;

  constructor(journal: Journal | null) {
    this.#journal = journal;
    this.#ranges = new SlotRanges(journal?.coverage() ?? []);
  }

  /** Transactions that are held, committed or not. */
  get size(): number {
    return this.#memory.size + (this.#journal?.transactionCount() ?? 0);
  }

  /** The chain's first slot with a block: a history complete from it knows what does not exist. */
  setGenesisSlot(slot: Slot): void {
    this.#genesisSlot = slot;
  }

  coverage(): HistoryCoverage {
    const last = this.#ranges.last;
    return {
      completeFrom: last?.slotFirst ?? null,
      fromGenesis:
        last !== null && this.#genesisSlot !== null && last.slotFirst <= this.#genesisSlot,
      gaps: this.#ranges.gaps(),
    };
  }

  /** The stretches of slots whose transactions are held, ascending. */
  ranges(): readonly HistoryRange[] {
    return this.#ranges.list().map(({ slotFirst, slotLast }) => ({ slotFirst, slotLast }));
  }

  holdsSlot(slot: Slot): boolean {
    return this.#ranges.has(slot);
  }

  /**
   * The encoded transaction as of the pinned slot; canonical null for one that does not exist; and
   * 'notCovered' where an unheld signature may lie before the history or in a gap of it.
   */
  item(signature: Uint8Array, slotPin: Slot): Uint8Array | 'notCovered' {
    const held = this.#memory.get(keyText(signature)) ?? this.#journal?.transaction(signature);
    if (held && held.slot <= Number(slotPin)) return held.item;
    if (held) return ABSENT_TRANSACTION_ITEM;
    return this.coverage().fromGenesis ? ABSENT_TRANSACTION_ITEM : 'notCovered';
  }

  /** Takes a slot's transactions into memory, and says what the journal has to keep with them. */
  add(
    slot: Slot,
    parentSlot: Slot | null,
    transactions: readonly JournalTransaction[],
  ): SlotRanges {
    for (const transaction of transactions) {
      this.#memory.set(keyText(transaction.signature), transaction);
    }
    this.#ranges.add(slot, parentSlot);
    return this.#ranges;
  }

  /** Forgets the transactions and the history above `slot`; the journal does the same. */
  rollback(slot: Slot): SlotRanges {
    const at = slotNumber(slot);
    for (const [key, transaction] of this.#memory) {
      if (transaction.slot > at) this.#memory.delete(key);
    }
    this.#ranges.removeAbove(slot);
    return this.#ranges;
  }

  /** Lets go of what the journal has committed. */
  committed(transactions: readonly JournalTransaction[]): void {
    for (const transaction of transactions) {
      const key = keyText(transaction.signature);
      if (this.#memory.get(key) === transaction) this.#memory.delete(key);
    }
  }
}
