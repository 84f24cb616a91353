// What a folder feed leaves out: counted by reason, named in the log, never fatal and never silent.
import type { Log } from '@streamsync/runtime';
import type { SourceCounters } from '../chain-source.ts';

export class FeedReport {
  readonly #counters: SourceCounters;
  readonly #log: Log;

  constructor(counters: SourceCounters, log: Log) {
    this.#counters = counters;
    this.#log = log;
  }

  /** A file that is not for this feed, or that another one replaces. */
  skipped(file: string, reason: string): void {
    this.#counters.skipped(reason);
    this.#log.debug({ file, reason }, 'a file of chain data was left out');
  }

  /** A file that should have been readable. */
  malformed(file: string, error: unknown): void {
    this.#counters.skipped('malformed');
    const reason = error instanceof Error ? error.message : String(error);
    this.#log.warn({ file, reason }, 'a file of chain data is malformed and was left out');
  }
}
