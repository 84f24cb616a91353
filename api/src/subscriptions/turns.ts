// Work that is done a few at a time, in the order in which it came: what subscribers cost must leave the
// gateway to queries, however many documents and places in the chain they follow.

export type Turns = <Value>(work: () => Promise<Value>) => Promise<Value>;

/** @param max what runs at once, at most */
export function createTurns(max: number): Turns {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // The turn goes to the next one as it is, so that nobody who comes now is let in before.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
