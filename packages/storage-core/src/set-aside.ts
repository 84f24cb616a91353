// A folder that cannot be used is moved aside, whole, and a new one begun: what it held comes from the
// source again, and the old one is there for whoever wants to know what happened.
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Folders moved aside that are kept, the newest ones: a failing disk must not fill itself. */
const KEPT_MAX = 2;

/** What was moved aside: for the log. */
export interface SetAside {
  readonly folder: string;
  readonly keptAs: string;
  readonly reason: string;
}

export function setAside(folder: string, reason: string): SetAside {
  const keptAs = `${folder}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  renameSync(folder, keptAs);
  const kept = readdirSync(dirname(folder))
    .filter((name) => name.startsWith(`${basename(folder)}.damaged-`))
    .sort()
    .reverse();
  for (const name of kept.slice(KEPT_MAX)) {
    rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
  return { folder, keptAs, reason };
}
