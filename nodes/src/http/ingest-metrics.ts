// The Prometheus metrics of a process's ingest, which all its nodes share. They are kept by the source
// and the ingest themselves; a scrape reads them.
import type { Metrics } from '@streamsync/runtime';
import type { IngestReading } from '../ingest/ingest-progress.ts';

const MS_PER_SECOND = 1_000;

type Rows = Readonly<
  Record<string, readonly [help: string, read: (reading: IngestReading) => number]>
>;

const GAUGES: Rows = {
  streamsync_ingest_slots_per_second: [
    'Slots taken into every store, over ten seconds.',
    ({ slotsPerSecond }) => slotsPerSecond,
  ],
  streamsync_ingest_transactions_per_second: [
    'Transactions taken into every store, over ten seconds.',
    ({ transactionsPerSecond }) => transactionsPerSecond,
  ],
  streamsync_ingest_slots_left: [
    'Slots that the source had at the start and that are not in yet.',
    ({ slotsDone, slotsTotal }) => Math.max(0, slotsTotal - slotsDone),
  ],
  streamsync_ingest_lag_slots: [
    'Slots between the newest that the source has heard of and the newest delivered.',
    ({ source }) => source.progress.lagSlots,
  ],
  streamsync_ingest_lag_seconds: [
    'How long the oldest slot that waits to be delivered has waited.',
    ({ source }) => source.progress.lagMs / MS_PER_SECOND,
  ],
  streamsync_ingest_stuck: [
    'Whether the source has told nothing new for ten seconds: 1 or 0.',
    ({ source }) => (source.progress.stuckSinceMs === null ? 0 : 1),
  ],
  streamsync_ingest_gaps: [
    'Stretches of missing slots that are being fetched.',
    ({ source }) => source.progress.gaps,
  ],
};

const COUNTERS: Rows = {
  streamsync_ingest_slots_total: ['Slots taken into every store.', ({ slots }) => slots],
  streamsync_ingest_history_slots_total: [
    'Slots taken for their transactions alone.',
    ({ historySlots }) => historySlots,
  ],
  streamsync_ingest_transactions_total: [
    'Transactions taken into every store.',
    ({ transactions }) => transactions,
  ],
  streamsync_ingest_rollbacks_total: ['Forks that were undone.', ({ rollbacks }) => rollbacks],
  streamsync_ingest_restarts_total: [
    'Forks too deep to undo: accounts were forgotten and read anew.',
    ({ restarts }) => restarts,
  ],
  streamsync_ingest_repeated_total: [
    'Slots that the source sent again, or that could not be.',
    ({ source }) => source.progress.repeated,
  ],
  streamsync_ingest_source_errors_total: [
    'Failures of the source, from which it recovered or still tries to.',
    ({ source }) => source.errors,
  ],
};

/** The result brings the metrics up to date. */
export function registerIngestMetrics(metrics: Metrics, read: () => IngestReading): () => void {
  const gauges = Object.entries(GAUGES).map(([name, [help, value]]) => ({
    gauge: metrics.gauge(name, help),
    value,
  }));
  const counters = Object.entries(COUNTERS).map(([name, [help, value]]) => ({
    counter: metrics.counter(name, help),
    value,
    counted: 0,
  }));
  return () => {
    const reading = read();
    for (const { gauge, value } of gauges) gauge.set(value(reading));
    for (const each of counters) {
      const now = each.value(reading);
      each.counter.inc(Math.max(0, now - each.counted));
      each.counted = now;
    }
  };
}
