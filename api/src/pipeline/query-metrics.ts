// The gateway's own figures; ids never become labels.
import type { Metrics } from '@streamsync/runtime';
import type { AdmissionObserver } from './admit-queries.ts';

const MS_PER_SECOND = 1_000;

export function observeQueries(metrics: Metrics): AdmissionObserver {
  const served = metrics.counter('streamsync_queries_total', 'Queries by their status.', [
    'status',
  ]);
  const latency = metrics.latency(
    'streamsync_query_seconds',
    'From the last byte of a request read to its response serialised.',
  );
  const running = metrics.gauge('streamsync_queries_running', 'Queries that run now.');
  return {
    onServed(status, elapsedMs) {
      served.inc({ status: String(status) });
      latency.observe(elapsedMs / MS_PER_SECOND);
    },
    onRunning: (queries) => running.set(queries),
  };
}
