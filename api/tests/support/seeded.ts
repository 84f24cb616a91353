// A seed for what tests draw, printed, so that a run can be repeated: STREAMSYNC_SEED=<seed>.
const SEED = Number(process.env.STREAMSYNC_SEED ?? Date.now() % 1_000_000_007);
process.stdout.write(`STREAMSYNC_SEED=${SEED}\n`);

/** A small seeded generator (mulberry32), from 0 to 1. */
function mulberry32(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The items in an order that the seed makes, the same for the same items. */
export function shuffled<Item>(items: readonly Item[]): Item[] {
  const random = mulberry32(SEED);
  return items
    .map((item) => ({ item, at: random() }))
    .sort((left, right) => left.at - right.at)
    .map(({ item }) => item);
}
