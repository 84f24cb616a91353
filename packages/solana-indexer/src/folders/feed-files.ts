// Files of a folder of chain data: found recursively, in bytewise order of their paths, so that every
// operator reads the same ones in the same order.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { StreamSyncError } from '@streamsync/domain';
import { parseExactJson } from '../parse/json.ts';

/** Far more than any dump has; a link that leads back to its folder ends here. */
const DEPTH_MAX = 16;
/** A file of JSON, unpacked: a block of today has some 10 MB. */
const UNPACKED_BYTES_MAX = 256 * 1024 * 1024;

export interface FeedFile {
  readonly path: string;
  /** Below the folder that was named, with forward slashes. */
  readonly relativePath: string;
  readonly sizeBytes: number;
}

/** @throws StreamSyncError CONFIG_INVALID when the folder cannot be read */
export function listFiles(folder: string): FeedFile[] {
  const files: FeedFile[] = [];
  const visit = (relative: string, depth: number) => {
    if (depth > DEPTH_MAX) return;
    for (const name of readdirSync(join(folder, relative))) {
      const relativePath = relative === '' ? name : `${relative}/${name}`;
      const path = join(folder, relativePath);
      const entry = statSync(path, { throwIfNoEntry: false });
      if (entry?.isDirectory()) visit(relativePath, depth + 1);
      else if (entry?.isFile()) files.push({ path, relativePath, sizeBytes: entry.size });
    }
  };
  try {
    visit('', 0);
  } catch (error) {
    throw new StreamSyncError(
      'CONFIG_INVALID',
      { folder },
      { message: `The folder ${folder} of chain data cannot be read.`, cause: error },
    );
  }
  return files.sort((left, right) =>
    Buffer.compare(Buffer.from(left.relativePath), Buffer.from(right.relativePath)),
  );
}

/** The name without `.json` or `.json.gz`; null for other files. */
export function jsonStem(path: string): string | null {
  return /^(.+)\.json(?:\.gz)?$/.exec(basename(path))?.[1] ?? null;
}

/** @throws Error for what is no JSON, or not packed as its name says */
export function readJsonFile(path: string): unknown {
  const bytes = readFileSync(path);
  const unpacked = path.endsWith('.gz')
    ? gunzipSync(bytes, { maxOutputLength: UNPACKED_BYTES_MAX })
    : bytes;
  return parseExactJson(unpacked.toString('utf8'));
}
