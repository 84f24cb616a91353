// `npm run load -w load-tests -- NAME`: starts a network (or takes one that runs), with the fault that
// the scenario is about, and runs k6 on it. The exit code is k6's: not 0 where a threshold was missed.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { openNetwork } from './open-network.ts';
import { runK6 } from './run-k6.ts';

const SCENARIOS = join(import.meta.dirname, '..', 'scenarios');
const names = readdirSync(SCENARIOS).map((file) => file.replace(/\.ts$/, ''));

const command = new Command('npm run load -w load-tests --')
  .description(
    'Runs a load on a StreamSync network of this machine, and holds it to its thresholds.',
  )
  .argument('<scenario>', names.join(', '))
  .addOption(new Option('--url <url>', 'a gateway that runs already, on this machine'))
  .addOption(new Option('--duration <time>', 'of the load itself, such as 20s').default('60s'))
  .option('--json', "print k6's summary as one JSON line", false)
  .parse();
const [name = ''] = command.args;
const { url, duration, json } = command.opts<{ url?: string; duration: string; json: boolean }>();
if (!names.includes(name)) command.error(`There is no scenario "${name}": ${names.join(', ')}.`);

const network = await openNetwork({ scenario: name, url: url ?? null }).catch((error: Error) =>
  command.error(`There is no network to load: ${error.message}.`),
);
try {
  process.exitCode = await runK6({
    scenario: join(SCENARIOS, `${name}.ts`),
    network,
    duration,
    json,
  });
} finally {
  await network.stop();
}
