// One line of progress at times: while a node catches up a person wants to know how long it takes, and
// when its source has stopped, that it has. A node that keeps up is silent.
import type { Log } from '@streamsync/runtime';
import type { IngestProgress } from './ingest-progress.ts';

const LOG_EVERY_MS = 10_000;
/** A node that is so many slots behind is catching up. */
const LAG_SLOTS_MIN = 8;

export function logProgress(
  progress: Pick<IngestProgress, 'reading'>,
  log: Log,
  everyMs = LOG_EVERY_MS,
) {
  let wasStuck = false;
  const timer = setInterval(() => {
    const { source, slotsDone, slotsTotal, ...reading } = progress.reading();
    const { lagSlots, lagMs, stuckSinceMs } = source.progress;
    const isStuck = stuckSinceMs !== null;
    if (isStuck && !wasStuck) log.warn({ stuckSinceMs, lagSlots }, 'the source tells nothing new');
    wasStuck = isStuck;
    if (slotsDone >= slotsTotal && lagSlots < LAG_SLOTS_MIN) return;
    const { slotsPerSecond, transactionsPerSecond, secondsLeft } = reading;
    log.info(
      {
        slotsDone,
        slotsTotal,
        slotsPerSecond,
        transactionsPerSecond,
        secondsLeft,
        lagSlots,
        lagMs,
      },
      'catching up',
    );
  }, everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
