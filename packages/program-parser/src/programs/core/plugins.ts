// How Metaplex Core keeps plugins: behind the asset a header that says where the registry is, then the
// plugins, then the registry with the type, authority and place of each. Source: mpl-core
// `plugins::{PluginHeaderV1, PluginRegistryV1}`.
//
// A plugin's bytes end at the latest where the next plugin, its data or the registry starts, so that
// plugins cannot overlap and reading them costs no more than the account is long.
import { ByteReader } from '../../bytes/byte-reader.ts';
import type { ByteWriter } from '../../bytes/byte-writer.ts';
import { type Codec, option, u64, type ValueOf } from '../../bytes/codec.ts';
import {
  EXTERNAL_PLUGINS,
  lifecycleChecks,
  PLUGINS,
  type PluginAuthority,
  pluginAuthority,
} from './plugin-layouts.ts';

const KEY_PLUGIN_HEADER = 3;
const KEY_PLUGIN_REGISTRY = 4;
/** Type, authority and offset. */
const RECORD_BYTES_MIN = 10;
const EXTERNAL_RECORD_BYTES_MIN = 13;

type FieldsOf<Table extends Readonly<Record<string, Codec<object>>>> = {
  readonly [Type in keyof Table & string]: {
    readonly type: Type;
    readonly fields: ValueOf<Table[Type]>;
  };
}[keyof Table & string];

/** A plugin of the future: its number, and its bytes with the number in front. */
interface UnknownFields {
  readonly type: 'unknown';
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** Where a plugin stands, for the way back to bytes. */
interface Placed {
  readonly authority: PluginAuthority;
  readonly offset: bigint;
}

export type CorePlugin = Placed & (FieldsOf<typeof PLUGINS> | UnknownFields);

export type CoreExternalPlugin = Placed & {
  readonly lifecycleChecks: ValueOf<typeof lifecycleChecks>;
  readonly dataOffset: bigint | null;
  readonly dataLength: bigint | null;
  /** What the plugin's data authority has stored; a view into the account's data. */
  readonly data: Uint8Array | null;
} & (FieldsOf<typeof EXTERNAL_PLUGINS> | UnknownFields);

export interface CorePlugins {
  readonly plugins: readonly CorePlugin[];
  readonly externalPlugins: readonly CoreExternalPlugin[];
  /** Null: the account ends before the plugin header. */
  readonly registryOffset: bigint | null;
}

const NO_PLUGINS: CorePlugins = Object.freeze({
  plugins: Object.freeze([]),
  externalPlugins: Object.freeze([]),
  registryOffset: null,
});

interface RegistryRecord extends Placed {
  readonly number: number;
}

interface ExternalRecord extends RegistryRecord {
  readonly lifecycleChecks: ValueOf<typeof lifecycleChecks>;
  readonly dataOffset: bigint | null;
  readonly dataLength: bigint | null;
}

type Table = Readonly<Record<string, Codec<object>>>;

const optionalU64 = option(u64);

const recordCodec: Codec<RegistryRecord> = {
  read: (r) => ({ number: r.u8(), authority: pluginAuthority.read(r), offset: r.u64() }),
  write(w, value) {
    w.u8(value.number);
    pluginAuthority.write(w, value.authority);
    w.u64(value.offset);
  },
};

const externalRecordCodec: Codec<ExternalRecord> = {
  read: (r) => ({
    number: r.u8(),
    authority: pluginAuthority.read(r),
    lifecycleChecks: lifecycleChecks.read(r),
    offset: r.u64(),
    dataOffset: optionalU64.read(r),
    dataLength: optionalU64.read(r),
  }),
  write(w, value) {
    w.u8(value.number);
    pluginAuthority.write(w, value.authority);
    lifecycleChecks.write(w, value.lifecycleChecks);
    w.u64(value.offset);
    optionalU64.write(w, value.dataOffset);
    optionalU64.write(w, value.dataLength);
  },
};

/** Reads from the end of the asset's own fields to the end of the account. */
export function readPlugins(reader: ByteReader): CorePlugins {
  if (reader.remaining === 0) return NO_PLUGINS;
  const keyAt = reader.offset;
  if (reader.u8() !== KEY_PLUGIN_HEADER) reader.fail('BAD_ENUM', keyAt);
  const registryOffset = reader.u64();
  const pluginsAt = reader.offset;
  if (registryOffset < BigInt(pluginsAt) || registryOffset > BigInt(reader.end)) {
    reader.fail('OUT_OF_RANGE', keyAt + 1);
  }
  const registryAt = Number(registryOffset);
  reader.offset = registryAt;
  if (reader.u8() !== KEY_PLUGIN_REGISTRY) reader.fail('BAD_ENUM', registryAt);
  const records = readRecords(reader, recordCodec, RECORD_BYTES_MIN);
  const externalRecords = readRecords(reader, externalRecordCodec, EXTERNAL_RECORD_BYTES_MIN);
  reader.leftover(reader.remaining);

  const regions = new Regions(reader, pluginsAt, registryAt);
  regions.mark([...records, ...externalRecords]);
  return {
    plugins: records.map((record) => readPlugin(regions, record)),
    externalPlugins: externalRecords.map((record) => readExternalPlugin(regions, record)),
    registryOffset,
  };
}

function readRecords<Value>(
  reader: ByteReader,
  codec: Codec<Value>,
  bytesMin: number,
): readonly Value[] {
  const count = reader.u32();
  if (count * bytesMin > reader.remaining) reader.fail('TRUNCATED', reader.offset - 4);
  return Array.from({ length: count }, () => codec.read(reader));
}

/** The bytes between the header and the registry, cut where plugins and their data start. */
class Regions {
  readonly #reader: ByteReader;
  readonly #startAt: number;
  readonly #endAt: number;
  #cuts: readonly number[] = [];

