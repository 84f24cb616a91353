// A whole network for the bench, by the front door, in a folder that is removed afterwards.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const MAIN = join(import.meta.dirname, '..', 'main.ts');

const description = z.object({
  graphql: z.object({ url: z.string() }),
  processes: z.array(z.object({ name: z.string(), pid: z.number() })),
  /** Null where folders are served. */
  demo: z.record(z.string(), z.string()).nullable(),
  firstAnswerMs: z.number(),
});

export interface DevnetChild {
  readonly network: z.infer<typeof description>;
  /** Resident memory of every process of the network together. */
  residentBytes(): number;
  stop(): Promise<void>;
}

/** @param args beside those that every bench needs */
export async function startDevnet(args: readonly string[] = []): Promise<DevnetChild> {
  const folder = mkdtempSync(join(tmpdir(), 'streamsync-bench-'));
  const child = spawn(
    process.execPath,
    [MAIN, '--json', '--ports', '0', '--dir', folder, ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  if (first.done === true) {
    await stop();
    throw new Error('the network did not start');
  }
  const network = description.parse(JSON.parse(first.value));
  const pids = network.processes.map((each) => each.pid).join(',');
  return {
    network,
    residentBytes: () =>
      execFileSync('ps', ['-o', 'rss=', '-p', pids], { encoding: 'utf8' })
        .split('\n')
        .reduce((sum, kib) => sum + Number(kib) * 1_024, 0),
    stop,
  };
}
