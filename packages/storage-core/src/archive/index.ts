// The archive: history in memory, LMDB and Parquet segments. DuckDB itself loads with the first segment.
export { ArchiveReader, type HistoryQuery } from './archive-reader.ts';
export { type ArchiveStats, ArchiveStore, type ArchiveStoreOptions } from './archive-store.ts';
export type { ReadOutcome } from './history-types.ts';
export type { Segment } from './segment.ts';
export { SEAL_DEPTH_SLOTS } from './segment-keeper.ts';
