// Prometheus metrics. Names follow its conventions; ids never become labels.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds; the guarantee of an indexed read is 0.01. */
export const LATENCY_BUCKETS_SECONDS = [
  0.000_25, 0.000_5, 0.001, 0.001_5, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5,
];

export interface Metrics {
  readonly registry: Registry;
  counter<Label extends string>(
    name: string,
    help: string,
    labelNames?: readonly Label[],
  ): Counter<Label>;
  gauge<Label extends string>(
    name: string,
    help: string,
    labelNames?: readonly Label[],
  ): Gauge<Label>;
  latency<Label extends string>(
    name: string,
    help: string,
    labelNames?: readonly Label[],
  ): Histogram<Label>;
  /** The exposition text. */
  text(): Promise<string>;
}

export function createMetrics(labels: Readonly<Record<string, string>>): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    counter: (name, help, labelNames = []) =>
      new Counter({ name, help, labelNames: [...labelNames], registers }),
    gauge: (name, help, labelNames = []) =>
      new Gauge({ name, help, labelNames: [...labelNames], registers }),
    latency: (name, help, labelNames = []) =>
      new Histogram({
        name,
        help,
        labelNames: [...labelNames],
        registers,
        buckets: LATENCY_BUCKETS_SECONDS,
      }),
    text: () => registry.metrics(),
  };
}
