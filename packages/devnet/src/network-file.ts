// network.json says what listens where while a network runs, for people and for tools; lock.json
// keeps a second network out of the same folder. Both are removed when the network stops.
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Specialisation, StreamSyncError } from '@streamsync/domain';
import { ensureWritableFolder, explainSystemError, writeFileAtomic } from '@streamsync/runtime';
import type { RpcUrls } from './chain.ts';

export interface NetworkDescription {
  readonly version: 1;
  readonly startedAtMs: number;
  readonly genesisHash: string;
  readonly graphql: {
    readonly url: string;
    readonly healthUrl: string;
    readonly readyUrl: string;
    readonly metricsUrl: string;
  };
  /** Null where folders are served: there is no chain to send transactions to. */
  readonly rpc: RpcUrls | null;
  readonly operators: readonly {
    readonly name: string;
    readonly pid: number;
    readonly metricsUrl: string;
    readonly logFile: string;
  }[];
  readonly nodes: readonly {
    /** Lowercase hex of the ed25519 key. */
    readonly id: string;
    readonly operator: string;
    readonly specialisation: Specialisation;
    readonly address: string;
    readonly publishAddress: string;
  }[];
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
  /** Addresses that can always be asked for; localnet's own, else null. */
  readonly demo: Readonly<Record<string, string>> | null;
  /** A query that is answered, as the command line prints it. */
  readonly example: { readonly query: string };
  /** From the start of this process to the first answer that a majority confirmed. */
  readonly firstAnswerMs: number | null;
}

export interface NetworkFolder {
  readonly networkFile: string;
  publish(description: NetworkDescription): void;
  /** Removes what says that a network runs here; safe to call again. */
  release(): void;
}

/**
 * Takes `folder` for this process.
 * @throws StreamSyncError FOLDER_NOT_WRITABLE, DISK_FULL, CONFIG_INVALID where a network runs in it
 */
export function claimFolder(folder: string): NetworkFolder {
  ensureWritableFolder(folder);
  const networkFile = join(folder, 'network.json');
  const lockFile = join(folder, 'lock.json');
  takeLock(lockFile, folder);
  // What a killed network left behind describes nothing any more.
  rmSync(networkFile, { force: true });
  return {
    networkFile,
    publish: (description) =>
      writeFileAtomic(networkFile, `${JSON.stringify(description, null, 2)}\n`),
    release: () => {
      rmSync(networkFile, { force: true });
      rmSync(lockFile, { force: true });
    },
  };
}

function takeLock(lockFile: string, folder: string): void {
  const owner = readOwner(lockFile);
  if (owner !== null && isAlive(owner)) {
    throw new StreamSyncError(
      'CONFIG_INVALID',
      { folder, pid: owner },
      {
        message:
          `A network runs in ${folder} already (process ${owner}): stop it with Ctrl-C, or choose ` +
          'another folder and free ports: --dir DIR --ports 0.',
      },
    );
  }
  rmSync(lockFile, { force: true });
  try {
    const descriptor = openSync(lockFile, 'wx');
    writeSync(descriptor, JSON.stringify({ pid: process.pid }));
    closeSync(descriptor);
  } catch (error) {
    throw explainSystemError(error, lockFile);
  }
}

function readOwner(lockFile: string): number | null {
  try {
    const { pid } = JSON.parse(readFileSync(lockFile, 'utf8')) as { pid?: unknown };
    return typeof pid === 'number' ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
