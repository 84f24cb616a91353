// `npm run bench`: the bars of the issues, measured in one run on this machine, after a warm-up; best
// and range, with the control of the same run beside each p99. `--json` prints a line a row, `--only`
// takes the rows of one program.
import { cpus } from 'node:os';
import { Command } from 'commander';
import { type BenchProgram, measureChild } from './child-rows.ts';
import { measureNetwork } from './network-rows.ts';
import { measurePage } from './page-rows.ts';
import { type BenchRow, formatTable } from './row.ts';

const PROGRAMS: Readonly<Record<string, BenchProgram>> = {
  race: { script: 'api/bench/race/main.ts', says: 'races, gateway to nodes' },
};
const NETWORK = 'network';
const PAGE = 'page';
const names = [...Object.keys(PROGRAMS), NETWORK, PAGE];

const command = new Command('npm run bench --')
  .description('Measures the bars of docs/pages/performance.md. Takes about ten minutes.')
  .option('--json', 'one JSON line for each row', false)
  .option('--only <name>', `the rows of one program: ${names.join(', ')}`)
  .parse();
const { json, only } = command.opts<{ json: boolean; only?: string }>();
if (only !== undefined && !names.includes(only)) {
  command.error(`There is no program "${only}": ${names.join(', ')}.`);
}

const say = (line: string): void => {
  if (!json) process.stderr.write(`${line}\n`);
};

const rows: BenchRow[] = [];
for (const [name, program] of Object.entries(PROGRAMS)) {
  if (only !== undefined && only !== name) continue;
  say(`${program.says} …`);
  rows.push(...(await measureChild(program)));
}
if (only === undefined || only === NETWORK) {
  say('a whole network, over HTTP …');
  rows.push(...(await measureNetwork(say)));
}
if (only === undefined || only === PAGE) {
  say('a page of token accounts, over HTTP …');
  rows.push(...(await measurePage()));
}

if (json) {
  for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
} else {
  process.stdout.write(
    `\n${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}, best and range of 5\n\n`,
  );
  process.stdout.write(formatTable(rows));
}
