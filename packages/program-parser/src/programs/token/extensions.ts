// The extensions of Token-2022: entries of type (u16), length (u16) and value behind the base
// layout. Which exist stands in extension-layouts.ts. An entry of a type that is not known there is
// kept as bytes: the program will learn more of them. So is one in a layout of the past.
import type { ByteReader } from '../../bytes/byte-reader.ts';
import type { ByteWriter } from '../../bytes/byte-writer.ts';
import {
  EXTENSION_LAYOUTS,
  type ExtensionLayout,
  type Holder,
  type KnownExtension,
} from './extension-layouts.ts';

export interface UnknownExtension {
  readonly type: 'unknown';
  /** The program's number of the type. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

export type Extension = KnownExtension | UnknownExtension;

/** Type 0 ends the list. */
const END = 0;

const BY_NUMBER: ReadonlyMap<number, readonly [string, ExtensionLayout]> = new Map(
  Object.entries(EXTENSION_LAYOUTS).map(([type, layout]) => [layout.number, [type, layout]]),
);

export function readExtensions(reader: ByteReader, holder: Holder): readonly Extension[] {
  const extensions: Extension[] = [];
  const seen = new Set<number>();
  // The program too takes a last single byte as the end of the list.
  while (reader.remaining >= 2) {
    const startAt = reader.offset;
    const number = reader.u16();
    if (number === END) break;
    if (seen.has(number)) reader.fail('DUPLICATE_EXTENSION', startAt);
    seen.add(number);
    extensions.push(readExtension(reader, number, holder));
  }
  reader.leftover(reader.remaining);
  return extensions;
}

function readExtension(reader: ByteReader, number: number, holder: Holder): Extension {
  const sizeBytes = reader.u16();
  const startAt = reader.offset;
  const known = BY_NUMBER.get(number);
  if (known === undefined) return { type: 'unknown', number, bytes: reader.bytes(sizeBytes) };
  const [type, layout] = known;
  if (sizeBytes === layout.legacySizeBytes) {
    return { type: 'unknown', number, bytes: reader.bytes(sizeBytes) };
  }
  if (layout.holder !== holder) reader.fail('WRONG_EXTENSION_HOLDER', startAt - 4);
  const inner = reader.within(sizeBytes);
  const fields = layout.fields.read(inner);
  if (inner.remaining > 0) reader.fail('WRONG_EXTENSION_SIZE', startAt - 2);
  // The table gives each type its own fields, by KnownExtension's definition.
  return { type, ...(fields as object) } as KnownExtension;
}

export function writeExtensions(writer: ByteWriter, extensions: readonly Extension[]): void {
  for (const extension of extensions) {
    if (extension.type === 'unknown') {
      writer.u16(extension.number);
      writer.u16(extension.bytes.length);
      writer.bytes(extension.bytes);
      continue;
    }
    const layout = EXTENSION_LAYOUTS[extension.type] as ExtensionLayout;
    writer.u16(layout.number);
    const sizeAt = writer.skip(2);
    layout.fields.write(writer, extension);
    writer.u16At(sizeAt, writer.offset - sizeAt - 2);
  }
}
