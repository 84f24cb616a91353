// The race without HTTP and GraphQL: gateway to nodes, by the api's own bench as a child process.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type BenchRow, formatNumber } from './row.ts';

const RACE_BENCH = join(
  import.meta.dirname,
  ...['..', '..', '..', '..', 'api', 'bench', 'race', 'main.ts'],
);

const line = z.object({
  row: z.string(),
  best: z.number(),
  range: z.tuple([z.number(), z.number()]),
  bar: z.number().optional(),
  racedP50Ms: z.array(z.number()).optional(),
  plainP50Ms: z.array(z.number()).optional(),
  unattested: z.number().optional(),
});

export async function measureRaces(): Promise<BenchRow[]> {
  const child = spawn(process.execPath, [RACE_BENCH], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const rows: BenchRow[] = [];
  for await (const text of createInterface({ input: child.stdout })) {
    rows.push(rowOf(line.parse(JSON.parse(text))));
  }
  const code = await ended;
  if (code !== 0) throw new Error(`the race bench ended with exit code ${code}`);
  return rows;
}

function rowOf(said: z.infer<typeof line>): BenchRow {
  const isRatio = said.racedP50Ms !== undefined;
  const [min, max] = said.range;
  const { bar } = said;
  return {
    what: said.row,
    unit: isRatio ? '×' : '',
    figure: { best: said.best, min, max },
    bar: bar === undefined ? null : `${isRatio ? '≤' : '≥'} ${formatNumber(bar)}`,
    isMet: bar === undefined ? null : isRatio ? said.best <= bar : said.best >= bar,
    beside: besideOf(said),
  };
}

function besideOf(said: z.infer<typeof line>): string {
  if (said.racedP50Ms !== undefined && said.plainP50Ms !== undefined) {
    const raced = Math.min(...said.racedP50Ms);
    const plain = Math.min(...said.plainP50Ms);
    return `raced ${formatNumber(raced)} ms, one node ${formatNumber(plain)} ms`;
  }
  return said.unattested === undefined ? '' : `${said.unattested} without a root`;
}
