// A fork that goes below what a store can undo: the one failure of the ingest that it repairs itself.
import { type Slot, StreamSyncError } from '@streamsync/domain';

export function forkTooDeep(slot: Slot): StreamSyncError {
  return new StreamSyncError('FORK_TOO_DEEP', { slot });
}

export function isForkTooDeep(error: unknown): boolean {
  return error instanceof StreamSyncError && error.code === 'FORK_TOO_DEEP';
}
