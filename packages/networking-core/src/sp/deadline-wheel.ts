// Deadlines of many short requests by one coarse timer instead of a timer each: a wheel of linked
// lists. Invariant: an entry expires once, never before its deadline, and at most about two ticks
// after it unless the event loop itself was held up.
import { invariant } from '@streamsync/domain';

/** Finer than any guarantee of the operations table needs; 500 wake-ups a second while requests wait. */
const TICK_MS = 2;

/** 512 × 2 ms: about a second a turn. Entries further off stay in place for more turns. */
const BUCKETS = 512;

const DEADLINE_MS_MAX = 86_400_000;

/** What waits in a wheel; it carries its own links, so that adding and removing allocate nothing. */
export abstract class WheelEntry {
  /** On the clock of `performance.now()`. */
  deadlineAtMs = 0;
  wheelNext: WheelEntry | null = null;
  wheelPrevious: WheelEntry | null = null;

  /** Called when the deadline has passed; the entry has left the wheel. */
  abstract expire(): void;
}

class BucketHead extends WheelEntry {
  override expire(): void {}
}

function unlink(entry: WheelEntry): void {
  const { wheelNext, wheelPrevious } = entry;
  if (wheelNext === null || wheelPrevious === null) return;
  wheelPrevious.wheelNext = wheelNext;
  wheelNext.wheelPrevious = wheelPrevious;
  entry.wheelNext = null;
  entry.wheelPrevious = null;
}

export class DeadlineWheel {
  readonly #buckets: WheelEntry[] = Array.from({ length: BUCKETS }, () => {
    const head = new BucketHead();
    head.wheelNext = head;
    head.wheelPrevious = head;
    return head;
  });
  #waiting = 0;
  #tickDone = 0;
  #timer: NodeJS.Timeout | null = null;

  get waiting(): number {
    return this.#waiting;
  }

  /** Adds an entry that expires `deadlineMs` from now. It is in no wheel yet. */
  add(entry: WheelEntry, deadlineMs: number): void {
    invariant(deadlineMs >= 0 && deadlineMs <= DEADLINE_MS_MAX, 'a deadline is 0 ms to a day');
    const nowMs = performance.now();
    if (this.#timer === null) {
      this.#tickDone = Math.floor(nowMs / TICK_MS);
      this.#timer = setInterval(() => this.#sweep(), TICK_MS);
      this.#timer.unref();
    }
    entry.deadlineAtMs = nowMs + deadlineMs;
    const tick = Math.max(Math.ceil(entry.deadlineAtMs / TICK_MS), this.#tickDone + 1);
    const head = this.#buckets[tick % BUCKETS] as WheelEntry;
    const last = head.wheelPrevious as WheelEntry;
    entry.wheelPrevious = last;
    entry.wheelNext = head;
    last.wheelNext = entry;
    head.wheelPrevious = entry;
    this.#waiting += 1;
  }

  /** Takes an entry out; one that is not in the wheel stays as it is. */
  remove(entry: WheelEntry): void {
    if (entry.wheelNext === null) return;
    unlink(entry);
    this.#waiting -= 1;
  }

  #sweep(): void {
    if (this.#waiting === 0) {
      clearInterval(this.#timer ?? undefined);
      this.#timer = null;
      return;
    }
    const nowMs = performance.now();
    const tickNow = Math.floor(nowMs / TICK_MS);
    const due: WheelEntry[] = [];
    const first = Math.max(this.#tickDone + 1, tickNow - BUCKETS + 1);
    for (let tick = first; tick <= tickNow; tick += 1) {
      const head = this.#buckets[tick % BUCKETS] as WheelEntry;
      let entry = head.wheelNext as WheelEntry;
      while (entry !== head) {
        const next = entry.wheelNext as WheelEntry;
        if (entry.deadlineAtMs <= nowMs) {
          this.remove(entry);
          due.push(entry);
        }
        entry = next;
      }
    }
    this.#tickDone = tickNow;
    for (const entry of due) entry.expire();
  }
}

/** The wheel of this process: all its sockets share one timer. */
export const sharedWheel = new DeadlineWheel();
