// Long work on the node's own thread in slices, one slice a turn of the event loop whatever number of
// jobs there are, so that point reads, heartbeats and the ingest go on between them.
import { StreamSyncError } from '@streamsync/domain';

/** Jobs that wait or run, at most; the next one is refused, since it could not end in time. */
export const JOBS_MAX = 8;

/** Works for a moment; a result ends the job, undefined asks for another slice. */
export type Slice<Result> = () => Result | undefined;

export class SliceRunner {
  readonly #jobs: (() => boolean)[] = [];
  #isScheduled = false;

  /** @throws StreamSyncError NODE_OVERLOADED, and what a slice throws */
  run<Result>(slice: Slice<Result>): Promise<Result> {
    if (this.#jobs.length >= JOBS_MAX) {
      return Promise.reject(new StreamSyncError('NODE_OVERLOADED', { jobs: this.#jobs.length }));
    }
    return new Promise((resolve, reject) => {
      this.#jobs.push(() => {
        try {
          const result = slice();
          if (result === undefined) return false;
          resolve(result);
        } catch (error) {
          reject(error);
        }
        return true;
      });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#jobs.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      const job = this.#jobs.shift();
      // Jobs take turns, so that a short one need not wait for a long one to end.
      if (job !== undefined && !job()) this.#jobs.push(job);
      this.#schedule();
    });
  }
}
