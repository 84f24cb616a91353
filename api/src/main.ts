// The gateway as a process: environment in, one line of JSON on stdout when it serves, SIGTERM drains.
import { setFlagsFromString } from 'node:v8';
import { createLog, runProcess } from '@streamsync/runtime';
import { startApp } from './app.ts';
import { readConfig } from './config.ts';

// V8 keeps the code of every compiled document for reuse until the heap is nearly full: 65 MB for a
// thousand documents, measured. The gateway keeps those that come back itself, and bounds them.
setFlagsFromString('--no-compilation-cache');

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
// The log must stand before the configuration is read, since that may fail.
const level = LOG_LEVELS.find((each) => each === process.env.LOG_LEVEL) ?? 'info';
const log = createLog({ name: 'gateway', level });

await runProcess(log, async (lifecycle) => {
  const server = await startApp(readConfig(process.env), log, lifecycle);
  const ready = {
    ready: true,
    graphqlUrl: `${server.url}/graphql`,
    metricsUrl: `${server.url}/metrics`,
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
});
