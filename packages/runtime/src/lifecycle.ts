// Start and stop of a process. What starts registers how it stops; SIGTERM and SIGINT stop
// everything in reverse order within a deadline, and a failed start says one clear sentence.
import { StreamSyncError } from '@streamsync/domain';
import type { Log } from './log.ts';

/** A drain that takes longer is cut: the supervisor would kill the process anyway. */
export const DRAIN_MS_MAX = 10_000;

type Stop = () => Promise<void> | void;

export interface Lifecycle {
  /** Registers how something that just started is stopped. */
  onStop(name: string, stop: Stop): void;
  /** Aborted when the stop begins. */
  readonly signal: AbortSignal;
  /** Stops everything, last started first; safe to call again. */
  stop(): Promise<void>;
}

export function createLifecycle(log: Log, drainMsMax: number = DRAIN_MS_MAX): Lifecycle {
  const stops: { name: string; stop: Stop }[] = [];
  const controller = new AbortController();
  let stopping: Promise<void> | null = null;

  async function stopAll(): Promise<void> {
    controller.abort();
    for (const { name, stop } of stops.toReversed()) {
      try {
        await stop();
      } catch (error) {
        log.error({ name, err: error }, 'a part did not stop cleanly');
      }
    }
  }

  return {
    onStop: (name, stop) => {
      stops.push({ name, stop });
    },
    signal: controller.signal,
    stop: () => {
      stopping ??= new Promise((resolve) => {
        const timer = setTimeout(() => {
          log.error({ drainMsMax }, 'the drain passed its deadline and was cut');
          resolve();
        }, drainMsMax);
        void stopAll().then(() => {
          clearTimeout(timer);
          resolve();
        });
      });
      return stopping;
    },
  };
}

/**
 * Runs a process: `start` brings it up; a signal stops it with exit code 0. An expected failure
 * prints its sentence and exits with 1; an unexpected one prints its stack to the log first.
 */
export async function runProcess(
  log: Log,
  start: (lifecycle: Lifecycle) => Promise<void>,
): Promise<void> {
  const lifecycle = createLifecycle(log);
  const exit = async (code: number): Promise<void> => {
    await lifecycle.stop();
    process.exit(code);
  };
  process.once('SIGTERM', () => void exit(0));
  process.once('SIGINT', () => void exit(0));
  try {
    await start(lifecycle);
  } catch (error) {
    if (error instanceof StreamSyncError) {
      process.stderr.write(`${error.message} [${error.code}]\n`);
    } else {
      log.error({ err: error }, 'the start failed');
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    }
    await exit(1);
  }
}
