// One process at a time has a store's folder: two would overwrite each other's journal. A file beside the
// folder names the holder by its process id and start time, so that a holder that was killed is told
// from one that lives, also where its id was given to another process.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { StreamSyncError } from '@streamsync/domain';

/** Takeovers of dead holders, at most: each time another process was faster. */
const ATTEMPTS_MAX = 5;
/** The 22nd field of /proc/<pid>/stat, counted behind the name: start time in ticks since boot. */
const START_FIELD = 19;

interface Holder {
  readonly pid: number;
  /** Null where the system does not say when a process started. */
  readonly startedTicks: string | null;
  readonly bootId: string | null;
}

/** Takes the folder. @throws StreamSyncError STORE_IN_USE */
export function lockFolder(folder: string): void {
  const file = `${folder}.lock`;
  const own: Holder = {
    pid: process.pid,
    startedTicks: startedTicks(process.pid),
    bootId: bootId(),
  };
  const text = JSON.stringify(own);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      if (link(draft, file)) return;
      const held = read(file);
      if (held === null) continue;
      if (isAlive(held)) throw inUse(folder, held);
      takeAside(file, JSON.stringify(held));
    }
    throw inUse(folder, null);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Lets go of a folder that this process has taken. */
export function unlockFolder(folder: string): void {
  rmSync(`${folder}.lock`, { force: true });
}

/** Makes the file with its content at once; false where it is there. */
function link(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(file: string): Holder | null {
  try {
    const { pid, startedTicks, bootId } = JSON.parse(readFileSync(file, 'utf8')) as Holder;
    return { pid, startedTicks, bootId };
  } catch (error) {
    // Made whole or not at all; what is not of this form is nobody's.
    if (error instanceof SyntaxError) rmSync(file, { force: true });
    return null;
  }
}

/** Removes a dead holder's file; where another process has just taken the folder, gives it back. */
function takeAside(file: string, dead: string): void {
  const aside = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, aside);
    if (readFileSync(aside, 'utf8') !== dead) link(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function isAlive({ pid, startedTicks: held, bootId: heldBoot }: Holder): boolean {
  if (heldBoot !== bootId()) return false;
  if (held !== null) return startedTicks(pid) === held;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function startedTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_FIELD] ?? null;
  } catch {
    return null;
  }
}

function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

function inUse(folder: string, holder: Holder | null): StreamSyncError {
  const who = holder === null ? 'another process' : `the process ${holder.pid}`;
  return new StreamSyncError(
    'STORE_IN_USE',
    { folder, pid: holder?.pid ?? null },
    { message: `${folder} is open in ${who}: stop it first, or choose another folder.` },
  );
}
