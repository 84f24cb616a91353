// An optional manifest.json beside the data or above it: what each file's slot, cluster and address
// are where the file itself does not say.
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StreamSyncError } from '@streamsync/domain';
import { z } from 'zod';
import { readJsonFile } from './feed-files.ts';

/** The folder itself and so many above it are looked at. */
const PARENTS_MAX = 3;

const entrySchema = z.object({
  /** Relative to the manifest. */
  file: z.string(),
  slot: z.number().int().min(0).nullish(),
  cluster: z.string().nullish(),
  pubkey: z.string().nullish(),
  /** `block-excerpt`: only some of the block's transactions. */
  kind: z.string().nullish(),
});
const manifestSchema = z.object({ files: z.array(entrySchema) });

export type ManifestEntry = z.infer<typeof entrySchema>;

/** Entries by the absolute path of their file. */
export type Manifest = ReadonlyMap<string, ManifestEntry>;

/** The manifest that a folder has, or an empty one. @throws CONFIG_INVALID for a damaged one */
export function findManifest(folder: string): Manifest {
  let place = resolve(folder);
  for (let above = 0; above <= PARENTS_MAX; above += 1) {
    const file = join(place, 'manifest.json');
    if (existsSync(file)) return readManifest(file);
    place = dirname(place);
  }
  return new Map();
}

function readManifest(file: string): Manifest {
  try {
    const { files } = manifestSchema.parse(readJsonFile(file));
    return new Map(files.map((entry) => [join(dirname(file), entry.file), entry]));
  } catch (error) {
    throw new StreamSyncError(
      'CONFIG_INVALID',
      { file },
      {
        message: `${file} is not a manifest: it should hold { "files": [{ "file": … }] }.`,
        cause: error,
      },
    );
  }
}
