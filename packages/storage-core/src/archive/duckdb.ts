// DuckDB, loaded when the first segment needs it: an instance in memory whose tables are only ever the
// way into a Parquet file. Its memory is bounded, what does not fit goes into the archive's own
// folder, and it has one thread of its own, so that a node's neighbours keep theirs.
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBPreparedStatement } from '@duckdb/node-api';
import { makeFolder } from '@streamsync/runtime';

/** Sorting 30 million mentions spills above it; a page takes a few MB. */
const MEMORY_LIMIT = '384MB';
/** What a merge may spill: as much as a large segment. */
const SPILL_LIMIT = '32GB';
/** Pages that are read at once; more wait their turn. */
const READERS = 4;
/** Statements of one reader that stay prepared. */
const PREPARED_MAX = 64;

export type DuckDBModule = typeof import('@duckdb/node-api');
export type SqlValue = bigint | number | Uint8Array | null;
export type SqlRow = readonly unknown[];

interface Reader {
  readonly connection: DuckDBConnection;
  readonly prepared: Map<string, DuckDBPreparedStatement>;
}

export class DuckDB {
  readonly module: DuckDBModule;
  readonly #instance: DuckDBInstance;
  readonly #writer: DuckDBConnection;
  readonly #idle: Reader[];
  readonly #waiting: ((reader: Reader) => void)[] = [];

  private constructor(
    module: DuckDBModule,
    instance: DuckDBInstance,
    writer: DuckDBConnection,
    readers: readonly Reader[],
  ) {
    this.module = module;
    this.#instance = instance;
    this.#writer = writer;
    this.#idle = [...readers];
  }

  static async open(folder: string): Promise<DuckDB> {
    const module = await import('@duckdb/node-api');
    const spill = join(folder, 'spill');
    makeFolder(spill);
    const instance = await module.DuckDBInstance.create(':memory:', {
      threads: '1',
      memory_limit: MEMORY_LIMIT,
      temp_directory: spill,
      max_temp_directory_size: SPILL_LIMIT,
      preserve_insertion_order: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const writer = await instance.connect();
    // Segments never change, so what is known of their pages stays true.
    await writer.run('SET GLOBAL parquet_metadata_cache = true');
    const readers: Reader[] = [];
    for (let count = 0; count < READERS; count += 1) {
      readers.push({ connection: await instance.connect(), prepared: new Map() });
    }
    return new DuckDB(module, instance, writer, readers);
  }

  /** The connection that writes segments, one after the other. */
  get writer(): DuckDBConnection {
    return this.#writer;
  }

  /** The rows of a query; statements are prepared once for each text. */
  async query(sql: string, values: readonly SqlValue[]): Promise<SqlRow[]> {
    const reader = await this.#take();
    try {
      let statement = reader.prepared.get(sql);
      if (statement === undefined) {
        if (reader.prepared.size >= PREPARED_MAX) this.#forget(reader);
        statement = await reader.connection.prepare(sql);
        reader.prepared.set(sql, statement);
      }
      values.forEach((value, at) => {
        bind(statement, at + 1, value);
      });
      const result = await statement.runAndReadAll();
      return result.getRows();
    } finally {
      this.#give(reader);
    }
  }

  close(): void {
    for (const reader of this.#idle) {
      this.#forget(reader);
      reader.connection.closeSync();
    }
    this.#writer.closeSync();
    this.#instance.closeSync();
  }

  #take(): Promise<Reader> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return Promise.resolve(idle);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #give(reader: Reader): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next(reader);
    else this.#idle.push(reader);
  }

  #forget(reader: Reader): void {
    for (const statement of reader.prepared.values()) statement.destroySync();
    reader.prepared.clear();
  }
}

function bind(statement: DuckDBPreparedStatement, at: number, value: SqlValue): void {
  if (value === null) statement.bindNull(at);
  else if (typeof value === 'bigint') statement.bindUBigInt(at, value);
  else if (typeof value === 'number') statement.bindBigInt(at, BigInt(value));
  else statement.bindBlob(at, value);
}

/** A path as a text of SQL. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
