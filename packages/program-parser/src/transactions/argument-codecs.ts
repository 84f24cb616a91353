// The fields of instruction data: each codec also says its shape, so that the table of a program gives
// the bytes, the TypeScript type and the type in the graph at once, and the three cannot drift apart.
import type { Address, Blockhash } from '@streamsync/domain';
import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import * as codec from '../bytes/codec.ts';

type ScalarKind =
  | 'integer'
  | 'u64'
  | 'i64'
  | 'float'
  | 'boolean'
  | 'address'
  | 'hash'
  | 'text'
  | 'bytes';

/** What a field is, for those who show it. */
export type ArgumentShape =
  | { readonly kind: ScalarKind }
  /** One of `values`, which are camelCase. */
  | { readonly kind: 'enum'; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: 'list'; readonly of: ArgumentShape }
  /** Null stands for none. */
  | { readonly kind: 'optional'; readonly of: ArgumentShape }
  | {
      readonly kind: 'struct';
      readonly name: string;
      readonly fields: Readonly<Record<string, ArgumentShape>>;
    };

export interface Argument<Value> extends codec.Codec<Value> {
  readonly shape: ArgumentShape;
}

export type ArgumentFields = Readonly<Record<string, Argument<unknown>>>;

export type ArgumentsOf<Fields extends ArgumentFields> = {
  readonly [Name in keyof Fields]: codec.ValueOf<Fields[Name]>;
};

const scalar = <Value>(kind: ScalarKind, body: codec.Codec<Value>): Argument<Value> => ({
  ...body,
  shape: { kind },
});

const optional = <Value>(body: Argument<unknown>, option: codec.Codec<Value>): Argument<Value> => ({
  ...option,
  shape: { kind: 'optional', of: body.shape },
});

export const u8 = scalar('integer', codec.u8);
export const i8 = scalar('integer', {
  read: (r) => (r.u8() << 24) >> 24,
  write: (w, value: number) => w.u8(value & 0xff),
});
export const u16 = scalar('integer', codec.u16);
export const i16 = scalar('integer', codec.i16);
/** A u32 may pass GraphQL's 32-bit Int, so that the graph shows it as u64. */
export const u32 = scalar('u64', {
  read: (r) => BigInt(r.u32()),
  write: (w, value: bigint) => w.u32(Number(value)),
});
export const u64 = scalar('u64', codec.u64);
export const i64 = scalar('i64', codec.i64);
/** Finite: neither JSON nor the programs know other numbers. */
export const f64 = scalar('float', {
  read(r) {
    const value = r.f64();
    return Number.isFinite(value) ? value : r.fail('OUT_OF_RANGE', r.offset - 8);
  },
  write: (w, value: number) => w.f64(value),
});
export const bool = scalar('boolean', codec.bool);
export const address: Argument<Address> = scalar('address', codec.address);
export const hash: Argument<Blockhash> = scalar('hash', {
  read: (r) => r.blockhash(),
  write: (w, value: Blockhash) => w.address(value),
});
export const bytes = (sizeBytes: number) => scalar('bytes', codec.blob(sizeBytes));

/** Borsh text: a u32 length. */
export const text = scalar('text', codec.text);

/** A length of 64 bits in front, as bincode writes texts and lists. */
function readLength64(reader: ByteReader, itemBytesMin: number): number {
  const count = reader.u64();
  // Checked before anything is read: a lying count must not cost more than the data that is there.
  if (count * BigInt(itemBytesMin) > BigInt(reader.remaining)) {
    reader.fail('TRUNCATED', reader.offset - 8);
  }
  return Number(count);
}

/** Bincode text. */
export const text64 = scalar('text', {
  read: (r) => r.text(readLength64(r, 1)),
  write(w, value: string) {
    const encoded = new TextEncoder().encode(value);
    w.u64(BigInt(encoded.length));
    w.bytes(encoded);
  },
});

/** Bincode `Vec<u8>`. */
export const bytes64 = scalar('bytes', {
  read: (r) => r.bytes(readLength64(r, 1)),
  write(w, value: Uint8Array) {
    w.u64(BigInt(value.length));
    w.bytes(value);
  },
});

/** Whatever is left, as text without a length. */
export const restText = scalar('text', {
  read: (r) => r.text(r.remaining),
  write: (w, value: string) => {
    w.text(value);
  },
});

