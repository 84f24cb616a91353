// `streamsync-admin`: what whoever runs a gateway asks of it.
import { StreamSyncError } from '@streamsync/domain';
import { Command } from 'commander';
import { trace } from './trace/trace.ts';

const program = new Command('streamsync-admin').description('Looks after a StreamSync gateway.');

program
  .command('trace')
  .description("print one query's story: slot, races, who answered when, who verified")
  .argument('<queryId>', 'from extensions.streamsync.queryId of its response')
  .option('--dir <folder>', 'the folder of the network, or of its gateway', '.streamsync')
  .option('--json', 'the receipt as JSON', false)
  .action(async (queryId: string, { dir, json }: { dir: string; json: boolean }) => {
    await trace(queryId, { dir, json, write: (text) => process.stdout.write(text) });
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof StreamSyncError)) throw error;
  process.stderr.write(`${error.message} [${error.code}]\n`);
  process.exitCode = 1;
}
