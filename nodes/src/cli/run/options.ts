// Options of `streamsync run`; its handler is loaded when it runs.
import { isSpecialisation, SPECIALISATIONS, type Specialisation } from '@streamsync/domain';
import { Command, InvalidArgumentError } from 'commander';
import { reportFailure } from '../report-failure.ts';

/** A delay longer than this is no demonstration: the race is over. */
const DELAY_MS_MAX = 60_000;

export function runCommand(): Command {
  return new Command('run')
    .description('Runs the nodes of a config until SIGTERM or Ctrl-C.')
    .option('--config <file>', 'the config', 'streamsync.toml')
    .option(
      '--delay-ms <specialisation=ms>',
      'holds answers back, to see another node win; for demonstrations and tests (repeatable)',
      collectDelay,
      {},
    )
    .action((options: { config: string; delayMs: Partial<Record<Specialisation, number>> }) =>
      reportFailure(async () => {
        const { runOperator } = await import('./handler.ts');
        await runOperator({ configFile: options.config, delayMs: options.delayMs });
      }),
    );
}

function collectDelay(
  text: string,
  previous: Partial<Record<Specialisation, number>>,
): Partial<Record<Specialisation, number>> {
  const [name = '', digits = ''] = text.split('=', 2);
  if (!isSpecialisation(name) || !/^\d+$/.test(digits) || Number(digits) > DELAY_MS_MAX) {
    throw new InvalidArgumentError(
      `write SPECIALISATION=MS with ${SPECIALISATIONS.join(', ')} and 0 to ${DELAY_MS_MAX}.`,
    );
  }
  return { ...previous, [name]: Number(digits) };
}
