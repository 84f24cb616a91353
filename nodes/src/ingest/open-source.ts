// The source of an operator's config, and the cluster that it is of. A config that names its cluster
// is held to it: nodes that served another cluster's data under this name would lose their stake.
import { parseAddress, StreamSyncError } from '@streamsync/domain';
import type { Log } from '@streamsync/runtime';
import {
  type ChainSource,
  createFolderSource,
  createRpcSource,
  type Genesis,
  YellowstoneSource,
} from '@streamsync/solana-indexer';
import { GENESIS_FROM_SOURCE, type OperatorConfig, type SourceConfig } from '../config/schema.ts';

/** A provider that does not say in this time which cluster it is of is not reachable. */
const GENESIS_DEADLINE_MS = 15_000;

export interface OpenSource {
  readonly source: ChainSource;
  readonly genesis: Genesis;
}

/** @throws StreamSyncError SOURCE_FAILED, CONFIG_INVALID */
export async function openSource(
  config: Pick<OperatorConfig, 'source' | 'genesisHash'>,
  log: Log,
  signal: AbortSignal,
): Promise<OpenSource> {
  const source = createSource(config.source, log);
  const genesis = await source.genesis(
    AbortSignal.any([signal, AbortSignal.timeout(GENESIS_DEADLINE_MS)]),
  );
  if (config.genesisHash !== GENESIS_FROM_SOURCE && config.genesisHash !== genesis.genesisHash) {
    throw new StreamSyncError(
      'CONFIG_INVALID',
      { genesisHash: config.genesisHash, source: genesis.genesisHash },
      {
        message: `The config is for the cluster ${config.genesisHash}, but ${source.describe()} is of ${genesis.genesisHash}.`,
      },
    );
  }
  return { source, genesis };
}

function createSource(config: SourceConfig, log: Log): ChainSource {
  switch (config.kind) {
    case 'yellowstone':
      return new YellowstoneSource({
        url: config.url,
        ...(config.xToken === undefined ? {} : { xToken: config.xToken }),
        rpcUrl: config.rpcUrl,
        everyAccount: config.everyAccount,
        programs: config.programs.map(parseAddress),
        addresses: config.addresses.map(parseAddress),
        log,
      });
    case 'rpc':
      return createRpcSource({
        rpcUrl: config.rpcUrl,
        wsUrl: config.wsUrl,
        completeStream: config.completeStream,
        programs: config.programs.map(parseAddress),
        addresses: config.addresses.map(parseAddress),
        log,
      });
    case 'folders': {
      const { accounts, blocks, transactions, cluster } = config;
      return createFolderSource({
        ...(accounts === undefined ? {} : { accounts }),
        ...(blocks === undefined ? {} : { blocks }),
        ...(transactions === undefined ? {} : { transactions }),
        ...(cluster === undefined ? {} : { cluster }),
        log,
      });
    }
  }
}
