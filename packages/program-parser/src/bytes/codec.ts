// Layouts as data: one definition reads and writes, so the two cannot drift apart, and the entity's
// type is derived from it.
import type { Address } from '@streamsync/domain';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

export interface Codec<Value> {
  /** @throws MalformedBytes */
  read(reader: ByteReader): Value;
  write(writer: ByteWriter, value: Value): void;
}

export type ValueOf<C> = C extends Codec<infer Value> ? Value : never;

type Fields = Readonly<Record<string, Codec<unknown>>>;
type StructOf<F extends Fields> = { readonly [Name in keyof F]: ValueOf<F[Name]> };

/** The fields one after another, in the order of the keys. */
export function struct<F extends Fields>(fields: F): Codec<StructOf<F>> {
  const entries = Object.entries(fields);
  return {
    read(reader) {
      const value: Record<string, unknown> = {};
      for (const [name, codec] of entries) value[name] = codec.read(reader);
      return value as StructOf<F>;
    },
    write(writer, value) {
      for (const [name, codec] of entries) codec.write(writer, value[name]);
    },
  };
}

export const u8: Codec<number> = { read: (r) => r.u8(), write: (w, value) => w.u8(value) };
export const u16: Codec<number> = { read: (r) => r.u16(), write: (w, value) => w.u16(value) };
export const u32: Codec<number> = { read: (r) => r.u32(), write: (w, value) => w.u32(value) };
export const i16: Codec<number> = { read: (r) => r.i16(), write: (w, value) => w.i16(value) };
export const u64: Codec<bigint> = { read: (r) => r.u64(), write: (w, value) => w.u64(value) };
export const i64: Codec<bigint> = { read: (r) => r.i64(), write: (w, value) => w.i64(value) };
export const bool: Codec<boolean> = { read: (r) => r.bool(), write: (w, value) => w.bool(value) };

export const u128: Codec<bigint> = {
  read(r) {
    const low = r.u64();
    return low + (r.u64() << 64n);
  },
  write(w, value) {
    w.u64(BigInt.asUintN(64, value));
    w.u64(value >> 64n);
  },
};

/** A number that keeps its bits when it is written back: a NaN might not, and no program writes one. */
export const f64: Codec<number> = {
  read(r) {
    const value = r.f64();
    if (Number.isNaN(value)) r.fail('OUT_OF_RANGE', r.offset - 8);
    return value;
  },
  write: (w, value) => w.f64(value),
};

export const address: Codec<Address> = {
  read: (r) => r.address(),
  write: (w, value) => w.address(value),
};

/** 32 zero bytes stand for none (`OptionalNonZeroPubkey`). */
export const addressOrZero: Codec<Address | null> = {
  read: (r) => r.addressOrZero(),
  write: (w, value) => w.addressOrZero(value),
};

/** Bytes of a fixed size, such as a ciphertext. */
export function blob(sizeBytes: number): Codec<Uint8Array> {
  return { read: (r) => r.bytes(sizeBytes), write: (w, value) => w.bytes(value) };
}

/** Bytes of a fixed size, of which zeros stand for none. */
export function blobOrZero(sizeBytes: number): Codec<Uint8Array | null> {
  return {
    read(r) {
      const start = r.offset;
      const bytes = r.bytes(sizeBytes);
      return r.isZero(start, sizeBytes) ? null : bytes;
    },
    write(w, value) {
      if (value === null) w.skip(sizeBytes);
      else w.bytes(value);
    },
  };
}

/** One byte that indexes `names`. */
export function enumU8<const Name extends string>(names: readonly Name[]): Codec<Name> {
  return {
    read(r) {
      const name = names[r.u8()];
      return name ?? r.fail('BAD_ENUM', r.offset - 1);
    },
    write: (w, value) => w.u8(names.indexOf(value)),
  };
}

/** Borsh text: a u32 length, then UTF-8. */
export const text: Codec<string> = {
  read: (r) => r.text(r.u32()),
  write(w, value) {
    const lengthAt = w.skip(4);
    w.u32At(lengthAt, w.text(value));
  },
};

/** Borsh vector: a u32 count, then the items. An item takes at least `itemBytesMin` bytes. */
export function list<Item>(
  item: Codec<Item>,
  { itemBytesMin, itemsMax = Infinity }: { itemBytesMin: number; itemsMax?: number },
): Codec<readonly Item[]> {
  return {
    read(r) {
      const count = r.u32();
      if (count > itemsMax) r.fail('OUT_OF_RANGE', r.offset - 4);
      // Checked before the loop: a lying count must not cost more than the data that is there.
      if (count * itemBytesMin > r.remaining) r.fail('TRUNCATED', r.offset - 4);
      const items: Item[] = [];
      for (let index = 0; index < count; index += 1) items.push(item.read(r));
      return items;
    },
    write(w, value) {
      w.u32(value.length);
      for (const one of value) item.write(w, one);
    },
  };
}

/** Bincode vector: a u64 count, then the items. An item takes at least `itemBytesMin` bytes. */
export function list64<Item>(
  item: Codec<Item>,
  { itemBytesMin }: { itemBytesMin: number },
): Codec<readonly Item[]> {
  return {
    read(r) {
      const count = r.u64();
      // Checked before the loop: a lying count must not cost more than the data that is there.
      if (count * BigInt(itemBytesMin) > BigInt(r.remaining)) r.fail('TRUNCATED', r.offset - 8);
      const items: Item[] = [];
      for (let index = 0; index < count; index += 1) items.push(item.read(r));
      return items;
    },
    write(w, value) {
      w.u64(BigInt(value.length));
      for (const one of value) item.write(w, one);
    },
  };
}

/** Exactly `count` items, one after another. */
export function array<Item>(item: Codec<Item>, count: number): Codec<readonly Item[]> {
  return {
    read: (r) => Array.from({ length: count }, () => item.read(r)),
    write(w, value) {
      for (const one of value) item.write(w, one);
    },
  };
}

/** Bytes behind their u32 length. */
export const bytes32: Codec<Uint8Array> = {
  read: (r) => r.bytes(r.u32()),
  write(w, value) {
    w.u32(value.length);
    w.bytes(value);
  },
};

type Variants = Readonly<Record<string, Codec<object>>>;

/** An enumeration whose variants have fields: `kind` tells which. */
export type VariantOf<V extends Variants> = {
  readonly [Name in keyof V & string]: { readonly kind: Name } & ValueOf<V[Name]>;
}[keyof V & string];

/** Borsh enumeration: one byte that indexes the variants, in the order of the keys, then its fields. */
export function variant<const V extends Variants>(variants: V): Codec<VariantOf<V>> {
  const entries = Object.entries(variants);
  const indices = new Map(entries.map(([name], index) => [name, index]));
  return {
    read(r) {
      const entry = entries[r.u8()];
      if (entry === undefined) return r.fail('BAD_ENUM', r.offset - 1);
      const [kind, fields] = entry;
      // The table gives each kind its own fields, by VariantOf's definition.
      return { kind, ...fields.read(r) } as VariantOf<V>;
    },
    write(w, value) {
      w.u8(indices.get(value.kind) ?? 0);
      variants[value.kind]?.write(w, value);
    },
  };
}

/** Borsh option: one tag byte, and the body only where there is one. */
export function option<Value>(body: Codec<Value>): Codec<Value | null> {
  return {
    read(r) {
      const tag = r.u8();
      if (tag > 1) r.fail('BAD_OPTION_TAG', r.offset - 1);
      return tag === 1 ? body.read(r) : null;
    },
    write(w, value) {
      w.bool(value !== null);
      if (value !== null) body.write(w, value);
    },
  };
}
