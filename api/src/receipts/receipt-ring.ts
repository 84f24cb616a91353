// The receipts that are kept in memory: the newest queries and their races. Invariant: at most
// `entriesMax` queries and as many races; the oldest leave first, one for one.
import type { DecidedRace, QueryReceipt, RaceRecord } from '../pipeline/ports.ts';

/** An hour at 28 queries a second. A race takes about 1 KB. */
export const RECEIPTS_MAX = 100_000;

export interface KeptReceipt {
  readonly receipt: Omit<QueryReceipt, 'races'>;
  readonly races: readonly DecidedRace[];
}

export class ReceiptRing {
  readonly #entriesMax: number;
  readonly #byQuery = new Map<string, KeptReceipt>();
  /** Query ids in the order of arrival. Walking a Map from its front passes all that was deleted. */
  #order: string[] = [];
  #orderFirst = 0;
  #races = 0;

  constructor(entriesMax: number = RECEIPTS_MAX) {
    this.#entriesMax = entriesMax;
  }

  get queries(): number {
    return this.#byQuery.size;
  }

  get races(): number {
    return this.#races;
  }

  add(kept: KeptReceipt): void {
    const { queryId } = kept.receipt;
    if (this.#byQuery.has(queryId)) return;
    this.#byQuery.set(queryId, kept);
    this.#order.push(queryId);
    this.#races += kept.races.length;
    while (this.#byQuery.size > this.#entriesMax || this.#races > this.#entriesMax) {
      this.#dropOldest();
    }
  }

  query(queryId: string): QueryReceipt | null {
    const kept = this.#byQuery.get(queryId);
    return kept === undefined ? null : readReceipt(kept);
  }

  /** By `<query id>-<race index>`. */
  race(id: string): RaceRecord | null {
    const kept = this.#byQuery.get(id.slice(0, id.lastIndexOf('-')));
    if (kept === undefined) return null;
    for (const race of kept.races) {
      const record = race.record();
      if (record.id === id) return record;
    }
    return null;
  }

  #dropOldest(): void {
    const oldest = this.#order[this.#orderFirst];
    this.#orderFirst += 1;
    if (oldest !== undefined) {
      this.#races -= this.#byQuery.get(oldest)?.races.length ?? 0;
      this.#byQuery.delete(oldest);
    }
    if (this.#orderFirst > this.#entriesMax) {
      this.#order = this.#order.slice(this.#orderFirst);
      this.#orderFirst = 0;
    }
  }
}

/** The receipt with its races as they stand now. */
export function readReceipt({ receipt, races }: KeptReceipt): QueryReceipt {
  return { ...receipt, races: races.map((race) => race.record()) };
}
