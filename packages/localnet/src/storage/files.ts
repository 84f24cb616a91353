// File access with the errors of the catalogue, and replacement of a file that is never half done.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ErrorCode, StreamSyncError } from '@streamsync/domain';

const CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'FOLDER_NOT_WRITABLE',
  EEXIST: 'FOLDER_NOT_WRITABLE',
  ENOTDIR: 'FOLDER_NOT_WRITABLE',
  EPERM: 'FOLDER_NOT_WRITABLE',
  EROFS: 'FOLDER_NOT_WRITABLE',
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
};

/** Runs file operations on `path`. @throws StreamSyncError FOLDER_NOT_WRITABLE, DISK_FULL, STORE_FAILED */
export function onFiles<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof StreamSyncError) throw cause;
    const { code: errno = '', message } = cause as NodeJS.ErrnoException;
    const code = CODES[errno] ?? 'STORE_FAILED';
    const sentence = {
      FOLDER_NOT_WRITABLE: `The folder ${path} cannot be written (${errno}).`,
      DISK_FULL: `The disk is full: ${path} cannot be written.`,
      STORE_FAILED: `The state in ${path} cannot be used: ${message}`,
    }[code as 'FOLDER_NOT_WRITABLE' | 'DISK_FULL' | 'STORE_FAILED'];
    throw new StreamSyncError(code, { path }, { cause, message: sentence });
  }
}

/** The whole file or null when there is none. */
export function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
}

/** Writes the whole buffer: one write may take less, e.g. above 2 GB. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

/** After a crash at any moment the path holds either the old content or the new one. */
export function replaceFile(path: string, content: readonly Uint8Array[]): void {
  const draft = `${path}.draft`;
  const file = openSync(draft, 'w');
  try {
    for (const bytes of content) writeAll(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
