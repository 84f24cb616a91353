// Runs one command of the test run. Its output is kept when it is a check (shown in full if it
// fails) and passed through when it is the test runner, whose progress a person wants to see.
import { spawn } from 'node:child_process';

/** More output than this is cut at the front: the end says what went wrong. */
const OUTPUT_CHARACTERS_MAX = 2_000_000;

export interface CommandOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly passThrough: boolean;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
}

export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: options.passThrough ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARACTERS_MAX);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.once('error', (error) =>
      resolve({ exitCode: 127, output: `${output}${error.message}\n` }),
    );
    child.once('close', (code) => resolve({ exitCode: code ?? 1, output }));
  });
}
