// A broken invariant is a defect of ours, never an outcome: it throws, and nothing catches it to go on.

/** Throws when `condition` does not hold; `why` says which rule was broken. */
export function invariant(condition: unknown, why: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${why}`);
}

/** For the default arm of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
