// Folders are finite: before an operator has read them all, its newest slot is one in the middle. It
// says by its readiness when it is through.
import { invariant, StreamSyncError } from '@streamsync/domain';
import type { RunningOperator } from './operators.ts';

const CHECK_MS = 100;
/** 70,000 transactions take five operators a minute on two busy cores. */
const FEED_MS_MAX = 600_000;
/** Readiness is a few bytes on loopback; a process that reads a large file answers in between. */
const ANSWER_MS_MAX = 10_000;

/** @throws StreamSyncError SOURCE_FAILED where the operator ends or does not come to the end */
export async function awaitFeed(
  { child, said }: RunningOperator,
  signal: AbortSignal,
): Promise<void> {
  invariant(said.metricsUrl !== null, 'every operator of this network has a metrics port');
  const readyUrl = `${said.metricsUrl}/ready`;
  let hasEnded = false;
  void child.exited.then(() => {
    hasEnded = true;
  });
  const giveUpAtMs = performance.now() + FEED_MS_MAX;
  while (!(await isReady(readyUrl))) {
    signal.throwIfAborted();
    if (hasEnded || performance.now() > giveUpAtMs) {
      throw new StreamSyncError(
        'SOURCE_FAILED',
        { name: child.name },
        { message: `${child.name} did not read the folders: ${child.lastLines().at(-1) ?? ''}` },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, CHECK_MS));
  }
}

/** False also where the operator does not answer: `awaitFeed` sees whether it has ended. */
async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    return response.ok;
  } catch {
    return false;
  }
}
