// The segments that readers see. A reader leases the set as it is; segments that a merge replaced are
// removed from the disk when the last lease that has them ends.
import type { Segment } from './segment.ts';

export interface SegmentLease {
  readonly segments: readonly Segment[];
  release(): void;
}

interface Generation {
  readonly segments: readonly Segment[];
  leases: number;
}

export class SegmentSet {
  readonly #remove: (segment: Segment) => void;
  #current: Generation = { segments: [], leases: 0 };
  /** Generations that are still leased, and segments that wait for them. */
  readonly #leased = new Set<Generation>();
  readonly #leaving = new Set<Segment>();

  constructor(remove: (segment: Segment) => void) {
    this.#remove = remove;
  }

  get segments(): readonly Segment[] {
    return this.#current.segments;
  }

  lease(): SegmentLease {
    const generation = this.#current;
    generation.leases += 1;
    this.#leased.add(generation);
    let isHeld = true;
    return {
      segments: generation.segments,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        generation.leases -= 1;
        if (generation.leases === 0) this.#leased.delete(generation);
        this.#removeUnleased();
      },
    };
  }

  /** Shows other segments from now on; those that left are removed once nobody reads them. */
  replace(removed: readonly Segment[], added: readonly Segment[]): void {
    const kept = this.#current.segments.filter((segment) => !removed.includes(segment));
    this.#current = { segments: [...kept, ...added], leases: 0 };
    for (const segment of removed) this.#leaving.add(segment);
    this.#removeUnleased();
  }

  /** Stops to show a segment, whose files stay. */
  hide(segment: Segment): void {
    this.#current = {
      segments: this.#current.segments.filter((shown) => shown !== segment),
      leases: 0,
    };
  }

  #removeUnleased(): void {
    for (const segment of this.#leaving) {
      const isRead = [...this.#leased].some(({ segments }) => segments.includes(segment));
      if (isRead) continue;
      this.#leaving.delete(segment);
      this.#remove(segment);
    }
  }
}
