// Rows that a bench of another workspace measures: a child process that prints a row as a JSON line each.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { BenchRow } from './row.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');

const row = z.object({
  what: z.string(),
  unit: z.string(),
  figure: z.object({ best: z.number(), min: z.number(), max: z.number() }),
  bar: z.string().nullable(),
  isMet: z.boolean().nullable(),
  beside: z.string(),
});

export interface BenchProgram {
  /** From the root of the repository. */
  readonly script: string;
  readonly says: string;
  /** A command that starts it in its place, such as one that holds it to a core. */
  readonly within?: readonly string[];
}

/** @throws where the program fails, or prints what is no row */
export async function measureChild({ script, within = [] }: BenchProgram): Promise<BenchRow[]> {
  const [command, ...args] = [...within, process.execPath, '--expose-gc', join(ROOT, script)];
  const child = spawn(command ?? process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const rows: BenchRow[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    rows.push(row.parse(JSON.parse(line)));
  }
  const code = await ended;
  if (code !== 0) throw new Error(`${script} ended with exit code ${code}`);
  return rows;
}
