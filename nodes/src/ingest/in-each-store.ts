// One act on every store of the process, side by side. All have settled when it returns or throws:
// a store that goes on while another failed would meet the next act in the middle of this one.
import type { SlotStore } from '@streamsync/storage-core';
import type { IngestStore } from './resume-from.ts';

export function inEachStore(stores: readonly IngestStore[]) {
  /** The results in the order of the stores. @throws what the first store that failed threw */
  return async <Result>(act: (store: SlotStore) => Promise<Result>): Promise<Result[]> => {
    const outcomes = await Promise.allSettled(stores.map(async ({ chain }) => act(chain)));
    return outcomes.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    });
  };
}
