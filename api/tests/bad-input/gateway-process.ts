// A gateway over a stand-in network in a process of its own, so that its memory can be read: it says
// where it listens, and answers each message with its memory after a collection.
import { setFlagsFromString } from 'node:v8';
import { createMetrics, silentLog } from '@streamsync/runtime';
import { startGateway } from '../../src/app.ts';
import { SETTINGS } from '../support/front-door.ts';
import { createStandInNetwork } from '../support/stand-in-network.ts';

// As api/src/main.ts does.
setFlagsFromString('--no-compilation-cache');

const network = createStandInNetwork();
// What the stand-in remembers of races is the test's own.
network.raced.push = () => 0;
const server = await startGateway({ ...SETTINGS, compileAfterMs: 20 }, network, {
  log: silentLog,
  metrics: createMetrics({ service: 'gateway' }),
});
process.send?.({ url: server.url });
process.on('message', () => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send?.({ rss, heapUsed, external });
});
process.once('disconnect', () => process.exit(0));
