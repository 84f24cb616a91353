// Why a store has no answer, as the code that the gateway hears. None of them is a null: a node that
// does not know says so.
import type { ErrorCode } from '@streamsync/domain';
import type { ReadMiss } from '@streamsync/storage-core';

export const MISS_CODES: Readonly<Record<ReadMiss, ErrorCode>> = {
  notCovered: 'NOT_COVERED',
  beforeWindow: 'SLOT_NOT_AVAILABLE',
  notApplied: 'SLOT_NOT_AVAILABLE',
};