  constructor(reader: ByteReader, startAt: number, endAt: number) {
    this.#reader = reader;
    this.#startAt = startAt;
    this.#endAt = endAt;
  }

  /** Learns where everything starts; what lies before the first start is residue. */
  mark(records: readonly (RegistryRecord | ExternalRecord)[]): void {
    const starts = new Set<number>();
    for (const record of records) {
      this.#add(starts, record.offset);
      if ('dataOffset' in record && record.dataOffset !== null) {
        // Data may be empty, and then shares its place with whatever follows.
        if (record.dataLength !== null && record.dataLength > 0n) {
          this.#add(starts, record.dataOffset);
        }
      }
    }
    this.#cuts = [...starts].sort((a, b) => a - b);
    this.#keep(this.#startAt, this.#cuts[0] ?? this.#endAt);
  }

  #add(starts: Set<number>, offset: bigint): void {
    const at = Number(offset);
    if (at < this.#startAt || at >= this.#endAt) this.#reader.fail('OUT_OF_RANGE', this.#endAt);
    // Two things in one place would be read twice, and a lying registry many times.
    if (starts.has(at)) this.#reader.fail('OUT_OF_RANGE', at);
    starts.add(at);
  }

  /** A reader of what starts at `offset`, up to the next start. */
  open(offset: bigint): ByteReader {
    const startAt = Number(offset);
    const endAt = this.#nextStart(startAt);
    return new ByteReader(this.#reader.data, startAt, endAt);
  }

  #nextStart(after: number): number {
    let low = 0;
    let high = this.#cuts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#cuts[middle] ?? this.#endAt) > after) high = middle;
      else low = middle + 1;
    }
    return this.#cuts[low] ?? this.#endAt;
  }

  /** Ends the reading of a region: what was not read is residue. */
  close(region: ByteReader): void {
    this.#keep(region.offset, region.end);
  }

  #keep(startAt: number, endAt: number): void {
    if (endAt <= startAt) return;
    this.#reader.offset = startAt;
    this.#reader.leftover(endAt - startAt);
    this.#reader.offset = this.#reader.end;
  }
}

/** The fields of a plugin, by the number in its record, which stands before its bytes too. */
function readFields(
  regions: Regions,
  table: Table,
  { number, offset }: RegistryRecord,
): { readonly type: string } {
  const region = regions.open(offset);
  const found = Object.entries(table)[number];
  if (found === undefined) {
    return { type: 'unknown', number, bytes: region.bytes(region.remaining) } as UnknownFields;
  }
  if (region.u8() !== number) region.fail('BAD_ENUM', region.offset - 1);
  const [type, fields] = found;
  const value = { type, fields: fields.read(region) };
  regions.close(region);
  return value;
}

function readPlugin(regions: Regions, record: RegistryRecord): CorePlugin {
  const { authority, offset } = record;
  // The table gives each type its own fields, by CorePlugin's definition.
  return { ...readFields(regions, PLUGINS, record), authority, offset } as CorePlugin;
}

function readExternalPlugin(regions: Regions, record: ExternalRecord): CoreExternalPlugin {
  const { number: _number, ...placed } = record;
  const plugin = { ...readFields(regions, EXTERNAL_PLUGINS, record), ...placed };
  return { ...plugin, data: readData(regions, record) } as CoreExternalPlugin;
}

function readData(regions: Regions, record: ExternalRecord): Uint8Array | null {
  const { dataOffset, dataLength } = record;
  if (dataOffset === null || dataLength === null) return null;
  if (dataLength === 0n) return new Uint8Array(0);
  const region = regions.open(dataOffset);
  if (dataLength > BigInt(region.remaining)) region.fail('TRUNCATED');
  const data = region.bytes(Number(dataLength));
  regions.close(region);
  return data;
}

export function writePlugins(writer: ByteWriter, value: CorePlugins): void {
  const { plugins, externalPlugins, registryOffset } = value;
  if (registryOffset === null) return;
  writer.u8(KEY_PLUGIN_HEADER);
  writer.u64(registryOffset);
  for (const plugin of plugins) writeFields(writer, PLUGINS, plugin);
  for (const plugin of externalPlugins) {
    writeFields(writer, EXTERNAL_PLUGINS, plugin);
    if (plugin.data !== null && plugin.data.length > 0) {
      writer.offset = Number(plugin.dataOffset);
      writer.bytes(plugin.data);
    }
  }
  writer.offset = Number(registryOffset);
  writer.u8(KEY_PLUGIN_REGISTRY);
  writer.u32(plugins.length);
  for (const plugin of plugins) {
    recordCodec.write(writer, { ...plugin, number: numberOf(PLUGINS, plugin) });
  }
  writer.u32(externalPlugins.length);
  for (const plugin of externalPlugins) {
    externalRecordCodec.write(writer, { ...plugin, number: numberOf(EXTERNAL_PLUGINS, plugin) });
  }
}

function numberOf(table: Table, plugin: CorePlugin | CoreExternalPlugin): number {
  return plugin.type === 'unknown' ? plugin.number : Object.keys(table).indexOf(plugin.type);
}

function writeFields(
  writer: ByteWriter,
  table: Table,
  plugin: CorePlugin | CoreExternalPlugin,
): void {
  writer.offset = Number(plugin.offset);
  if (plugin.type === 'unknown') {
    writer.bytes(plugin.bytes);
    return;
  }
  writer.u8(numberOf(table, plugin));
  table[plugin.type]?.write(writer, plugin.fields);
}
