// Finds out before anything starts whether the fixed ports are free: one sentence at once is better
// than seven processes that fail one by one.
import { createServer } from 'node:net';
import { explainSystemError } from '@streamsync/runtime';
import { HOST, OPERATORS, type PortLayout } from './layout.ts';

/** @throws StreamSyncError PORT_BUSY, naming the first port that is in use */
export async function probePorts(layout: PortLayout, isLocalnet: boolean): Promise<void> {
  const wanted: readonly (readonly [number, string])[] = [
    [layout.graphql, 'GraphQL'],
    ...(isLocalnet
      ? ([
          [layout.rpc, 'RPC'],
          [layout.webSocket, 'WebSocket'],
          [layout.yellowstone, 'Yellowstone gRPC'],
        ] as const)
      : []),
    ...OPERATORS.flatMap((operator) => {
      const { metrics, nodes } = layout.operators[operator];
      return [
        [metrics, `metrics of ${operator}`] as const,
        ...nodes.flatMap((node) =>
          [node.listen, node.publish].map(
            (port) => [port, `the ${node.specialisation} node of ${operator}`] as const,
          ),
        ),
      ];
    }),
  ];
  for (const [port, use] of wanted) if (port !== 0) await probe(port, use);
}

function probe(port: number, use: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) =>
      reject(explainSystemError(error, `Port ${port} (${use}; --ports 0 takes free ones)`)),
    );
    server.listen({ host: HOST, port, exclusive: true }, () => server.close(() => resolve()));
  });
}
