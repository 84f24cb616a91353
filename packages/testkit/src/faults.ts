// What can be wrong with a node, and how each fault is done. A faulty node is a real one, on real
// sockets and sessions, with one thing spoiled. Invariant: `none` is an honest node.

export const FAULTS = [
  'none',
  /** Answers other bytes than it has. */
  'lies',
  /** Answers, but too late. */
  'late',
  /** Never answers. */
  'silent',
  /** Answers bytes that are no message. */
  'garbage',
  /** Answers a frame above the limit. */
  'oversized-frame',
  /** Answers under an id that nobody asked with. */
  'wrong-request-id',
  /** Answers every request with its first answer. */
  'replayed-answer',
  /** Answers with a MAC that does not fit. */
  'unsigned-answer',
  /** Claims a slot that does not exist, in heartbeats and in answers. */
  'inflated-slot',
  /** Closes its connection and its port when a request comes. */
  'dies-in-race',
  /** Signs no roots, and does not say why. */
  'owes-roots',
  /** Signs roots that do not fit its answers. */
  'wrong-root',
] as const;

export type Fault = (typeof FAULTS)[number];

/** How far an inflated slot is ahead: more than any lag that the gateway allows. */
export const INFLATED_SLOTS = 1_000n;
