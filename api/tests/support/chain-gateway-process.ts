// A gateway in a process of its own over a chain in memory that grows when it is told to, so that the
// memory of its subscribers can be read.
import { setFlagsFromString } from 'node:v8';
import { addressFromBytes } from '@streamsync/domain';
import { createMetrics, silentLog } from '@streamsync/runtime';
import { startGateway } from '../../src/app.ts';
import { SETTINGS } from './front-door.ts';
import { createStandInChain } from './stand-in-chain.ts';

// As api/src/main.ts does.
setFlagsFromString('--no-compilation-cache');

const HOT = addressFromBytes(new Uint8Array(32).fill(5));
const OWNER = addressFromBytes(new Uint8Array(32));

const chain = createStandInChain();
// What the stand-in remembers of races is the test's own.
chain.raced.push = () => 0;
const settings = { ...SETTINGS, connectionsMax: 10_000, subscriptionsMax: 10_000, warmUp: true };
const server = await startGateway(settings, chain, {
  log: silentLog,
  metrics: createMetrics({ service: 'gateway' }),
});
process.send?.({ url: server.url, address: HOT });

const nowMs = (): number => performance.timeOrigin + performance.now();
let lamports = 0n;

process.on('message', (order) => {
  if (order === 'grow') {
    lamports += 1n;
    const state = { lamports, owner: OWNER, executable: false, data: new Uint8Array(165) };
    const atMs = nowMs();
    const slot = chain.grow({ writes: [{ address: HOT, state }] });
    process.send?.({ slot: String(slot), atMs });
    return;
  }
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ rss, heapUsed });
});
process.once('disconnect', () => process.exit(0));
