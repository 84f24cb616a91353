// What agreement is asked and says, for the race.
import type { RacerCount, Trust } from '../pipeline/ports.ts';

/** Anything that is compared by its bytes; equal ones are represented by the first that came. */
export interface Comparable {
  readonly bytes: Uint8Array;
}

/** Where a seat stands among the answers: group 0 came first. */
export interface Standing {
  readonly group: number;
  /** Position within its group, from 0. */
  readonly position: number;
}

export interface Agreement<Body extends Comparable> {
  /** Counts an eligible answer; returns the body that stands for its group. A seat answers once. */
  add(seat: number, body: Body): Body;
  /** The body to serve, once the trust level is met; it never changes after. */
  readonly served: Body | null;
  /** Whether the majority of all votes confirms the body that was served. */
  readonly confirmed: boolean;
  /** Whether more than one body was answered. */
  readonly disagreed: boolean;
  /** Answers that counted. */
  readonly votes: number;
  /** Whether `open` more answers could still meet the trust level. */
  reachable(open: number): boolean;
  /**
   * Where no majority can come of the votes that the race has, gives it more, so that one can:
   * returns how many of the `reserves` need a seat for that beside the `open` ones, or 0. A race
   * that needs all of its racers is not widened.
   */
  widen(open: number, reserves: number): number;
  standing(seat: number): Standing | null;
  /** The group of the body that was served, or -1. */
  readonly servedGroup: number;
  /** The body of a group, in the order of arrival. */
  bodyOf(group: number): Body | null;
}

export type StartAgreement = <Body extends Comparable>(
  trust: Trust,
  racers: RacerCount,
) => Agreement<Body>;
