// COption of the token programs: a u32 tag and a body. The programs clear an option by its tag
// alone, so real accounts hold stale bodies: residue, never a key.
import type { Address } from '@streamsync/domain';
import type { ByteReader } from '../../bytes/byte-reader.ts';
import type { ByteWriter } from '../../bytes/byte-writer.ts';

function readTag(reader: ByteReader): boolean {
  const tag = reader.u32();
  if (tag > 1) reader.fail('BAD_OPTION_TAG', reader.offset - 4);
  return tag === 1;
}

export function readOptionalAddress(reader: ByteReader): Address | null {
  if (readTag(reader)) return reader.address();
  reader.leftover(32);
  return null;
}

export function readOptionalU64(reader: ByteReader): bigint | null {
  if (readTag(reader)) return reader.u64();
  reader.leftover(8);
  return null;
}

export function writeOptionalAddress(writer: ByteWriter, value: Address | null): void {
  writer.u32(value === null ? 0 : 1);
  writer.addressOrZero(value);
}

export function writeOptionalU64(writer: ByteWriter, value: bigint | null): void {
  writer.u32(value === null ? 0 : 1);
  writer.u64(value ?? 0n);
}
