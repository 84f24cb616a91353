// Errors of the operating system, in words that say what to do.
import { type ErrorCode, StreamSyncError } from '@streamsync/domain';

const SYSTEM_CODES: Readonly<Record<string, { code: ErrorCode; say: (what: string) => string }>> = {
  EADDRINUSE: {
    code: 'PORT_BUSY',
    say: (what) => `${what} is in use by another process: stop it, or choose another port.`,
  },
  EACCES: {
    code: 'FOLDER_NOT_WRITABLE',
    say: (what) => `${what} cannot be written: choose another folder, or change its permissions.`,
  },
  EPERM: {
    code: 'FOLDER_NOT_WRITABLE',
    say: (what) => `${what} cannot be written: choose another folder, or change its permissions.`,
  },
  EROFS: {
    code: 'FOLDER_NOT_WRITABLE',
    say: (what) => `${what} is on a read-only file system: choose another folder.`,
  },
  ENOTDIR: {
    code: 'FOLDER_NOT_WRITABLE',
    say: (what) => `${what} is not a folder: choose another.`,
  },
  EEXIST: {
    code: 'FOLDER_NOT_WRITABLE',
    say: (what) => `${what} exists and is not a folder: choose another.`,
  },
  ENOSPC: {
    code: 'DISK_FULL',
    say: (what) => `The disk that holds ${what} is full: make room, or choose another folder.`,
  },
};

/** A coded error for `error`, or `error` itself where nothing better is known. */
export function explainSystemError(error: unknown, what: string): unknown {
  const systemCode = (error as { code?: unknown } | null)?.code;
  if (error instanceof StreamSyncError || typeof systemCode !== 'string') return error;
  const known = SYSTEM_CODES[systemCode];
  if (known === undefined) return error;
  return new StreamSyncError(known.code, { what }, { message: known.say(what), cause: error });
}
