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
    // These tests ask what is answered, not how soon: a busy machine must not decide them.
    environment: { RACE_DEADLINE_MS: '30000' },
  });
  const { blocks: files, excerpts } = listBlocks(CORPUS);
  const blocks = files.map(readPlainBlock);
  return { network, blocks, runs: runsOf(blocks), excerpts };
}
