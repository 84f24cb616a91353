// `npm start`: the whole network on this machine, until Ctrl-C or SIGTERM. An expected failure is
// one sentence and exit code 1, with nothing left running.
import { StreamSyncError } from '@streamsync/domain';
import { parseInvocation } from './options.ts';
import { createProgress } from './progress.ts';
import { readyText } from './say.ts';
import { startNetwork } from './start-network.ts';

/** How soon the end of npm is noticed. */
const PARENT_CHECK_MS = 250;

const stopRequest = new AbortController();
const killRequest = new AbortController();
const stopRequested = new Promise<void>((resolve) => {
  stopRequest.signal.addEventListener('abort', () => resolve(), { once: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The second time, nothing is waited for.
    if (stopRequest.signal.aborted) killRequest.abort();
    stopRequest.abort();
  });
}

// npm keeps a SIGTERM to itself, and its shell between us does too: their end is a request to stop.
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stopRequest.abort();
  }, PARENT_CHECK_MS);
  timer.unref();
}

async function run(): Promise<void> {
  const { settings, json } = parseInvocation(process.argv.slice(2));
  const network = await startNetwork({
    settings,
    progress: createProgress(!json),
    signal: stopRequest.signal,
    killSignal: killRequest.signal,
    notice: (sentence) => void process.stderr.write(sentence),
  });
  const { description, networkFile } = network;
  process.stdout.write(
    json
      ? `${JSON.stringify({ ready: true, ...description })}\n`
      : readyText(description, networkFile),
  );
  const reason = await Promise.race([network.failed, stopRequested.then(() => null)]);
  if (reason === null && !json) process.stdout.write('\nstopping\n');
  await network.stop();
  if (reason === null && !json) process.stdout.write('stopped\n');
  if (reason !== null) throw reason;
}

try {
  await run();
  process.exitCode = 0;
} catch (error) {
  // A start that was given up on request is not a failure.
  const isGivenUp = stopRequest.signal.aborted;
  if (!isGivenUp) {
    const text =
      error instanceof StreamSyncError
        ? `${error.message} [${error.code}]`
        : String(error instanceof Error ? (error.stack ?? error.message) : error);
    process.stderr.write(`${text}\n`);
  }
  process.exitCode = isGivenUp ? 0 : 1;
}
