// Metaplex Token Metadata: the metadata (key 4) and every other kind that the program has keys for
// (records.ts).
//
// Hand-written: in one run @metaplex-foundation/mpl-token-metadata took 178 us an account and
// re-encoded none of the corpus to its bytes, since it drops the padding; here it is 6 us and all.
import type { Address } from '@streamsync/domain';
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import {
  isAllZero,
  type ParsedHeader,
  type ProgramParser,
  programAccount,
} from '../../program-parser.ts';
import { readMetadata, type TokenMetadata, writeMetadata } from './metadata.ts';
import { layoutOf, type RecordFields, readRecord } from './records.ts';

export const TOKEN_METADATA_PROGRAM = 'metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s' as Address;

/** The first byte of every account of the program. */
const KEY_UNINITIALIZED = 0;
const KEY_METADATA = 4;

/** Every kind but the metadata. */
export type TokenMetadataRecord = ParsedHeader & RecordFields;

export const tokenMetadataProgram: ProgramParser<TokenMetadata | TokenMetadataRecord> = {
  program: TOKEN_METADATA_PROGRAM,

  parse(data, header) {
    if (isAllZero(data)) return programAccount(header, data, 'UNINITIALIZED');
    const reader = new ByteReader(data);
    const key = reader.u8();
    if (key === KEY_UNINITIALIZED) return reader.fail('NOT_INITIALIZED', 0);
    if (key === KEY_METADATA) {
      const fields = readMetadata(reader);
      return { ...header, residue: reader.residue, kind: 'tokenMetadata', ...fields };
    }
    const record = readRecord(reader, key);
    if (record === null) return programAccount(header, data, 'UNKNOWN_KIND');
    return { ...header, residue: reader.residue, ...record };
  },

  encode(entity) {
    const writer = new ByteWriter();
    if (entity.kind === 'tokenMetadata') {
      writer.u8(KEY_METADATA);
      writeMetadata(writer, entity);
    } else {
      const { key, fields } = layoutOf(entity);
      writer.u8(key);
      fields.write(writer, entity);
    }
    return writer.finish(entity.sizeBytes, entity.residue);
  },
};
