// Writes segments: rows into tables in memory, sorted into Parquet files in a folder of another name,
// each hashed and flushed to the disk, and then the folder renamed. A folder with a segment's name is
// therefore whole; one that the list of segments does not know is a leftover.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBAppender } from '@duckdb/node-api';
import type { BlockRecord, TransactionRecord } from '@streamsync/domain';
import { makeFolder } from '@streamsync/runtime';
import { type DuckDB, sqlText } from './duckdb.ts';
import {
  type LinkedSlots,
  linkSlots,
  SEGMENT_TABLES,
  type Segment,
  type SegmentFile,
  type SegmentTable,
  segmentFolderName,
} from './segment.ts';
import {
  BlockRows,
  type Cell,
  type Columns,
  columnTypes,
  MEMORY_TABLES,
  type MemoryTable,
  prefixOf,
  TABLE_DEFINITIONS,
} from './segment-tables.ts';

/** What DuckDB takes at once; some milliseconds of the event loop. */
const CHUNK_ROWS = 2_048;
/**
 * Rows of a Parquet row group, the unit that a look-up reads. Measured over 8 files of 400,000 rows on
 * one core: 2,048 took 25 ms, 8,192 7.5 ms, 30,720 2.8 ms: what costs is passing over groups.
 */
const ROW_GROUP_ROWS = 30_720;

/**
 * No Bloom filters: up to DuckDB 1.5.6 its reader hashes a blob's printed form, so that `address = …`
 * finds nothing where a filter was written (duckdb/duckdb#23829). The order does their work.
 */
const COPY_OPTIONS = `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}, WRITE_BLOOM_FILTER false`;

export const parquetPath = (folder: string, id: number, table: SegmentTable): string =>
  join(folder, segmentFolderName(id), `${table}.parquet`);

/** Blocks and account versions that become a segment. */
export class SegmentWriter {
  readonly #db: DuckDB;
  readonly #appenders: ReadonlyMap<MemoryTable, DuckDBAppender>;
  readonly #rows = new BlockRows();
  readonly #written = new Set<MemoryTable>();

  private constructor(db: DuckDB, appenders: ReadonlyMap<MemoryTable, DuckDBAppender>) {
    this.#db = db;
    this.#appenders = appenders;
  }

  static async begin(db: DuckDB): Promise<SegmentWriter> {
    const appenders = new Map<MemoryTable, DuckDBAppender>();
    for (const table of MEMORY_TABLES) {
      const columns = TABLE_DEFINITIONS[table].columns.map(([name, type]) => `${name} ${type}`);
      // What a writer that failed left behind is replaced.
      await db.writer.run(`CREATE OR REPLACE TABLE ${table} (${columns.join(', ')})`);
      appenders.set(table, await db.writer.createAppender(table));
    }
    return new SegmentWriter(db, appenders);
  }

  /** Adds a block; `signatures` are its transactions', in their order. */
  async addBlock(
    block: BlockRecord,
    records: readonly TransactionRecord[],
    signatures: readonly Uint8Array[],
  ): Promise<void> {
    this.#rows.add(block, records, signatures);
    await this.#drain(CHUNK_ROWS);
  }

  async addVersions(
    slot: number,
    versions: readonly { readonly address: Uint8Array; readonly item: Uint8Array }[],
  ): Promise<void> {
    const [prefixes, addresses, slots, items] = this.#rows.batch.versions;
    for (const { address, item } of versions) {
      prefixes?.push(prefixOf(address));
      addresses?.push(address);
      slots?.push(BigInt(slot));
      items?.push(item);
    }
    await this.#drain(CHUNK_ROWS);
  }

