// Agreement on one race's answers, as a state machine over their bytes. Invariant: under MAJORITY
// and UNANIMOUS a body is served only when more than half of the votes that the race has, or all of
// them, are for exactly these bytes; a race that different lies have used up may get more votes, and
// a majority is then one of all of them.
import { invariant } from '@streamsync/domain';
import type { RacerCount, Trust } from '../pipeline/ports.ts';
import type { Agreement, Comparable, Standing } from './ports.ts';

interface Group<Body> {
  readonly body: Body;
  readonly seats: number[];
  votes: number;
}

/** Votes that a race is widened to: two lone liars and three operators that agree. */
export const VOTES_MAX = 5;

/** 2 of 3, 3 of 4, 3 of 5. */
export function majorityOf(votes: number): number {
  return Math.floor(votes / 2) + 1;
}

/** Votes for one body that the trust level needs to serve it, of all that the race has. */
export function votesNeeded(trust: Trust, votes: number): number {
  if (trust === 'FAST') return 1;
  return trust === 'MAJORITY' ? majorityOf(votes) : votes;
}

export function startAgreement<Body extends Comparable>(
  trust: Trust,
  racers: RacerCount,
): Agreement<Body> {
  return new BodyAgreement<Body>(trust, racers);
}

class BodyAgreement<Body extends Comparable> implements Agreement<Body> {
  readonly #trust: Trust;
  readonly #groups: Group<Body>[] = [];
  /** How many answers may vote. */
  #votesMax: number;
  #votes = 0;
  #servedGroup = -1;

  constructor(trust: Trust, racers: RacerCount) {
    this.#trust = trust;
    this.#votesMax = racers;
  }

  get votes(): number {
    return this.#votes;
  }

  get servedGroup(): number {
    return this.#servedGroup;
  }

  get served(): Body | null {
    return this.bodyOf(this.#servedGroup);
  }

  get confirmed(): boolean {
    const group = this.#groups[this.#servedGroup];
    return group !== undefined && group.votes >= majorityOf(this.#votesMax);
  }

  get disagreed(): boolean {
    return this.#groups.length > 1;
  }

  add(seat: number, body: Body): Body {
    invariant(this.standing(seat) === null, 'a seat answers once');
    let index = this.#groups.findIndex((group) => sameBytes(group.body.bytes, body.bytes));
    if (index < 0) {
      index = this.#groups.length;
      this.#groups.push({ body, seats: [], votes: 0 });
    }
    const group = this.#groups[index] as Group<Body>;
    group.seats.push(seat);
    // An answer beyond the race's size is a replaced seat's: it is kept, and has no vote.
    if (this.#votes < this.#votesMax) {
      this.#votes += 1;
      group.votes += 1;
      const needed = votesNeeded(this.#trust, this.#votesMax);
      if (this.#servedGroup < 0 && group.votes >= needed) this.#servedGroup = index;
    }
    return group.body;
  }

  reachable(open: number): boolean {
    if (this.#servedGroup >= 0) return true;
    return this.#most() + this.#left(open) >= votesNeeded(this.#trust, this.#votesMax);
  }

  widen(open: number, reserves: number): number {
    if (this.#trust === 'UNANIMOUS' || !this.disagreed) return 0;
    const most = this.#most();
    if (most + this.#left(open) >= majorityOf(this.#votesMax)) return 0;
    for (let votesMax = this.#votesMax; votesMax <= VOTES_MAX; votesMax += 1) {
      const left = votesMax - this.#votes;
      if (left > open + reserves) break;
      if (most + left < majorityOf(votesMax)) continue;
      this.#votesMax = votesMax;
      return Math.max(0, left - open);
    }
    return 0;
  }

  /** Votes of the group that has most. */
  #most(): number {
    let most = 0;
    for (const { votes } of this.#groups) most = Math.max(most, votes);
    return most;
  }

  /** Votes that `open` seats can still give. */
  #left(open: number): number {
    return Math.min(open, this.#votesMax - this.#votes);
  }

  standing(seat: number): Standing | null {
    for (const [group, { seats }] of this.#groups.entries()) {
      const position = seats.indexOf(seat);
      if (position >= 0) return { group, position };
    }
    return null;
  }

  bodyOf(group: number): Body | null {
    return this.#groups[group]?.body ?? null;
  }
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && Buffer.compare(left, right) === 0;
}
