// Agreement on one race's answers, as a state machine over their bytes. Invariant: under MAJORITY
// and UNANIMOUS a body is served only when more than half of the race's seats, or all of them,
// answered exactly these bytes; never more votes count than the race has seats.
import { invariant } from '@streamsync/domain';
import type { RacerCount, Trust } from '../pipeline/ports.ts';
import type { Agreement, Comparable, Standing } from './ports.ts';

interface Group<Body> {
  readonly body: Body;
  readonly seats: number[];
  votes: number;
}

export function majorityOf(racers: RacerCount): number {
  return (racers + 1) / 2;
}

/** Votes that the trust level needs for a body to be served. */
export function votesNeeded(trust: Trust, racers: RacerCount): number {
  if (trust === 'FAST') return 1;
  return trust === 'MAJORITY' ? majorityOf(racers) : racers;
}

export function startAgreement<Body extends Comparable>(
  trust: Trust,
  racers: RacerCount,
): Agreement<Body> {
  return new BodyAgreement<Body>(trust, racers);
}

class BodyAgreement<Body extends Comparable> implements Agreement<Body> {
  readonly #racers: RacerCount;
  readonly #needed: number;
  readonly #groups: Group<Body>[] = [];
  #votes = 0;
  #servedGroup = -1;

  constructor(trust: Trust, racers: RacerCount) {
    this.#racers = racers;
    this.#needed = votesNeeded(trust, racers);
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
    return group !== undefined && group.votes >= majorityOf(this.#racers);
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
    if (this.#votes < this.#racers) {
      this.#votes += 1;
      group.votes += 1;
      if (this.#servedGroup < 0 && group.votes >= this.#needed) this.#servedGroup = index;
    }
    return group.body;
  }

  reachable(open: number): boolean {
    if (this.#servedGroup >= 0) return true;
    const more = Math.min(open, this.#racers - this.#votes);
    let most = 0;
    for (const group of this.#groups) most = Math.max(most, group.votes);
    return most + more >= this.#needed;
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
