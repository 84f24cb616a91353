// The gateway: one process, which knows the nodes from a file of peers.
import { join } from 'node:path';
import { writeFileAtomic } from '@streamsync/runtime';
import type { Child } from './children/child.ts';
import type { Family } from './children/family.ts';
import { HOST, type PortLayout } from './layout.ts';
import type { NetworkDescription } from './network-file.ts';
import type { RunningOperator } from './operators.ts';
import { gatewayReady, PROGRAMS, parseReady } from './programs.ts';
import type { NetworkSettings } from './settings.ts';

export interface RunningGateway {
  readonly child: Child;
  readonly urls: NetworkDescription['graphql'];
}

export async function startGateway(options: {
  readonly settings: NetworkSettings;
  readonly ports: PortLayout;
  readonly operators: readonly RunningOperator[];
  readonly genesisHash: string;
  readonly rpc: NetworkDescription['rpc'];
  readonly family: Family;
}): Promise<RunningGateway> {
  const { settings, ports, operators, genesisHash, rpc, family } = options;
  const folder = join(settings.folder, 'gateway');
  const peersFile = join(folder, 'peers.json');
  const peers = operators.flatMap(({ name, said }) =>
    said.nodes.map((node) => ({
      nodeKey: node.nodeKey,
      operator: name,
      specialisation: node.specialisation,
      address: node.address,
      publish: node.publishAddress,
    })),
  );
  writeFileAtomic(peersFile, `${JSON.stringify(peers, null, 2)}\n`);
  const child = family.start({
    name: 'gateway',
    rank: 2,
    script: PROGRAMS.gateway,
    env: {
      HOST,
      PORT: String(ports.graphql),
      PEERS: peersFile,
      DATA_DIR: join(folder, 'data'),
      GENESIS_HASH: genesisHash,
      LOG_LEVEL: settings.logLevel,
      ...(rpc === null ? {} : { SOLANA_RPC_URL: rpc.url, SOLANA_WS_URL: rpc.webSocketUrl }),
    },
  });
  const said = parseReady(gatewayReady, child.name, await child.ready);
  const at = (path: string): string => new URL(path, said.graphqlUrl).toString();
  return {
    child,
    urls: {
      url: said.graphqlUrl,
      healthUrl: at('/health/live'),
      readyUrl: at('/health/ready'),
      metricsUrl: said.metricsUrl,
    },
  };
}
