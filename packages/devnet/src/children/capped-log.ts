// A child's log on disk: one file, and the one before it. It never grows past twice its cap, and
// the last lines stay in memory for the report of a crash.

import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { explainSystemError, makeFolder } from '@streamsync/runtime';

/** Some 30,000 log lines; twice that for seven processes stays under 150 MB. */
export const LOG_SIZE_BYTES_MAX = 10 * 1024 * 1024;
/** Enough for a stack and what led to it, and still a screen. */
const LINES_KEPT = 20;

export interface CappedLog {
  readonly file: string;
  /** @throws StreamSyncError DISK_FULL or FOLDER_NOT_WRITABLE */
  write(chunk: Buffer): void;
  lastLines(): readonly string[];
  close(): void;
}

/** @throws StreamSyncError FOLDER_NOT_WRITABLE or DISK_FULL */
export function openCappedLog(file: string, sizeBytesMax = LOG_SIZE_BYTES_MAX): CappedLog {
  let descriptor: number | null = null;
  let sizeBytes = 0;
  let tail = '';

  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      throw explainSystemError(error, file);
    }
  };
  guarded(() => {
    makeFolder(dirname(file));
    descriptor = openSync(file, 'w');
  });

  function rotate(): void {
    if (descriptor !== null) closeSync(descriptor);
    rmSync(`${file}.1`, { force: true });
    renameSync(file, `${file}.1`);
    descriptor = openSync(file, 'w');
    sizeBytes = 0;
  }

  return {
    file,
    write: (chunk) => {
      const lines = (tail + chunk.toString('utf8')).split('\n');
      // One more than the lines kept: the last is the line still being written.
      tail = lines
        .slice(-LINES_KEPT - 1)
        .join('\n')
        .slice(-sizeBytesMax);
      guarded(() => {
        if (sizeBytes + chunk.length > sizeBytesMax) rotate();
        for (let offset = 0; descriptor !== null && offset < chunk.length; ) {
          offset += writeSync(descriptor, chunk, offset);
        }
        sizeBytes += chunk.length;
      });
    },
    lastLines: () =>
      tail
        .split('\n')
        .filter((line) => line !== '')
        .slice(-LINES_KEPT),
    close: () => {
      if (descriptor !== null) closeSync(descriptor);
      descriptor = null;
    },
  };
}
