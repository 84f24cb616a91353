// The blocks of the corpus: a plain reading of them, and a network of archive nodes that was fed them.
// Tests of the corpus read it in place, and skip, and say so, where it is absent.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listBlocks, type PlainBlock, readPlainBlock } from './plain-blocks.ts';
import { type PlainRun, runsOf } from './plain-histories.ts';
import { type RealNetwork, startRealNetwork } from './real-network.ts';

export const CORPUS =
  process.env.STREAMSYNC_CORPUS ?? join(import.meta.dirname, '../../../../shared/corpus');
export const isCorpusAbsent = !existsSync(join(CORPUS, 'manifest.json'));
if (isCorpusAbsent) {
  process.stdout.write(`SKIPPED: no corpus in ${CORPUS}; set STREAMSYNC_CORPUS.\n`);
}

/** Of the 70,000 transactions into three operators on one machine that runs other tests too. */
const FEED_MS_MAX = 240_000;
export const STARTED_MS_MAX = FEED_MS_MAX + 60_000;

/** A query's deadline, and how long a query is repeated that a busy machine left unanswered. */
export const DEADLINE = '@deadline(ms: 30000)';
const PATIENCE_MS_MAX = 60_000;

/** What a busy machine does to a query. */
const BUSY = new Set(['RACE_DEADLINE_EXCEEDED', 'POOL_TOO_SMALL', 'STALE_POOL']);

/**
 * These tests ask what is answered, not how soon: what no race could answer in time is asked again, as
 * where nodes that stood still are let into their pool again. Every other error is an answer.
 */
function patiently(ask: RealNetwork['ask']): RealNetwork['ask'] {
  return async (query, variables) => {
    const endAtMs = performance.now() + PATIENCE_MS_MAX;
    for (;;) {
      const answer = await ask(query, variables);
      if (!answer.errors?.some(({ extensions }) => BUSY.has(extensions.code))) return answer;
      if (performance.now() > endAtMs) {
        const { data } = await ask('{ nodes { operator state appliedSlot } }');
        throw new Error(`not answered: ${JSON.stringify([answer.errors[0], data])}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
}

export interface CorpusNetwork {
  readonly network: RealNetwork;
  readonly blocks: readonly PlainBlock[];
  readonly runs: readonly PlainRun[];
  readonly excerpts: readonly { readonly slot: number; readonly file: string }[];
}

export async function startCorpusNetwork(): Promise<CorpusNetwork> {
  const network = await startRealNetwork(`blocks = "${CORPUS}/blocks"`, {
    specialisations: ['archive'],
    feedMsMax: FEED_MS_MAX,
    environment: { RACE_DEADLINE_MS: '30000' },
  });
  const { blocks: files, excerpts } = listBlocks(CORPUS);
  const blocks = files.map(readPlainBlock);
  return {
    network: { ...network, ask: patiently(network.ask) },
    blocks,
    runs: runsOf(blocks),
    excerpts,
  };
}
