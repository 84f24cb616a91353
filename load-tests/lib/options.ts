// Options that every scenario shares. Thresholds are data beside the scenarios, by their name.
import type { Options, Scenario } from 'k6/options';

/** Code is compiled and pools are met before anything counts: the scenario `warm` has no threshold. */
const WARM_UP = '15s';
const WARM_UP_RATE = 100;

/** k6 keeps a metric by scenario only where something names it. */
const SUMMARY = ['avg', 'min', 'med', 'p(95)', 'p(99)', 'max'];

export interface Load {
  readonly rate: number;
  readonly duration: string;
}

/** Arrivals at a rate, whatever the answers do (an open loop). */
export function arrivals({ rate, duration }: Load, startTime: string, exec: string): Scenario {
  return {
    executor: 'constant-arrival-rate',
    rate,
    timeUnit: '1s',
    duration,
    startTime,
    preAllocatedVUs: Math.min(rate, 200),
    maxVUs: Math.max(rate, 400),
    exec,
    gracefulStop: '5s',
  };
}

export function optionsOf(
  name: string,
  scenarios: Record<string, Scenario>,
  exec = 'default',
): Options {
  return {
    discardResponseBodies: false,
    summaryTrendStats: SUMMARY,
    scenarios: {
      warm: arrivals({ rate: WARM_UP_RATE, duration: WARM_UP }, '0s', exec),
      ...scenarios,
    },
    thresholds: JSON.parse(open(import.meta.resolve(`../thresholds/${name}.json`))),
  };
}

/** After the warm-up. */
export function load(each: Load, exec = 'default'): Scenario {
  return arrivals(each, WARM_UP, exec);
}

/** `--duration` of the runner, for a shorter look. */
export const DURATION = __ENV.STREAMSYNC_DURATION ?? '60s';
