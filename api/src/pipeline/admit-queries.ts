// How many queries run at once. Past the bound a query is refused with a code at once: waiting in a
// queue would only make it late, and late queries are free.
import { StreamSyncError } from '@streamsync/domain';
import type { FrontDoorPort } from './ports.ts';

export interface AdmissionObserver {
  onServed(status: number, elapsedMs: number): void;
  onRunning(queries: number): void;
}

interface AdmissionSettings {
  readonly queriesMax: number;
  readonly monotonicMs: () => number;
  readonly observer: AdmissionObserver;
}

export function admitQueries(
  door: FrontDoorPort,
  { queriesMax, monotonicMs, observer }: AdmissionSettings,
): FrontDoorPort {
  let running = 0;
  return {
    refuse: door.refuse,
    async serve(request) {
      if (running >= queriesMax) {
        const refusal = door.refuse(new StreamSyncError('GATEWAY_OVERLOADED', { queriesMax }));
        observer.onServed(refusal.status, monotonicMs() - request.receivedAtMs);
        return refusal;
      }
      running += 1;
      observer.onRunning(running);
      try {
        const response = await door.serve(request);
        observer.onServed(response.status, monotonicMs() - request.receivedAtMs);
        return response;
      } finally {
        running -= 1;
        observer.onRunning(running);
      }
    },
  };
}
