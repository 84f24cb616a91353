// Folders and small files of a process's own: made with their parents, replaced atomically.
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StreamSyncError } from '@streamsync/domain';
import { explainSystemError } from './system-errors.ts';

/**
 * Makes `folder` with its parents, one by one: Node's own recursive way never returns where a file
 * system refuses with ENOENT, as /proc does.
 * @throws what the operating system says, and FOLDER_NOT_WRITABLE for such a file system
 */
export function makeFolder(folder: string): void {
  const missing: string[] = [];
  for (let path = resolve(folder); !existsSync(path); path = dirname(path)) missing.push(path);
  for (const path of missing.reverse()) {
    try {
      mkdirSync(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST' && statSync(path).isDirectory()) continue;
      if (code !== 'ENOENT') throw error;
      const message = `${folder} cannot be made: choose another folder.`;
      throw new StreamSyncError('FOLDER_NOT_WRITABLE', { folder }, { message, cause: error });
    }
  }
}

/** Makes `folder` and proves that it can be written. @throws FOLDER_NOT_WRITABLE or DISK_FULL */
export function ensureWritableFolder(folder: string): void {
  const probe = join(folder, `.probe-${randomUUID()}`);
  try {
    makeFolder(folder);
    closeSync(openSync(probe, 'wx'));
    rmSync(probe);
  } catch (error) {
    throw explainSystemError(error, folder);
  }
}

/** Replaces `file` so that a reader or a crash sees the old or the new content, never a part. */
export function writeFileAtomic(
  file: string,
  content: string | Uint8Array,
  options: { readonly mode?: number } = {},
): void {
  const temporary = `${file}.${randomUUID()}`;
  try {
    makeFolder(dirname(file));
    const descriptor = openSync(temporary, 'wx', options.mode ?? 0o644);
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      for (let offset = 0; offset < bytes.length; ) offset += writeSync(descriptor, bytes, offset);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw explainSystemError(error, file);
  }
}
