// LMDB's and the system's errors as coded ones, with one sentence that says what to do.
import { StreamSyncError } from '@streamsync/domain';
import { explainSystemError } from '@streamsync/runtime';

const ENOSPC = 28;
const EDQUOT = 122;
/** LMDB's own code for a map that cannot grow. */
const MDB_MAP_FULL = -30_792;

function isFull(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (code === ENOSPC || code === EDQUOT || code === MDB_MAP_FULL) return true;
  return typeof message === 'string' && /no space left|MDB_MAP_FULL|quota exceeded/i.test(message);
}

export function explainStoreError(error: unknown, folder: string): StreamSyncError {
  // lmdb reports a failed commit as the cause of a general error.
  const cause = (error as { commitError?: unknown; cause?: unknown } | null) ?? {};
  for (const each of [error, cause.commitError, cause.cause]) {
    if (isFull(each)) {
      return new StreamSyncError(
        'DISK_FULL',
        { folder },
        {
          message: `The disk that holds ${folder} is full: make room, or choose another folder.`,
          cause: error,
        },
      );
    }
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
