// Real child processes for the front-door tests: the command `streamsync` and localnet, each with a
// deadline and none left behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const LOCALNET = fileURLToPath(new URL('../../../packages/localnet/src/main.ts', import.meta.url));

/** A cold start on a busy machine. */
const READY_DEADLINE_MS = 30_000;

export interface Running {
  readonly child: ChildProcess;
  /** The ready line, parsed. */
  readonly ready: Record<string, unknown>;
  stderr(): string;
  /** Sends the signal and waits for the exit; returns its code, or the signal that ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `streamsync ARGS` until it ends. */
export async function streamsync(args: readonly string[]): Promise<Finished> {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, 'close', {
    signal: AbortSignal.timeout(READY_DEADLINE_MS),
  }).finally(() => child.kill('SIGKILL'))) as [number | null];
  return { code, stdout, stderr };
}

export const startOperator = (configFile: string, ...args: string[]): Promise<Running> =>
  startAndWait([COMMAND, 'run', '--config', configFile, ...args]);

export const startLocalnetProcess = (...args: string[]): Promise<Running> =>
  startAndWait([LOCALNET, '--http-port', '0', '--ws-port', '0', ...args]);

async function startAndWait(args: readonly string[]): Promise<Running> {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-100_000);
  });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const line = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => fail('was not ready in time'), READY_DEADLINE_MS);
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`${args.join(' ')} ${why}:\n${stderr}`));
    };
    void exited.then(() => fail('ended before it was ready'));
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (!text.includes('"ready":true')) return;
      clearTimeout(timer);
      resolve(text);
    });
  });
  return {
    child,
    ready: JSON.parse(line) as Record<string, unknown>,
    stderr: () => stderr,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const [code, endedBy] = await exited;
      return code ?? endedBy ?? 'SIGKILL';
    },
  };
}

export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'streamsync-nodes-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
