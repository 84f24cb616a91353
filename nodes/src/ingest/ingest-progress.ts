// What went in, how fast, and how long the rest will take: for the log, for metrics and for people.
// Rates are of the last ten seconds, by a monotonic clock.
import type { SourceEvent, SourceStats } from '@streamsync/solana-indexer';

const WINDOW_MS = 10_000;
const BUCKET_MS = 500;
const MS_PER_SECOND = 1_000;

export interface IngestReading {
  readonly slots: number;
  readonly transactions: number;
  /** Slots whose blocks were fetched for their history alone. */
  readonly historySlots: number;
  readonly rollbacks: number;
  /** How often the accounts were forgotten and read anew. */
  readonly restarts: number;
  readonly slotsPerSecond: number;
  readonly transactionsPerSecond: number;
  /** Of what the source had at the start; equal when that is in. */
  readonly slotsDone: number;
  readonly slotsTotal: number;
  /** Null where nothing moves, or nothing is left. */
  readonly secondsLeft: number | null;
  readonly source: SourceStats;
}

interface Bucket {
  readonly atMs: number;
  slots: number;
  transactions: number;
}

export class IngestProgress {
  readonly #stats: () => SourceStats;
  readonly #nowMs: () => number;
  readonly #startMs: number;
  readonly #counts = { slots: 0, transactions: 0, historySlots: 0, rollbacks: 0, restarts: 0 };
  #buckets: Bucket[] = [];

  constructor(stats: () => SourceStats, nowMs: () => number = () => performance.now()) {
    this.#stats = stats;
    this.#nowMs = nowMs;
    this.#startMs = nowMs();
  }

  /** An event that every store has taken. */
  took(event: SourceEvent): void {
    switch (event.kind) {
      case 'slot':
      case 'snapshotEnd':
        this.#counts.slots += 1;
        this.#add(event.update.transactions.length);
        return;
      case 'history':
        this.#counts.historySlots += 1;
        this.#add(event.update.transactions.length);
        return;
      case 'rollback':
        this.#counts.rollbacks += 1;
        return;
      case 'snapshot':
      case 'caughtUp':
        return;
    }
  }

  beganAnew(): void {
    this.#counts.restarts += 1;
  }

  reading(): IngestReading {
    const source = this.#stats();
    const { slotsDone, slotsTotal, lagSlots } = source.progress;
    const { slotsPerSecond, transactionsPerSecond } = this.#rates();
    const slotsLeft = Math.max(0, slotsTotal - slotsDone) + lagSlots;
    return {
      ...this.#counts,
      slotsPerSecond,
      transactionsPerSecond,
      slotsDone,
      slotsTotal,
      secondsLeft:
        slotsLeft === 0 || slotsPerSecond === 0 ? null : Math.ceil(slotsLeft / slotsPerSecond),
      source,
    };
  }

  #add(transactions: number): void {
    this.#counts.transactions += transactions;
    const nowMs = this.#nowMs();
    const last = this.#buckets.at(-1);
    if (last !== undefined && nowMs - last.atMs < BUCKET_MS) {
      last.slots += 1;
      last.transactions += transactions;
      return;
    }
    this.#buckets.push({ atMs: nowMs, slots: 1, transactions });
    this.#forgetOld(nowMs);
  }

  #rates(): { slotsPerSecond: number; transactionsPerSecond: number } {
    const nowMs = this.#nowMs();
    this.#forgetOld(nowMs);
    const seconds = Math.max(BUCKET_MS, Math.min(WINDOW_MS, nowMs - this.#startMs)) / MS_PER_SECOND;
    const sum = (key: 'slots' | 'transactions') =>
      this.#buckets.reduce((total, bucket) => total + bucket[key], 0);
    const rate = (count: number) => Math.round((count / seconds) * 10) / 10;
    return { slotsPerSecond: rate(sum('slots')), transactionsPerSecond: rate(sum('transactions')) };
  }

  #forgetOld(nowMs: number): void {
    const firstKept = this.#buckets.findIndex(({ atMs }) => nowMs - atMs <= WINDOW_MS);
    if (firstKept === -1) this.#buckets = [];
    else if (firstKept > 0) this.#buckets.splice(0, firstKept);
  }
}
