// The archive: history in memory, LMDB and Parquet segments. DuckDB itself loads with the first segment.

export type { ArchiveStats, ArchiveStoreOptions } from './archive-options.ts';
export { ArchiveReader, type HistoryQuery } from './archive-reader.ts';
export { ArchiveStore } from './archive-store.ts';
export type { ReadOutcome } from './history-types.ts';
export type { Segment } from './segment.ts';
export { SEAL_DEPTH_SLOTS } from './segment-keeper.ts';
