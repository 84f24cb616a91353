// Folders are finite: before an operator has read them all, its newest slot is one in the middle.
// An operator says in its log when it is through; there is no other sign that is sure.
import { readFileSync } from 'node:fs';
import { StreamSyncError } from '@streamsync/domain';
import type { Child } from './children/child.ts';

/** The constant sentence of packages/solana-indexer's folder source. */
const SENTENCE = 'the folders of chain data were read';
const CHECK_MS = 100;
/** 70,000 transactions take five operators a minute on two busy cores. */
const FEED_MS_MAX = 600_000;

/** @throws StreamSyncError SOURCE_FAILED where the operator ends or does not come to the end */
export async function awaitFeed(child: Child, signal: AbortSignal): Promise<void> {
  let hasEnded = false;
  void child.exited.then(() => {
    hasEnded = true;
  });
  const giveUpAtMs = performance.now() + FEED_MS_MAX;
  while (!readFileSync(child.logFile, 'utf8').includes(SENTENCE)) {
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
