// How the ingest stands, as the public facts of a node that `streamsync status` and anyone may ask.
import type { IngestReading } from './ingest-progress.ts';

export type ProgressFacts = Readonly<
  Record<
    | 'slotsDone'
    | 'slotsTotal'
    | 'slotsPerSecond'
    | 'transactionsPerSecond'
    | 'secondsLeft'
    | 'sourceLagSlots'
    | 'sourceLagMs'
    | 'sourceStuckSinceMs'
    | 'gaps'
    | 'rollbacks',
    bigint | null
  >
>;

const whole = (value: number | null): bigint | null =>
  value === null ? null : BigInt(Math.round(value));

export function progressFacts(reading: IngestReading): ProgressFacts {
  const { progress } = reading.source;
  return {
    slotsDone: whole(reading.slotsDone),
    slotsTotal: whole(reading.slotsTotal),
    slotsPerSecond: whole(reading.slotsPerSecond),
    transactionsPerSecond: whole(reading.transactionsPerSecond),
    secondsLeft: whole(reading.secondsLeft),
    sourceLagSlots: whole(progress.lagSlots),
    sourceLagMs: whole(progress.lagMs),
    sourceStuckSinceMs: whole(progress.stuckSinceMs),
    gaps: whole(progress.gaps),
    rollbacks: whole(reading.rollbacks),
  };
}
