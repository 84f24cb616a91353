// Who is in the network and where each part listens. The default ports are those that Solana's and
// GraphQL's tools assume; port 0 everywhere lets several networks run side by side.
import { SPECIALISATIONS, type Specialisation } from '@streamsync/domain';

/** Five operators: a race of five has five owners of stake, and two may fail. */
export const OPERATORS = ['alpha', 'bravo', 'charlie', 'delta', 'echo'] as const;
export type OperatorName = (typeof OPERATORS)[number];

export function isOperatorName(text: string): text is OperatorName {
  return (OPERATORS as readonly string[]).includes(text);
}

export const HOST = '127.0.0.1';

export interface NodePorts {
  readonly specialisation: Specialisation;
  /** Requests (SP REP). */
  readonly listen: number;
  /** Heartbeats, offers and roots (SP PUB). */
  readonly publish: number;
}

export interface OperatorPorts {
  readonly metrics: number;
  readonly nodes: readonly NodePorts[];
}

export interface PortLayout {
  readonly graphql: number;
  readonly rpc: number;
  readonly webSocket: number;
  readonly yellowstone: number;
  readonly operators: Readonly<Record<OperatorName, OperatorPorts>>;
}

interface FirstPorts {
  readonly graphql: number;
  readonly rpc: number;
  readonly webSocket: number;
  readonly yellowstone: number;
  readonly nodes: number;
  readonly metrics: number;
}

/** GraphQL's, Solana's and Yellowstone's customary ports; the nodes' own from 7700. */
const DEFAULT_PORTS: FirstPorts = {
  graphql: 4000,
  rpc: 8899,
  webSocket: 8900,
  yellowstone: 10_000,
  nodes: 7700,
  metrics: 7790,
};

/** How many ports a network takes from its base upwards. */
export const PORTS_SPAN = 100;

/**
 * @param base undefined: the default ports; 0: free ports everywhere; else GraphQL at `base`, RPC,
 *   WebSocket and Yellowstone after it, nodes from `base + 10`, metrics from `base + 90`
 */
export function layoutPorts(base: number | undefined): PortLayout {
  const isFree = base === 0;
  const first: FirstPorts =
    base === undefined
      ? DEFAULT_PORTS
      : {
          graphql: base,
          rpc: base + 1,
          webSocket: base + 2,
          yellowstone: base + 3,
          nodes: base + 10,
          metrics: base + 90,
        };
  const port = (number: number): number => (isFree ? 0 : number);
  const portsOf = (operator: OperatorName): OperatorPorts => {
    const row = OPERATORS.indexOf(operator);
    const nodes = SPECIALISATIONS.map((specialisation, column) => {
      const pair = first.nodes + (row * SPECIALISATIONS.length + column) * 2;
      return { specialisation, listen: port(pair), publish: port(pair + 1) };
    });
    return { metrics: port(first.metrics + row), nodes };
  };
  return {
    graphql: port(first.graphql),
    rpc: port(first.rpc),
    webSocket: port(first.webSocket),
    yellowstone: port(first.yellowstone),
    operators: {
      alpha: portsOf('alpha'),
      bravo: portsOf('bravo'),
      charlie: portsOf('charlie'),
      delta: portsOf('delta'),
      echo: portsOf('echo'),
    },
  };
}
