// Time spent since the last byte of the request, on the monotonic clock, by step.
import type { Clock } from '@streamsync/runtime';
import type { QueryReceipt } from './ports.ts';

type Step = keyof QueryReceipt['steps'];

export interface Stopwatch {
  /** Ends a step that began where the one before ended. */
  step(name: Step): void;
  readonly steps: Readonly<Record<Step, number>>;
  elapsedMs(): number;
}

export function startStopwatch(clock: Clock, startedAtMs: number): Stopwatch {
  const steps: Record<Step, number> = { planMs: 0, pinMs: 0, executeMs: 0 };
  let lastMs = startedAtMs;
  return {
    steps,
    step(name) {
      const nowMs = clock.monotonicMs();
      steps[name] = nowMs - lastMs;
      lastMs = nowMs;
    },
    elapsedMs: () => clock.monotonicMs() - startedAtMs,
  };
}
