// Options of `streamsync status`; its handler is loaded when it runs.
import { Command } from 'commander';
import { reportFailure } from '../report-failure.ts';

export function statusCommand(): Command {
  return new Command('status')
    .description('Asks nodes how they are (node.info over SP) and prints a table.')
    .option('--config <file>', 'asks every node of this config', 'streamsync.toml')
    .option('--address <address...>', 'asks these nodes instead: tcp://host:port')
    .option('--fingerprint <hex>', 'SHA-256 of the certificate, where --address is tls+tcp')
    .option('--json', 'prints JSON', false)
    .action(
      (options: { config: string; address?: string[]; fingerprint?: string; json: boolean }) =>
        reportFailure(async () => {
          const { showStatus } = await import('./handler.ts');
          await showStatus({
            configFile: options.config,
            addresses: options.address ?? null,
            fingerprint: options.fingerprint ?? null,
            json: options.json,
          });
        }),
    );
}
