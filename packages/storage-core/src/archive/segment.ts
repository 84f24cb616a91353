// What a segment is: an immutable folder of Parquet files, one for each table, with their checksums.
// The list of segments stands in the archive's LMDB tables; a folder that is not in it is a leftover.

export const SEGMENT_TABLES = [
  'blocks',
  'transactions',
  'instructions',
  'mentions',
  'lamports',
  'tokens',
  'versions',
] as const;
export type SegmentTable = (typeof SEGMENT_TABLES)[number];

export interface SegmentFile {
  readonly rows: number;
  readonly sizeBytes: number;
  /** SHA-256 of the file, in hex. */
  readonly sha256: string;
}

/** Slots that follow each other by parent links. */
export interface LinkedSlots {
  readonly slotFirst: number;
  readonly slotLast: number;
  /** The parent of `slotFirst`; null where it is not stated. */
  readonly parentSlot: number | null;
}

export interface Segment {
  /** Names the folder; ids ascend and are never used twice. */
  readonly id: number;
  /** 0 as it was sealed; a merge of level n has level n + 1. */
  readonly level: number;
  /** The bounds of every row: blocks and account versions. */
  readonly slotFirst: number;
  readonly slotLast: number;
  /** The blocks that it holds. */
  readonly linked: readonly LinkedSlots[];
  /** A table without rows has no file. */
  readonly files: Readonly<Partial<Record<SegmentTable, SegmentFile>>>;
}

export const segmentFolderName = (id: number): string => String(id).padStart(10, '0');

/** Joins stretches whose parent is the end of another; the result is ascending. */
export function linkSlots(stretches: Iterable<LinkedSlots>): LinkedSlots[] {
  const linked: LinkedSlots[] = [];
  for (const next of [...stretches].sort((left, right) => left.slotFirst - right.slotFirst)) {
    const last = linked.at(-1);
    if (last !== undefined && next.parentSlot === last.slotLast) {
      linked[linked.length - 1] = { ...last, slotLast: next.slotLast };
    } else linked.push(next);
  }
  return linked;
}
