// The streamsync.toml of one operator of the network: the same file that an operator would write.
import { join } from 'node:path';
import { stringify } from 'smol-toml';
import { HOST, type OperatorName, type OperatorPorts } from './layout.ts';

/** Where an operator's process gets chain data, once the chain is there. */
export type OperatorSource =
  | {
      readonly kind: 'yellowstone';
      readonly url: string;
      readonly rpcUrl: string;
      readonly everyAccount: boolean;
      readonly programs: readonly string[];
      readonly addresses: readonly string[];
    }
  | {
      readonly kind: 'rpc';
      readonly rpcUrl: string;
      readonly wsUrl: string;
      readonly completeStream: boolean;
      readonly programs: readonly string[];
      readonly addresses: readonly string[];
    }
  | {
      readonly kind: 'folders';
      readonly accounts?: string;
      readonly blocks?: string;
      readonly transactions?: string;
      readonly cluster?: string;
    };

/** Prices differ, as they would between operators; nanoUSD per cost unit. */
const BID_NANO_USD: Readonly<Record<OperatorName, number>> = {
  alpha: 900,
  bravo: 950,
  charlie: 1_000,
  delta: 1_050,
  echo: 1_100,
};

export function operatorToml(options: {
  readonly operator: OperatorName;
  readonly folder: string;
  readonly ports: OperatorPorts;
  readonly source: OperatorSource;
  readonly slowMs: number;
  readonly logLevel: string;
}): string {
  const { operator, folder, ports, source, slowMs, logLevel } = options;
  const specialisations = ports.nodes.map((node) => node.specialisation);
  return stringify({
    operator,
    dataFolder: join(folder, 'data'),
    logLevel,
    source,
    metrics: { listen: `${HOST}:${ports.metrics}` },
    nodes: ports.nodes.map((node) => ({
      name: node.specialisation,
      specialisation: node.specialisation,
      listen: `tcp://${HOST}:${node.listen}`,
      publish: `tcp://${HOST}:${node.publish}`,
      bidNanoUsd: BID_NANO_USD[operator],
    })),
    ...(slowMs === 0
      ? {}
      : { debug: { delayMs: Object.fromEntries(specialisations.map((name) => [name, slowMs])) } }),
  });
}
