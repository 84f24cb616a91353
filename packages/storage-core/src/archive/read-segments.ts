// The look-ups of history in Parquet segments, as SQL. Each asks only the segments whose slots can
// matter; within them the sorted prefix column lets DuckDB pass over all row groups but one or two.
import { type DuckDB, type SqlValue, sqlText } from './duckdb.ts';
import type { LamportEntry, Position, Stretch, TokenEntry, VersionEntry } from './history-types.ts';
import type { Segment, SegmentTable } from './segment.ts';
import { prefixOf } from './segment-tables.ts';
import { parquetPath } from './write-segment.ts';

/** A transaction has at most 256 accounts, so so many entries of one position. */
export const POSITION_ENTRIES_MAX = 256;

export class SegmentReader {
  readonly #db: DuckDB;
  readonly #folder: string;

  constructor(db: DuckDB, folder: string) {
    this.#db = db;
    this.#folder = folder;
  }

  async mentions(
    segments: readonly Segment[],
    address: Uint8Array,
    stretch: Stretch,
  ): Promise<Position[]> {
    const rows = await this.#page(segments, 'mentions', '', address, stretch, [], '');
    return rows.map(positionOf);
  }

  async mentionCount(
    segments: readonly Segment[],
    address: Uint8Array,
    slotFirst: number,
    slotLast: number,
  ): Promise<number> {
    const from = this.#from(segments, 'mentions', slotFirst, slotLast);
    if (from === null) return 0;
    const rows = await this.#db.query(
      `SELECT count(*) FROM ${from} WHERE address_prefix = $1 AND address = $2 AND slot BETWEEN $3 AND $4`,
      [prefixOf(address), address, slotFirst, slotLast],
    );
    return Number(rows[0]?.[0] ?? 0);
  }

  async lamports(
    segments: readonly Segment[],
    address: Uint8Array,
    stretch: Stretch,
  ): Promise<LamportEntry[]> {
    const columns = ', pre_lamports, post_lamports';
    const rows = await this.#page(segments, 'lamports', columns, address, stretch, [], '');
    return rows.map((row) => ({
      ...positionOf(row),
      pre: row[2] as bigint,
      post: row[3] as bigint,
    }));
  }

  /** The entries of the last position may not be whole where there are more than `limit`. */
  async tokens(
    segments: readonly Segment[],
    address: Uint8Array,
    mint: Uint8Array,
    stretch: Stretch,
  ): Promise<TokenEntry[]> {
    const rows = await this.#page(
      segments,
      'tokens',
      ', account, pre_amount, post_amount',
      address,
      stretch,
      [mint],
      'AND mint = $8',
    );
    return rows.map((row) => ({
      ...positionOf(row),
      account: bytesOf(row[2]),
      pre: row[3] as bigint | null,
      post: row[4] as bigint | null,
    }));
  }

  async versions(
    segments: readonly Segment[],
    address: Uint8Array,
    options: {
      readonly slotFirst: number;
      readonly slotLast: number;
      readonly ascending: boolean;
      readonly limit: number;
    },
  ): Promise<VersionEntry[]> {
    const { slotFirst, slotLast, ascending, limit } = options;
    const from = this.#from(segments, 'versions', slotFirst, slotLast);
    if (from === null) return [];
    const rows = await this.#db.query(
      `SELECT slot, item FROM ${from} WHERE address_prefix = $1 AND address = $2 ` +
        `AND slot BETWEEN $3 AND $4 ORDER BY slot ${ascending ? 'ASC' : 'DESC'} LIMIT $5`,
      [prefixOf(address), address, slotFirst, slotLast, limit],
    );
    return rows.map((row) => ({ slot: Number(row[0]), item: bytesOf(row[1]) }));
  }

  async #page(
    segments: readonly Segment[],
    table: 'mentions' | 'lamports' | 'tokens',
    columns: string,
    address: Uint8Array,
    stretch: Stretch,
    more: readonly SqlValue[],
    condition: string,
  ) {
    const { ascending, after } = stretch;
    // What lies behind `after` can only be in a part of the stretch.
    const slotFirst =
      ascending && after !== null ? Math.max(stretch.slotFirst, after.slot) : stretch.slotFirst;
    const slotLast =
      !ascending && after !== null ? Math.min(stretch.slotLast, after.slot) : stretch.slotLast;
    if (slotFirst > slotLast) return [];
    const from = this.#from(segments, table, slotFirst, slotLast);
    if (from === null) return [];
    const order = ascending ? 'ASC' : 'DESC';
    const beyond = ascending ? '>' : '<';
    const edge = after ?? { slot: ascending ? slotFirst - 1 : slotLast + 1, index: 0 };
    return this.#db.query(
      `SELECT slot, block_index${columns} FROM ${from} ` +
        'WHERE address_prefix = $1 AND address = $2 AND slot BETWEEN $3 AND $4 ' +
        `AND (slot ${beyond} $5 OR (slot = $5 AND block_index ${beyond} $6)) ${condition} ` +
        `ORDER BY slot ${order}, block_index ${order}${table === 'tokens' ? ', account' : ''} LIMIT $7`,
      [
        prefixOf(address),
        address,
        slotFirst,
        slotLast,
        edge.slot,
        edge.index,
        stretch.limit,
        ...more,
      ],
    );
  }

  /** The table of those segments that may hold slots of the range; null where none does. */
  #from(
    segments: readonly Segment[],
    table: SegmentTable,
    slotFirst: number,
    slotLast: number,
  ): string | null {
    const files = segments
      .filter(
        (segment) =>
          segment.files[table] !== undefined &&
          segment.slotFirst <= slotLast &&
          segment.slotLast >= slotFirst,
      )
      .map((segment) => sqlText(parquetPath(this.#folder, segment.id, table)));
    return files.length === 0 ? null : `read_parquet([${files.join(', ')}])`;
  }
}

function positionOf(row: readonly unknown[]): Position {
  return { slot: Number(row[0]), index: Number(row[1]) };
}

function bytesOf(value: unknown): Uint8Array {
  return (value as { readonly bytes: Uint8Array }).bytes;
}
