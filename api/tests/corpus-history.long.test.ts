// The whole history of every address of the corpus's blocks through the front door, in both orders,
// against a plain reading of the same JSON: some 400,000 entries. `npm run test:long`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectHistories } from './support/ask-histories.ts';
import {
  type CorpusNetwork,
  isCorpusAbsent,
  STARTED_MS_MAX,
  startCorpusNetwork,
} from './support/corpus-network.ts';
import { historiesOf } from './support/plain-histories.ts';

describe.skipIf(isCorpusAbsent)('every address of the corpus', () => {
  let corpus: CorpusNetwork;

  beforeAll(async () => {
    corpus = await startCorpusNetwork();
  }, STARTED_MS_MAX);
  afterAll(() => corpus?.network.stop());

  it.each(['OLDEST_FIRST', 'NEWEST_FIRST'] as const)(
    'has its transactions and the changes of its balances, %s',
    async (order) => {
      let entries = 0;
      for (const run of corpus.runs) {
        entries += await expectHistories(corpus.network, run, [...historiesOf(run)], order);
      }
      process.stdout.write(`${entries} entries of the histories of addresses\n`);
      expect(entries).toBeGreaterThan(400_000);
    },
  );
});
