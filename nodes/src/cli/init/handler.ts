// `streamsync init`: a config that runs as it is, and an identity for each of its nodes. It never
// overwrites a config or an identity: a lost identity is a lost stake.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StreamSyncError } from '@streamsync/domain';
import { loadOrCreateIdentity, writeFileAtomic } from '@streamsync/runtime';
import { identityFile } from '../../config/folders.ts';
import { loadConfig } from '../../config/load-config.ts';
import { configTemplate } from '../../config/template.ts';

interface InitOptions {
  readonly folder: string;
  readonly operator: string;
  readonly rpcUrl: string;
  readonly wsUrl: string;
}

/** @throws StreamSyncError CONFIG_INVALID where there is a config, FOLDER_NOT_WRITABLE */
export function initOperator(options: InitOptions): void {
  const file = join(resolve(options.folder), 'streamsync.toml');
  if (existsSync(file)) {
    throw new StreamSyncError(
      'CONFIG_INVALID',
      { file },
      {
        message: `${file} exists: it is never overwritten. Move it away, or choose another --dir.`,
      },
    );
  }
  writeFileAtomic(file, configTemplate(options));
  const config = loadConfig(file);
  const lines = config.nodes.map((node) => {
    const identity = loadOrCreateIdentity(identityFile(config, node));
    return `  ${node.name.padEnd(10)} ${identity.nodeKey}\n`;
  });
  process.stdout.write(
    `Wrote ${file} and the identities of its nodes:\n${lines.join('')}Read the file, then: streamsync run --config ${file}\n`,
  );
}
