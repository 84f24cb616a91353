// Reads streamsync.toml. Relative paths in it are relative to the file, so that it does not matter
// where the command is started. Every fault is listed at once.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StreamSyncError } from '@streamsync/domain';
import { parseConfig } from '@streamsync/runtime';
import { parse as parseToml } from 'smol-toml';
import { configSchema, type OperatorConfig, type SourceConfig } from './schema.ts';

/** @throws StreamSyncError CONFIG_INVALID, with a sentence that names the file and each fault */
export function loadConfig(
  file: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): OperatorConfig {
  const raw = readToml(file);
  const config = parseConfig(configSchema, raw, file);
  const from = (path: string): string => resolve(dirname(file), path);
  return Object.freeze({
    ...config,
    dataFolder: from(config.dataFolder),
    source: sourceOf(config.source, from, env),
    nodes: config.nodes.map((node) => ({
      ...node,
      ...(node.tls === undefined
        ? {}
        : {
            tls: {
              certificateFile: from(node.tls.certificateFile),
              keyFile: from(node.tls.keyFile),
            },
          }),
    })),
  });
}

function sourceOf(
  source: SourceConfig,
  from: (path: string) => string,
  env: Readonly<Record<string, string | undefined>>,
): SourceConfig {
  switch (source.kind) {
    case 'yellowstone': {
      // A token in the environment lies in no file.
      const xToken = source.xToken ?? env.YELLOWSTONE_X_TOKEN;
      return xToken === undefined || xToken === '' ? source : { ...source, xToken };
    }
    case 'rpc':
      return source;
    case 'folders': {
      const { accounts, blocks, transactions } = source;
      return {
        ...source,
        ...(accounts === undefined ? {} : { accounts: from(accounts) }),
        ...(blocks === undefined ? {} : { blocks: from(blocks) }),
        ...(transactions === undefined ? {} : { transactions: from(transactions) }),
      };
    }
  }
}

function readToml(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new StreamSyncError(
      'CONFIG_INVALID',
      { file },
      {
        cause,
        message: `${file} cannot be read: run "streamsync init" to make one, or pass --config FILE.`,
      },
    );
  }
  try {
    // A copy with ordinary prototypes: the parser's tables have none, and faults print values.
    return structuredClone(parseToml(text));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new StreamSyncError(
      'CONFIG_INVALID',
      { file },
      { cause, message: `${file} is not TOML: ${why}` },
    );
  }
}
