// Flips bytes of a store's file at seeded places and says what a process that opens it makes of that.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ChainStore } from '../../src/index.ts';
import { updateOf, WINDOW_SLOTS } from './made-up-chain.ts';

export const SLOT_LAST = 70;
/** Starts until a damaged folder is either whole or rebuilt, at most. */
const STARTS_MAX = 5;

export interface Round {
  readonly at: number;
  readonly outcome: 'same' | 'earlier' | 'rebuilt';
  /** Starts that ended by a signal before that. */
  readonly crashes: number;
}

export async function writeChain(folder: string): Promise<void> {
  const store = ChainStore.open({
    folder,
    windowSlots: WINDOW_SLOTS,
    keeps: { accounts: true, transactions: true },
  });
  for (let slot = 1; slot <= SLOT_LAST; slot += 1) {
    await store.applySlot(updateOf(slot));
    await store.flush();
  }
  await store.close();
}

/** @throws Error where an answer was wrong, or no start came up */
export function damageRound(whole: string, folder: string, random: () => number): Round {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  cpSync(whole, folder, { recursive: true });
  const file = join(folder, 'data.mdb');
  const bytes = readFileSync(file);
  const at = Math.floor(random() * bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 + Math.floor(random() * 255));
  writeFileSync(file, bytes);
  for (let crashes = 0; crashes < STARTS_MAX; crashes += 1) {
    const script = join(import.meta.dirname, 'read-chain.ts');
    const { stdout, stderr, signal } = spawnSync(
      process.execPath,
      [script, folder, `${SLOT_LAST}`],
      { encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' },
    );
    if (stdout === '') {
      if (signal !== null && signal !== 'SIGKILL') continue;
      // A damage that is met in writing ends the process with its code; the next start finds it.
      if (/STORE_DAMAGED|STORE_FAILED/.test(stderr) && existsSync(folder)) continue;
      throw new Error(`byte ${at}: ${signal} ${stderr.slice(0, 2_000)}`);
    }
    const found = JSON.parse(stdout) as { cursor: number; reason: string | null; wrong: string[] };
    if (found.wrong.length > 0) throw new Error(`byte ${at}: wrong ${found.wrong.join(', ')}`);
    if (found.cursor === SLOT_LAST) return { at, outcome: 'same', crashes };
    if (found.reason !== null && found.cursor === 0) return { at, outcome: 'rebuilt', crashes };
    if (found.reason === null && found.cursor > 0) return { at, outcome: 'earlier', crashes };
    throw new Error(`byte ${at}: ${stdout}`);
  }
  throw new Error(`byte ${at}: it never came up`);
}