/** 32 zero bytes stand for none. */
export const addressOrZero: Argument<Address | null> = optional(address, codec.addressOrZero);
export const bytesOrZero = (sizeBytes: number) =>
  optional(bytes(sizeBytes), codec.blobOrZero(sizeBytes));

/** One tag byte, and the body only where there is one (borsh, bincode, and SPL Token's instructions). */
export const option = <Value>(body: Argument<Value>): Argument<Value | null> =>
  optional(body, codec.option(body));

/** A field that older clients leave away at the end of the data. */
export function trailing<Value>(body: Argument<Value>): Argument<Value | null> {
  return optional(body, {
    read: (r) => (r.remaining === 0 ? null : body.read(r)),
    write(w, value) {
      if (value !== null) body.write(w, value);
    },
  });
}

/** Names of an enumeration in the order of their numbers. */
export function enumeration<const Value extends string>(
  tag: 'u8' | 'u32',
  name: string,
  values: readonly Value[],
): Argument<Value> {
  return {
    shape: { kind: 'enum', name, values },
    read(r) {
      const startAt = r.offset;
      const number = tag === 'u8' ? r.u8() : r.u32();
      return values[number] ?? r.fail('BAD_ENUM', startAt);
    },
    write(w, value) {
      const number = values.indexOf(value);
      if (tag === 'u8') w.u8(number);
      else w.u32(number);
    },
  };
}

/** Fields of their own name in the graph. */
export function struct<Fields extends ArgumentFields>(
  name: string,
  fields: Fields,
): Argument<ArgumentsOf<Fields>> {
  return {
    ...(codec.struct(fields) as codec.Codec<ArgumentsOf<Fields>>),
    shape: {
      kind: 'struct',
      name,
      fields: Object.fromEntries(
        Object.entries(fields).map(([field, { shape }]) => [field, shape]),
      ),
    },
  };
}

export interface ListOptions {
  /** What an item takes at least: bounds a lying count. */
  readonly itemBytesMin: number;
  /** How the number of items is written; 'rest': as many as there is data. */
  readonly count: 'u32' | 'u64' | 'compactU16' | 'rest';
}

export function list<Item>(
  item: Argument<Item>,
  { itemBytesMin, count }: ListOptions,
): Argument<readonly Item[]> {
  return {
    shape: { kind: 'list', of: item.shape },
    read(r) {
      const items: Item[] = [];
      if (count === 'rest') {
        while (r.remaining > 0) items.push(item.read(r));
        return items;
      }
      const length = readCount(r, count, itemBytesMin);
      for (let index = 0; index < length; index += 1) items.push(item.read(r));
      return items;
    },
    write(w, value) {
      if (count === 'u32') w.u32(value.length);
      if (count === 'u64') w.u64(BigInt(value.length));
      if (count === 'compactU16') writeVarint(w, BigInt(value.length));
      for (const one of value) item.write(w, one);
    },
  };
}

function readCount(r: ByteReader, count: ListOptions['count'], itemBytesMin: number): number {
  if (count === 'u64') return readLength64(r, itemBytesMin);
  const startAt = r.offset;
  const length = count === 'u32' ? r.u32() : Number(readVarint(r, 16));
  if (length * itemBytesMin > r.remaining) r.fail('TRUNCATED', startAt);
  return length;
}

/** Seven bits a byte, the lowest first: serde's varint, and the compact u16 in front of short vectors. */
export const varint = scalar('u64', {
  read: (r) => readVarint(r, 64),
  write: writeVarint,
});

function readVarint(r: ByteReader, bits: number): bigint {
  const startAt = r.offset;
  // 28 bits fit a small integer, and nearly every offset and count does.
  let small = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = r.u8();
    small |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      if (bits === 16 && small > 0xffff) r.fail('OUT_OF_RANGE', startAt);
      return BigInt(small);
    }
  }
  let value = BigInt(small);
  for (let shift = 28n; shift < 70n; shift += 7n) {
    const byte = r.u8();
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) {
      if (value >= 1n << BigInt(bits)) r.fail('OUT_OF_RANGE', startAt);
      return value;
    }
  }
  return r.fail('OUT_OF_RANGE', startAt);
}

function writeVarint(w: ByteWriter, value: bigint): void {
  let rest = value;
  while (rest >= 0x80n) {
    w.u8(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  w.u8(Number(rest));
}
