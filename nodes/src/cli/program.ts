// The commands of `streamsync`; each is a folder with its options and its handler.
import { Command } from 'commander';
import { initCommand } from './init/options.ts';
import { runCommand } from './run/options.ts';
import { statusCommand } from './status/options.ts';

export function createProgram(): Command {
  return new Command('streamsync')
    .description('Runs the nodes of a StreamSync operator.')
    .addCommand(initCommand())
    .addCommand(runCommand())
    .addCommand(statusCommand());
}
