// One server of the HTTP bench in a process of its own: the gateway over a network of 100 nodes in
// memory, or plain node:http that answers given bytes. Says where it listens, answers each message
// with the CPU that it has used.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import type { NodeKey } from '@streamsync/domain';
import { createMetrics, silentLog } from '@streamsync/runtime';
import { startGateway } from '../../src/app.ts';
import { SETTINGS } from '../../tests/support/front-door.ts';
import { createStandInNetwork } from '../../tests/support/stand-in-network.ts';

// As api/src/main.ts does.
setFlagsFromString('--no-compilation-cache');

const NODES = 100;
const [, , kind, bytes = ''] = process.argv;

async function startGatewayOfMany(): Promise<string> {
  const network = createStandInNetwork();
  const [view] = network.network.nodes();
  if (view === undefined) throw new Error('the stand-in has nodes');
  const nodes = Array.from({ length: NODES }, (_, index) => ({
    ...view,
    nodeKey: index.toString(16).padStart(2, '0').repeat(32) as NodeKey,
    address: `tcp://127.0.0.1:${7_000 + index}`,
  }));
  Object.assign(network.network, { nodes: () => nodes });
  const settings = { ...SETTINGS, warmUp: true, compileAfterMs: 20 };
  const { url } = await startGateway(settings, network, {
    log: silentLog,
    metrics: createMetrics({ service: 'gateway' }),
  });
  return url;
}

/** The same work that any server has: the request's body read, the headers and the body written. */
function startPlain(body: Buffer): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      response.writeHead(200, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': body.length,
        'x-content-type-options': 'nosniff',
      });
      response.end(body);
    });
  });
  server.keepAliveTimeout = 65_000;
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });
}

const url =
  kind === 'gateway' ? await startGatewayOfMany() : await startPlain(Buffer.from(bytes, 'base64'));
process.send?.({ url });
process.on('message', () => process.send?.({ cpuUs: cpuUs() }));
process.once('disconnect', () => process.exit(0));

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
