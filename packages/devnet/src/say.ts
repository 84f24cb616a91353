// What a person reads when the network is ready: what is where, and a command that works.
import type { NetworkDescription } from './network-file.ts';

export function curlOf(description: NetworkDescription): string {
  return [
    `curl -s ${description.graphql.url}`,
    `  -H 'content-type: application/json'`,
    `  -d '${JSON.stringify({ query: description.example.query })}'`,
  ].join(' \\\n');
}

export function readyText(description: NetworkDescription, networkFile: string): string {
  const seconds = ((description.firstAnswerMs ?? 0) / 1_000).toFixed(1);
  const ports = description.nodes
    .map((node) => Number(node.address.slice(node.address.lastIndexOf(':') + 1)))
    .sort((left, right) => left - right);
  const rows: readonly (readonly [string, string])[] = [
    ['GraphQL', `${description.graphql.url}   (open it in a browser for GraphiQL)`],
    ...(description.rpc === null
      ? []
      : ([
          ['Solana RPC', description.rpc.url],
          ['WebSocket', description.rpc.webSocketUrl],
        ] as const)),
    ...(description.rpc?.yellowstoneUrl
      ? ([['Yellowstone', description.rpc.yellowstoneUrl]] as const)
      : []),
    ['Metrics', description.graphql.metricsUrl],
    [
      'Nodes',
      `${description.nodes.length} of ${description.operators.length} operators, ports ${ports[0]} to ${ports.at(-1)}`,
    ],
    ['All of it', networkFile],
  ];
  const table = rows.map(([name, value]) => `  ${name.padEnd(12)}${value}\n`).join('');
  return `
The network is ready; the first verified answer took ${seconds} s.

${table}
Ask it:

${curlOf(description)}

Ctrl-C stops everything.
`;
}
