// Opens a store's folder so that whatever is wrong with its files, the process that opens it either gets
// a whole store or begins anew, and never dies of them twice: LMDB maps its file, and a damaged page of
// its tree may end the process by SIGSEGV or SIGBUS. A marker beside the folder says that it was opened
// and has not proved itself by commits; where one is found, a child process tries first.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StreamSyncError } from '@streamsync/domain';
import { ensureWritableFolder } from '@streamsync/runtime';
import { lockFolder, unlockFolder } from './folder-lock.ts';
import { type SetAside, setAside } from './set-aside.ts';

/** A child reads a million accounts in ten seconds; one that does not end runs in circles. */
const VERIFY_DEADLINE_MS = 10 * 60_000;
/** Openings in a row that ended before a few commits, at most: then no child can find what is wrong. */
const UNPROVED_MAX = 3;

export interface OpenGuarded<Store> {
  readonly folder: string;
  readonly open: () => Store;
  readonly onSetAside: (notice: SetAside) => void;
}

/** @throws StreamSyncError STORE_IN_USE, and what `open` throws of anything but damage */
export function openGuarded<Store>(options: OpenGuarded<Store>): Store {
  const { folder, open, onSetAside } = options;
  ensureWritableFolder(dirname(folder));
  lockFolder(folder);
  const marker = `${folder}.opening`;
  try {
    let unproved = unprovedOpenings(marker);
    if (unproved > 0 && existsSync(folder)) {
      const damage =
        unproved < UNPROVED_MAX
          ? damageFoundByChild(folder)
          : `${folder} is damaged: ${unproved} processes that opened it died at once.`;
      if (damage !== null) {
        onSetAside(setAside(folder, damage));
        unproved = 0;
      }
    }
    writeFileSync(marker, `${unproved + 1}`);
    return openOrBeginAnew(folder, open, onSetAside);
  } catch (error) {
    rmSync(marker, { force: true });
    unlockFolder(folder);
    throw error;
  }
}

/** Told when the store has committed, or was closed: it can be opened and written. */
export function proved(folder: string): void {
  rmSync(`${folder}.opening`, { force: true });
}

function unprovedOpenings(marker: string): number {
  try {
    return Math.max(1, Number.parseInt(readFileSync(marker, 'utf8'), 10) || 1);
  } catch {
    return 0;
  }
}

function openOrBeginAnew<Store>(
  folder: string,
  open: () => Store,
  onSetAside: (notice: SetAside) => void,
): Store {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof StreamSyncError) || error.code !== 'STORE_DAMAGED') throw error;
    onSetAside(setAside(folder, error.message));
    return open();
  }
}

/** Why the folder cannot be used; null where a child has read all of it. */
function damageFoundByChild(folder: string): string | null {
  const script = join(import.meta.dirname, 'verify-journal.ts');
  const { status, signal, stderr, error } = spawnSync(process.execPath, [script, folder], {
    encoding: 'utf8',
    timeout: VERIFY_DEADLINE_MS,
    killSignal: 'SIGKILL',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  if (status === 0) return null;
  if (signal !== null) return `${folder} is damaged: reading it ended a process by ${signal}.`;
  return `${folder} is damaged: ${(stderr || String(error)).trim().slice(0, 300)}`;
}
