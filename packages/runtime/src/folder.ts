// Folders and small files of a process's own: made with their parents, replaced atomically.
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { explainSystemError } from './system-errors.ts';

/** Makes `folder` and proves that it can be written. @throws FOLDER_NOT_WRITABLE or DISK_FULL */
export function ensureWritableFolder(folder: string): void {
  const probe = join(folder, `.probe-${randomUUID()}`);
  try {
    mkdirSync(folder, { recursive: true });
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
    mkdirSync(dirname(file), { recursive: true });
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
