// A page as a wallet shows it: 100 token accounts of an owner, each with its mint and metadata, over
// HTTP on a whole network that serves a made-up folder.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startDevnet } from './devnet-child.ts';
import { createClient, timesOf } from './http-client.ts';
import { writeMadeUpFolder } from './made-up-folder.ts';
import type { BenchRow } from './row.ts';
import { percentile, REPETITIONS, spreadOf } from './statistics.ts';

const ENTRIES = 100;
const RACES = 3;
const P50_MS_MAX = 15;
const REQUESTS_PER_REPETITION = 150;
const WARM_UP_REQUESTS = 300;

const page = z.object({
  data: z.object({
    tokenAccounts: z.object({
      nodes: z
        .array(z.object({ mintAccount: z.object({ metadata: z.object({ name: z.string() }) }) }))
        .length(ENTRIES),
    }),
  }),
  extensions: z.object({ streamsync: z.object({ races: z.array(z.unknown()) }) }),
});

export async function measurePage(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'streamsync-bench-page-'));
  try {
    const { owner } = await writeMadeUpFolder(folder, ENTRIES);
    const devnet = await startDevnet(['--accounts', folder]);
    try {
      return [await measure(devnet.network.graphql.url, owner)];
    } finally {
      await devnet.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(url: string, owner: string): Promise<BenchRow> {
  const client = createClient(url);
  const query = `{ tokenAccounts(owner: "${owner}", first: ${ENTRIES}) { nodes { address amount
    mintAccount { address ... on Mint { decimals supply metadata { name symbol uri } } } } } }`;
  const read = async () => page.parse(JSON.parse((await client.ask(query)).body));
  const races = (await read()).extensions.streamsync.races.length;
  await timesOf(client, query, WARM_UP_REQUESTS);
  const figures: number[] = [];
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
    figures.push(percentile(await timesOf(client, query, REQUESTS_PER_REPETITION), 0.5));
  }
  await read();
  client.close();
  const figure = spreadOf(figures, 'lowest');
  return {
    what: `a page of ${ENTRIES} token accounts with their mints and metadata: p50`,
    unit: 'ms',
    figure,
    bar: `${RACES} races, ≤ ${P50_MS_MAX} ms`,
    isMet: races === RACES && figure.best <= P50_MS_MAX,
    beside: `${races} races`,
  };
}
