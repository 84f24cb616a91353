// Reads streamsync.toml. Relative paths in it are relative to the file, so that it does not matter
// where the command is started. Every fault is listed at once.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StreamSyncError } from '@streamsync/domain';
import { parseConfig } from '@streamsync/runtime';
import { parse as parseToml } from 'smol-toml';
import { configSchema, type OperatorConfig } from './schema.ts';

/** @throws StreamSyncError CONFIG_INVALID, with a sentence that names the file and each fault */
export function loadConfig(file: string): OperatorConfig {
  const raw = readToml(file);
  const config = parseConfig(configSchema, raw, file);
  const from = (path: string): string => resolve(dirname(file), path);
  const source =
    config.source.kind === 'rpc'
      ? config.source
      : {
          ...config.source,
          ...(config.source.accounts === undefined
            ? {}
            : { accounts: from(config.source.accounts) }),
          ...(config.source.blocks === undefined ? {} : { blocks: from(config.source.blocks) }),
          ...(config.source.transactions === undefined
            ? {}
            : { transactions: from(config.source.transactions) }),
        };
  return Object.freeze({
    ...config,
    dataFolder: from(config.dataFolder),
    source,
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
