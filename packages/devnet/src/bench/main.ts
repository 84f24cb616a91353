// `npm run bench`: the bars of the issues, measured in one run on this machine, after a warm-up; best
// and range, with the control of the same run beside each p99. `--json` prints a line a row, `--only`
// takes the rows of one program.
import { cpus } from 'node:os';
import { Command } from 'commander';
import { type BenchProgram, measureChild } from './child-rows.ts';
import { measureIndex } from './index-rows.ts';
import { measureNetwork } from './network-rows.ts';
import { measureIngest, measureStore } from './node-rows.ts';
import { measurePage } from './page-rows.ts';
import { type BenchRow, formatTable } from './row.ts';

type Say = (line: string) => void;

const PROGRAMS: Readonly<Record<string, BenchProgram>> = {
  race: { script: 'api/bench/race/main.ts', says: 'races, gateway to nodes' },
  http: { script: 'api/bench/http/main.ts', says: 'GraphQL beside plain HTTP' },
  subscribers: { script: 'api/bench/subscribers/main.ts', says: '1,000 subscribers' },
};
/** What this workspace measures itself, by the front door. */
const FRONT_DOOR: Readonly<
  Record<string, { readonly says: string; measure(say: Say): Promise<BenchRow[]> }>
> = {
  network: { says: 'a whole network, over HTTP', measure: measureNetwork },
  page: { says: 'a page of token accounts, over HTTP', measure: measurePage },
  store: { says: 'a million accounts in a speed node', measure: measureStore },
  ingest: { says: 'mainnet blocks into an archive node', measure: measureIngest },
  index: { says: 'an index of a million accounts, over HTTP', measure: measureIndex },
};
const names = [...Object.keys(PROGRAMS), ...Object.keys(FRONT_DOOR)];

const command = new Command('npm run bench --')
  .description('Measures the bars of docs/pages/performance.md. Takes about ten minutes.')
  .option('--json', 'one JSON line for each row', false)
  .option('--only <name>', `the rows of one program: ${names.join(', ')}`)
  .parse();
const { json, only } = command.opts<{ json: boolean; only?: string }>();
if (only !== undefined && !names.includes(only)) {
  command.error(`There is no program "${only}": ${names.join(', ')}.`);
}

const say: Say = (line) => {
  if (!json) process.stderr.write(`${line}\n`);
};

const rows: BenchRow[] = [];
for (const [name, program] of Object.entries(PROGRAMS)) {
  if (only !== undefined && only !== name) continue;
  say(`${program.says} …`);
  rows.push(...(await measureChild(program)));
}
for (const [name, { says, measure }] of Object.entries(FRONT_DOOR)) {
  if (only !== undefined && only !== name) continue;
  say(`${says} …`);
  rows.push(...(await measure(say)));
}

if (json) {
  for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
} else {
  process.stdout.write(
    `\n${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}, best and range of 5\n\n`,
  );
  process.stdout.write(formatTable(rows));
}