  /** Writes the files and names the folder; the segment is on disk when the promise resolves. */
  async finish(folder: string, segment: Omit<Segment, 'files'>): Promise<Segment> {
    await this.#drain(1);
    for (const appender of this.#appenders.values()) appender.closeSync();
    return writeFolder(this.#db, folder, segment, (table) =>
      this.#written.has(table) ? TABLE_DEFINITIONS[table].select : null,
    );
  }

  /** Drops what is in memory. */
  async end(): Promise<void> {
    for (const table of MEMORY_TABLES) {
      await this.#db.writer.run(`DROP TABLE IF EXISTS ${table}`);
    }
  }

  /** Hands full chunks over, and with `rowsMin` 1 the rest too. */
  async #drain(rowsMin: number): Promise<void> {
    const { batch } = this.#rows;
    for (const table of MEMORY_TABLES) {
      const columns = batch[table];
      const count = columns[0]?.length ?? 0;
      if (count < rowsMin) continue;
      let start = 0;
      for (; count - start >= rowsMin; start += CHUNK_ROWS) {
        this.#append(table, columns, start, Math.min(count, start + CHUNK_ROWS));
        // Readers of the node come first.
        await new Promise((resolve) => setImmediate(resolve));
      }
      batch[table] = columns.map((column) => column.slice(start));
    }
  }

  #append(table: MemoryTable, columns: Columns, start: number, end: number): void {
    const { module } = this.#db;
    const types = columnTypes(module, table);
    const chunk = module.DuckDBDataChunk.create(types, end - start);
    chunk.setColumns(
      columns.map((column) => column.slice(start, end).map((cell) => cellValue(module, cell))),
    );
    this.#appenders.get(table)?.appendDataChunk(chunk);
    this.#written.add(table);
  }
}

/** Merges segments into one of the next level. Their rows are those of all, sorted anew. */
export function mergeSegments(
  db: DuckDB,
  folder: string,
  id: number,
  segments: readonly Segment[],
): Promise<Segment> {
  const linked: LinkedSlots[] = linkSlots(segments.flatMap((segment) => segment.linked));
  const merged = {
    id,
    level: Math.max(...segments.map(({ level }) => level)) + 1,
    slotFirst: Math.min(...segments.map(({ slotFirst }) => slotFirst)),
    slotLast: Math.max(...segments.map(({ slotLast }) => slotLast)),
    linked,
  };
  return writeFolder(db, folder, merged, (table) => {
    const files = segments
      .filter(({ files }) => files[table] !== undefined)
      .map((segment) => sqlText(parquetPath(folder, segment.id, table)));
    return files.length === 0 ? null : `SELECT * FROM read_parquet([${files.join(', ')}])`;
  });
}

async function writeFolder(
  db: DuckDB,
  folder: string,
  segment: Omit<Segment, 'files'>,
  selectOf: (table: SegmentTable) => string | null,
): Promise<Segment> {
  const target = join(folder, segmentFolderName(segment.id));
  const temporary = `${target}.writing`;
  makeFolder(temporary);
  const files: Partial<Record<SegmentTable, SegmentFile>> = {};
  try {
    for (const table of SEGMENT_TABLES) {
      const select = selectOf(table);
      if (select === null) continue;
      const path = join(temporary, `${table}.parquet`);
      const result = await db.writer.run(
        `COPY (${select} ORDER BY ${TABLE_DEFINITIONS[table].order}) TO ${sqlText(path)} (${COPY_OPTIONS})`,
      );
      files[table] = { rows: result.rowsChanged, ...(await describeFile(path)) };
    }
    await flushFolder(temporary);
    await rename(temporary, target);
    await flushFolder(folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  return { ...segment, files };
}

async function describeFile(path: string): Promise<Omit<SegmentFile, 'rows'>> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  return { sizeBytes: (await stat(path)).size, sha256: await sha256OfFile(path) };
}

/** Makes the folder's entries durable. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(part as Buffer);
  }
  return hash.digest('hex');
}

/** What is wrong with a segment's files, as words for people; null where nothing is. */
export async function findDamage(folder: string, segment: Segment): Promise<string | null> {
  for (const table of SEGMENT_TABLES) {
    const file = segment.files[table];
    if (file === undefined) continue;
    const path = parquetPath(folder, segment.id, table);
    try {
      const { size } = await stat(path);
      if (size !== file.sizeBytes) return `${path} has ${size} bytes instead of ${file.sizeBytes}`;
      if ((await sha256OfFile(path)) !== file.sha256) return `${path} has another checksum`;
    } catch (error) {
      return `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return null;
}

function cellValue(module: DuckDB['module'], cell: Cell) {
  return cell instanceof Uint8Array ? module.blobValue(cell) : cell;
}
