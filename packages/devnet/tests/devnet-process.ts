// Runs `npm start`'s program as a person would, in a folder of its own, and reads what it says.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts');
/** Seven processes on two busy cores; five of them may read 70,000 transactions each. */
export const READY_MS_MAX = 240_000;

const description = z.object({
  ready: z.literal(true),
  graphql: z.object({ url: z.string(), healthUrl: z.string(), metricsUrl: z.string() }),
  rpc: z
    .object({
      url: z.string(),
      webSocketUrl: z.string(),
      yellowstoneUrl: z.string().nullable(),
    })
    .nullable(),
  operators: z.array(z.object({ name: z.string(), pid: z.number(), metricsUrl: z.string() })),
  nodes: z.array(
    z.object({
      id: z.string(),
      operator: z.string(),
      specialisation: z.string(),
      address: z.string(),
    }),
  ),
  processes: z.array(z.object({ name: z.string(), pid: z.number() })),
  demo: z.record(z.string(), z.string()).nullable(),
  example: z.object({ query: z.string() }),
  firstAnswerMs: z.number(),
});
export type Description = z.infer<typeof description>;

export interface Exit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface DevnetProcess {
  readonly folder: string;
  readonly child: ChildProcess;
  readonly ready: Promise<Description>;
  readonly exited: Promise<Exit>;
  stderr(): string;
  /** SIGTERM, and the exit. */
  stop(): Promise<Exit>;
  /** Kills what is left and removes the folder. */
  dispose(): Promise<void>;
}

export function runDevnet(...args: readonly string[]): DevnetProcess {
  const folder = mkdtempSync(join(tmpdir(), 'streamsync-devnet-'));
  const own = args.includes('--dir') ? [] : ['--dir', folder];
  const child = spawn(process.execPath, [MAIN, ...own, '--json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  const ready = new Promise<Description>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`not ready within ${READY_MS_MAX} ms: ${stderr}`)),
      READY_MS_MAX,
    );
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (!stdout.includes('\n')) return;
      clearTimeout(timer);
      resolve(description.parse(JSON.parse(stdout)));
    });
    void exited.then((exit) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${exit.code}: ${exit.stderr}`));
    });
  });
  ready.catch(() => {});
  return {
    folder,
    child,
    ready,
    exited,
    stderr: () => stderr,
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
    dispose: async () => {
      // The children notice the end of their parent by themselves.
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const response = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.unknown()).optional(),
  extensions: z
    .object({
      streamsync: z.object({
        trust: z.string(),
        slot: z.string(),
        races: z.array(
          z.object({
            winner: z.string().nullable(),
            verifiers: z.array(z.string()),
            racers: z.array(z.object({ nodeKey: z.string(), operator: z.string() })),
          }),
        ),
      }),
    })
    .optional(),
});
export type Response = z.infer<typeof response>;

export async function askGraphql(url: string, query: string): Promise<Response> {
  const reply = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return response.parse(await reply.json());
}
