// LMDB's and the system's errors as coded ones, with one sentence that says what to do.
import { statfsSync } from 'node:fs';
import { StreamSyncError } from '@streamsync/domain';
import { explainSystemError } from '@streamsync/runtime';

const EIO = 5;
const ENOSPC = 28;
const EDQUOT = 122;
/** LMDB's own code for a map that cannot grow. */
const MDB_MAP_FULL = -30_792;
/** With less room than this a commit's short write, which LMDB calls an input/output error, is a full disk. */
const ROOM_BYTES_MIN = 1024 * 1024;

/** The error behind LMDB's "Commit failed": it hands it out later, as a promise that rejects. */
export async function commitErrorOf(error: unknown): Promise<unknown> {
  const { commitError } = (error ?? {}) as { commitError?: PromiseLike<unknown> };
  if (typeof commitError?.then !== 'function') return error;
  return commitError.then(
    () => error,
    (cause: unknown) => cause,
  );
}

export function explainStoreError(error: unknown, folder: string): StreamSyncError {
  if (isFull(error, folder)) {
    return new StreamSyncError(
      'DISK_FULL',
      { folder },
      {
        message: `The disk that holds ${folder} is full: make room, or choose another folder.`,
        cause: error,
      },
    );
  }
  const explained = explainSystemError(error, folder);
  if (explained instanceof StreamSyncError) return explained;
  const reason = error instanceof Error ? error.message : String(error);
  return new StreamSyncError(
    'STORE_FAILED',
    { folder },
    { message: `The store in ${folder} failed: ${reason.slice(0, 200)}`, cause: error },
  );
}

/** As `explainStoreError`; what no disk and no permission explains is a damage of the files. */
export function explainOpenError(error: unknown, folder: string): StreamSyncError {
  const explained = explainStoreError(error, folder);
  if (explained.code !== 'STORE_FAILED' || error instanceof StreamSyncError) return explained;
  const message = `${folder} is damaged: ${explained.message.slice(0, 200)}`;
  return new StreamSyncError('STORE_DAMAGED', { folder }, { message, cause: error });
}

function isFull(error: unknown, folder: string): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (code === ENOSPC || code === EDQUOT || code === MDB_MAP_FULL) return true;
  if (code === EIO && roomBytes(folder) < ROOM_BYTES_MIN) return true;
  return typeof message === 'string' && /no space left|MDB_MAP_FULL|quota exceeded/i.test(message);
}

function roomBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
