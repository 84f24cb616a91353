// The chain that the network serves: a localnet of its own, another RPC, or folders.
import { join } from 'node:path';
import type { Family } from './children/family.ts';
import type { PortLayout } from './layout.ts';
import type { OperatorSource } from './operator-config.ts';
import { localnetReady, PROGRAMS, parseReady } from './programs.ts';
import type { NetworkSettings } from './settings.ts';

/** Where programs reach the chain; Yellowstone is null where it has none. */
export interface RpcUrls {
  readonly url: string;
  readonly webSocketUrl: string;
  readonly yellowstoneUrl: string | null;
}

export interface RunningChain {
  /** What every operator's configuration says. */
  readonly source: OperatorSource;
  /** Null where folders are served. */
  readonly rpc: RpcUrls | null;
  readonly demo: Readonly<Record<string, string>> | null;
}

/** Everything is followed. */
const NOTHING_DECLARED = { programs: [], addresses: [] };

export async function startChain(
  settings: NetworkSettings,
  ports: PortLayout,
  family: Family,
): Promise<RunningChain> {
  const { source } = settings;
  switch (source.kind) {
    case 'rpc': {
      const { rpcUrl, wsUrl, yellowstoneUrl, programs, addresses } = source;
      const followed = { programs, addresses };
      return {
        source:
          yellowstoneUrl === null
            ? { kind: 'rpc', rpcUrl, wsUrl, completeStream: false, ...followed }
            : {
                kind: 'yellowstone',
                url: yellowstoneUrl,
                rpcUrl,
                everyAccount: false,
                ...followed,
              },
        rpc: { url: rpcUrl, webSocketUrl: wsUrl, yellowstoneUrl },
        demo: null,
      };
    }
    case 'folders': {
      const { accounts, blocks, transactions, cluster } = source;
      return {
        source: {
          kind: 'folders',
          ...(accounts === null ? {} : { accounts }),
          ...(blocks === null ? {} : { blocks }),
          ...(transactions === null ? {} : { transactions }),
          ...(cluster === null ? {} : { cluster }),
        },
        rpc: null,
        demo: null,
      };
    }
    case 'localnet': {
      const child = family.start({
        name: 'localnet',
        rank: 0,
        script: PROGRAMS.localnet,
        args: [
          ...['--dir', join(settings.folder, 'localnet')],
          ...['--http-port', String(ports.rpc)],
          ...['--ws-port', String(ports.webSocket)],
          ...['--grpc-port', String(ports.yellowstone)],
        ],
      });
      const said = parseReady(localnetReady, child.name, await child.ready);
      const urls = { url: said.grpcUrl, rpcUrl: said.httpUrl };
      return {
        source:
          source.feed === 'yellowstone'
            ? { kind: 'yellowstone', ...urls, everyAccount: true, ...NOTHING_DECLARED }
            : {
                kind: 'rpc',
                rpcUrl: said.httpUrl,
                wsUrl: said.wsUrl,
                completeStream: true,
                ...NOTHING_DECLARED,
              },
        rpc: { url: said.httpUrl, webSocketUrl: said.wsUrl, yellowstoneUrl: said.grpcUrl },
        demo: said.demo,
      };
    }
  }
}
