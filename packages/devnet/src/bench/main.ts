// `npm run bench`: the bars of the main job, measured in one run on this machine, after a warm-up;
// best and range of five, with the no-race control beside each p99. `--json` prints a line a row.
import { cpus } from 'node:os';
import { Command } from 'commander';
import { measureNetwork } from './network-rows.ts';
import { measureRaces } from './race-rows.ts';
import { type BenchRow, formatTable } from './row.ts';

const command = new Command('npm run bench --')
  .description('Measures races, a query over HTTP, start and memory. Takes about two minutes.')
  .option('--json', 'one JSON line for each row', false)
  .parse();
const { json } = command.opts<{ json: boolean }>();

const say = (line: string): void => {
  if (!json) process.stderr.write(`${line}\n`);
};

say('races, gateway to nodes …');
const rows: BenchRow[] = await measureRaces();
say('a whole network, over HTTP …');
rows.push(...(await measureNetwork()));

if (json) {
  for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
} else {
  process.stdout.write(
    `\n${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}, best and range of 5\n\n`,
  );
  process.stdout.write(formatTable(rows));
}
