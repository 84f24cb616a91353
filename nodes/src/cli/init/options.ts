// Options of `streamsync init`. Handlers are loaded when their command runs, so that each starts fast.
import { Command } from 'commander';
import { reportFailure } from '../report-failure.ts';

export function initCommand(): Command {
  return new Command('init')
    .description('Writes a commented streamsync.toml and makes the identities of its nodes.')
    .option('--dir <folder>', 'where to write', '.')
    .option('--operator <name>', 'the name of the operator', 'operator')
    .option('--rpc <url>', 'JSON-RPC of a Solana cluster', 'http://127.0.0.1:8899')
    .option('--ws <url>', 'its WebSocket', 'ws://127.0.0.1:8900')
    .action((options: { dir: string; operator: string; rpc: string; ws: string }) =>
      reportFailure(async () => {
        const { initOperator } = await import('./handler.ts');
        initOperator({
          folder: options.dir,
          operator: options.operator,
          rpcUrl: options.rpc,
          wsUrl: options.ws,
        });
      }),
    );
}
