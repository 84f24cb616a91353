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

interface SubscriptionCounts {
  readonly subscriptions: number;
  readonly topics: number;
  readonly streams: number;
}

/** Returns what brings the figures up to date, which is called when they are read. */
export function observeSubscriptions(
  metrics: Metrics,
  counts: () => SubscriptionCounts,
): () => void {
  const gauges = {
    subscriptions: metrics.gauge('streamsync_subscriptions', 'Subscribers that are connected.'),
    topics: metrics.gauge('streamsync_subscription_topics', 'Topics that are raced at each pin.'),
    streams: metrics.gauge('streamsync_subscription_streams', 'Documents that are rendered.'),
  };
  return () => {
    const now = counts();
    gauges.subscriptions.set(now.subscriptions);
    gauges.topics.set(now.topics);
    gauges.streams.set(now.streams);
  };
}
