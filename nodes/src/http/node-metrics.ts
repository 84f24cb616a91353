// The Prometheus metrics of an operator's process. A node's name and specialisation are the labels,
// which are few; ids never are. Gauges are read at each scrape, so that nothing keeps them up to date.
import type { ErrorCode } from '@streamsync/domain';
import type { Metrics } from '@streamsync/runtime';
import type { IngestReading } from '../ingest/ingest-progress.ts';
import { registerIngestMetrics } from './ingest-metrics.ts';

/** What a node says of itself at a scrape. */
export interface NodeReading {
  readonly appliedSlot: number;
  readonly lagSeconds: number;
  readonly accounts: number;
  readonly transactions: number;
  readonly itemBytes: number;
  readonly journalPending: number;
  readonly sessions: number;
  readonly loadPermille: number;
}

export interface OperatorMetrics {
  /** Registers a node; the result is told the outcome of each call: 'answered' or an error's code. */
  node(
    labels: { readonly node: string; readonly specialisation: string },
    read: () => NodeReading,
  ): (outcome: 'answered' | ErrorCode) => void;
  slotJournaled(seconds: number): void;
  /** Registers the ingest of the process, which all its nodes share. */
  ingest(read: () => IngestReading): void;
  /** The exposition text, as of now. */
  text(): Promise<string>;
}

const LABELS = ['node', 'specialisation'] as const;

const GAUGES: Readonly<Record<keyof NodeReading, readonly [name: string, help: string]>> = {
  appliedSlot: ['streamsync_node_applied_slot', 'Newest slot that the node has applied.'],
  lagSeconds: ['streamsync_node_lag_seconds', 'Time since the node applied its newest slot.'],
  accounts: ['streamsync_node_accounts', 'Accounts in the store.'],
  transactions: ['streamsync_node_transactions', 'Transactions in the store.'],
  itemBytes: ['streamsync_node_item_bytes', 'Bytes of the items in memory.'],
  journalPending: ['streamsync_node_journal_pending', 'Appends that are not on disk yet.'],
  sessions: ['streamsync_node_sessions', 'Open sessions of gateways.'],
  loadPermille: ['streamsync_node_load_permille', 'Used share of the listed capacity.'],
};

export function createOperatorMetrics(metrics: Metrics): OperatorMetrics {
  const answers = metrics.counter('streamsync_node_answers_total', 'Calls by outcome.', [
    ...LABELS,
    'outcome',
  ]);
  const journal = metrics.latency(
    'streamsync_ingest_journal_seconds',
    'Time from applying a slot to having it on disk in every store.',
  );
  const gauges = (Object.keys(GAUGES) as (keyof NodeReading)[]).map((key) => ({
    key,
    gauge: metrics.gauge(...GAUGES[key], LABELS),
  }));
  let updateIngest = (): void => {};
  const nodes: { labels: Record<'node' | 'specialisation', string>; read: () => NodeReading }[] =
    [];
  return {
    node: (labels, read) => {
      nodes.push({ labels, read });
      // Bound once for each outcome: hashing the labels would cost more than the answer.
      const bound = new Map<string, { inc(): void }>();
      return (outcome) => {
        let counter = bound.get(outcome);
        if (counter === undefined) {
          counter = answers.labels({ ...labels, outcome });
          bound.set(outcome, counter);
        }
        counter.inc();
      };
    },
    slotJournaled: (seconds) => journal.observe(seconds),
    ingest: (read) => {
      updateIngest = registerIngestMetrics(metrics, read);
    },
    text: () => {
      updateIngest();
      for (const { labels, read } of nodes) {
        const reading = read();
        for (const { key, gauge } of gauges) gauge.set(labels, reading[key]);
      }
      return metrics.text();
    },
  };
}
