// Folders of chain data are looked at before anything starts: five operators would say the same later.
import { statSync } from 'node:fs';
import { StreamSyncError } from '@streamsync/domain';
import type { ChainSource } from './settings.ts';

/** @throws StreamSyncError CONFIG_INVALID for a folder that is not there, or no folder */
export function checkFolders(source: ChainSource): void {
  if (source.kind !== 'folders') return;
  const { accounts, blocks, transactions } = source;
  for (const [option, folder] of Object.entries({ accounts, blocks, transactions })) {
    if (folder === null) continue;
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) continue;
    throw new StreamSyncError(
      'CONFIG_INVALID',
      { folder },
      {
        message: `--${option} ${folder} is no folder: give one of JSON files, as docs/pages/networks.md says.`,
      },
    );
  }
}
