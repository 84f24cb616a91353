// The counters of a source, as it keeps them, and from them how far behind it is. Times are read from
// a monotonic clock, so that a clock that is set does not make a source look stuck.
import type { Slot } from '@streamsync/domain';

/** A chain makes a slot every 0.4 s; so long without one is a source that has stopped. */
export const STUCK_AFTER_MS = 10_000;

export interface SourceStats {
  readonly slotsDelivered: number;
  readonly snapshots: number;
  readonly reconnects: number;
  readonly errors: number;
  /** The newest error's sentence; null before the first. */
  readonly lastError: string | null;
  /** Files or items that were left out, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly progress: SourceProgress;
}

/** How far a source is, and how it stands with what it knows to be there. */
export interface SourceProgress {
  /** The newest slot that the source has heard of; null before the first. */
  readonly slotSeen: Slot | null;
  /** The newest slot that it has delivered and not undone. */
  readonly slotDelivered: Slot | null;
  /** Slots between the two: what was heard of and waits for its parents, its block or its turn. */
  readonly lagSlots: number;
  /** How long the oldest of these has waited; 0 where nothing waits. */
  readonly lagMs: number;
  /** Unix milliseconds since when nothing new was heard of, or null while something is. */
  readonly stuckSinceMs: number | null;
  /** Stretches of slots that are missing and are being fetched. */
  readonly gaps: number;
  readonly rollbacks: number;
  /** Slots that came again, or could not be. */
  readonly repeated: number;
  /** Slots of what was there at the start (blocks of folders, history to fetch), done and in all. */
  readonly slotsDone: number;
  readonly slotsTotal: number;
}

export class SourceCounters {
  slotsDelivered = 0;
  snapshots = 0;
  reconnects = 0;
  /** Stretches of slots that are being fetched now. */
  gaps = 0;
  rollbacks = 0;
  repeated = 0;
  slotsDone = 0;
  slotsTotal = 0;
  /** Set by a source that is finite and has delivered everything: its silence says nothing. */
  isEnded = false;
  #errors = 0;
  #lastError: string | null = null;
  readonly #skipped = new Map<string, number>();
  readonly #startMs = performance.now();
  #slotSeen: Slot | null = null;
  #slotDelivered: Slot | null = null;
  #seenAtMs: number | null = null;
  #waitingSinceMs: number | null = null;

  failed(error: unknown): void {
    this.#errors += 1;
    this.#lastError = (error instanceof Error ? error.message : String(error)).slice(0, 300);
  }

  skipped(reason: string, count = 1): void {
    this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + count);
  }

  /** The source has heard of a slot; what it heard of before is no news. */
  seen(slot: Slot): void {
    if (this.#slotSeen !== null && slot <= this.#slotSeen) return;
    this.#slotSeen = slot;
    this.#seenAtMs = performance.now();
    if (this.#slotDelivered === null || slot > this.#slotDelivered) {
      this.#waitingSinceMs ??= this.#seenAtMs;
    }
  }

  /** What was heard of turned out not to be: the newest is what the source says now. */
  unseen(slot: Slot): void {
    if (this.#slotSeen === null || this.#slotSeen <= slot) return;
    this.#slotSeen = slot;
    if (this.#slotDelivered !== null && slot <= this.#slotDelivered) this.#waitingSinceMs = null;
  }

  delivered(slot: Slot): void {
    this.slotsDelivered += 1;
    this.#slotDelivered = slot;
    this.seen(slot);
    this.#waitingSinceMs = this.#slotSeen === slot ? null : performance.now();
  }

  rolledBack(slot: Slot): void {
    this.rollbacks += 1;
    this.#slotDelivered = slot;
  }

  snapshot(): SourceStats {
    const { slotsDelivered, snapshots, reconnects } = this;
    return {
      slotsDelivered,
      snapshots,
      reconnects,
      errors: this.#errors,
      lastError: this.#lastError,
      skipped: Object.fromEntries(this.#skipped),
      progress: this.#progress(),
    };
  }

  #progress(): SourceProgress {
    const nowMs = performance.now();
    const { gaps, rollbacks, repeated, slotsDone, slotsTotal } = this;
    const seen = this.#slotSeen ?? 0n;
    const lag = Number(seen - (this.#slotDelivered ?? seen));
    const quietMs = nowMs - (this.#seenAtMs ?? this.#startMs);
    return {
      slotSeen: this.#slotSeen,
      slotDelivered: this.#slotDelivered,
      lagSlots: Math.max(0, lag),
      lagMs: this.#waitingSinceMs === null ? 0 : Math.round(nowMs - this.#waitingSinceMs),
      stuckSinceMs:
        this.isEnded || quietMs < STUCK_AFTER_MS ? null : Math.round(Date.now() - quietMs),
      gaps,
      rollbacks,
      repeated,
      slotsDone,
      slotsTotal,
    };
  }
}
