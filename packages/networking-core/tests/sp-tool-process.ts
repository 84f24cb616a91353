// Runs the real tools that the interoperation tests talk to, and says loudly when one is missing.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { afterEach } from 'vitest';
import { listenRaw } from './sp-raw-peer.ts';

/** A tool that has started, what it printed so far, and how it ended. */
export class ToolProcess {
  readonly #child: ChildProcess;
  readonly ended: Promise<number | null>;
  stdout = '';
  stderr = '';

  constructor(command: string, args: readonly string[]) {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    child.stdout.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.ended = new Promise((resolve) => child.on('close', resolve));
  }

  get lines(): string[] {
    return this.stdout.split('\n').filter((line) => line !== '');
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

const running: ToolProcess[] = [];

/** Starts a tool that is killed after the test. */
export function startTool(command: string, args: readonly string[]): ToolProcess {
  const tool = new ToolProcess(command, args);
  running.push(tool);
  return tool;
}

/** Registers the clean-up; called once at the top of a test file. */
export function stopToolsAfterEach(): void {
  afterEach(async () => {
    for (const tool of running.splice(0)) await tool.stop();
  });
}

export function hasCommand(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Tells why tests are skipped; on CI, where the tool belongs, it fails instead. Returns `missing`. */
export function reportMissing(missing: boolean, what: string): boolean {
  if (!missing) return false;
  if (process.env.CI === 'true') throw new Error(`CI must run these tests: ${what}`);
  process.stderr.write(`SKIPPED: interoperation tests are not run: ${what}\n`);
  return true;
}

/** An address that nobody listens on now, for a tool to listen on. */
export async function freeAddress(scheme: 'tcp' | 'tls+tcp'): Promise<string> {
  const parked = await listenRaw(() => {});
  await parked.stop();
  return parked.address.replace('tcp', scheme);
}
