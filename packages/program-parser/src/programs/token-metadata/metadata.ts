// The layout of a Metadata account behind its key byte, in Borsh. Source: mpl-token-metadata
// `state::Metadata`, and `deser::meta_deser` for the tail. The program writes into accounts of a
// fixed size (679 bytes, in newer ones 607) and reads texts padded with NULs.
//
// The fields behind `editionNonce` were added over the years. Accounts may end before any of them,
// and some hold what an older, longer state left there. The program reads such a tail as absent, and
// so does this; its bytes are kept as residue.
import { type Address, invariant } from '@streamsync/domain';
import type { ByteReader } from '../../bytes/byte-reader.ts';
import type { ByteWriter } from '../../bytes/byte-writer.ts';
import {
  address,
  blob,
  bool,
  type Codec,
  enumU8,
  list,
  option,
  struct,
  u8,
  u64,
  type ValueOf,
} from '../../bytes/codec.ts';
import { MalformedBytes } from '../../bytes/malformed-bytes.ts';
import type { ParsedHeader } from '../../program-parser.ts';

// The program's limits: MAX_NAME_LENGTH, MAX_SYMBOL_LENGTH, MAX_URI_LENGTH, MAX_CREATOR_LIMIT.
const NAME_BYTES_MAX = 32;
const SYMBOL_BYTES_MAX = 10;
const URI_BYTES_MAX = 200;
const CREATORS_MAX = 5;
const CREATOR_BYTES = 34;

const creator = struct({
  address,
  verified: bool,
  /** Of the royalties, in percent; all shares add up to 100. */
  sharePercent: u8,
});
const creators = option(list(creator, { itemBytesMin: CREATOR_BYTES, itemsMax: CREATORS_MAX }));

export const TOKEN_STANDARDS = [
  'nonFungible',
  'fungibleAsset',
  'fungible',
  'nonFungibleEdition',
  'programmableNonFungible',
  'programmableNonFungibleEdition',
] as const;

const tokenStandard = enumU8(TOKEN_STANDARDS);
const collection = struct({ verified: bool, key: address });
const uses = struct({
  method: enumU8(['burn', 'multiple', 'single']),
  remaining: u64,
  total: u64,
});
const programmableConfig = struct({
  version: enumU8(['v1']),
  ruleSet: option(address),
});

/** Version 1 counts the collection's items; version 2 replaced it by 8 reserved bytes. */
export type CollectionDetails =
  | { readonly version: 'v1'; readonly size: bigint }
  | { readonly version: 'v2'; readonly reserved: Uint8Array };

const detailsVersion = enumU8(['v1', 'v2']);
const reserved = blob(8);
const collectionDetails: Codec<CollectionDetails> = {
  read(reader) {
    const version = detailsVersion.read(reader);
    return version === 'v1'
      ? { version, size: reader.u64() }
      : { version, reserved: reserved.read(reader) };
  },
  write(writer, value) {
    detailsVersion.write(writer, value.version);
    if (value.version === 'v1') writer.u64(value.size);
    else reserved.write(writer, value.reserved);
  },
};

/** The fields that were added later, in the order of the data. */
const TAIL = {
  tokenStandard: option(tokenStandard),
  collection: option(collection),
  uses: option(uses),
  collectionDetails: option(collectionDetails),
  programmableConfig: option(programmableConfig),
} as const;

type Tail = { readonly [Name in keyof typeof TAIL]: ValueOf<(typeof TAIL)[Name]> };

const NO_TAIL: Tail = Object.freeze({
  tokenStandard: null,
  collection: null,
  uses: null,
  collectionDetails: null,
  programmableConfig: null,
});

export interface TokenMetadataFields extends Tail {
  readonly updateAuthority: Address;
  readonly mint: Address;
  /** Texts come without their padding; `textSizes` are their sizes in the data. */
  readonly name: string;
  readonly symbol: string;
  readonly uri: string;
  readonly textSizes: {
    readonly nameBytes: number;
    readonly symbolBytes: number;
    readonly uriBytes: number;
  };
  readonly sellerFeeBasisPoints: number;
  readonly creators: ValueOf<typeof creators>;
  readonly primarySaleHappened: boolean;
  readonly isMutable: boolean;
  readonly editionNonce: number | null;
  /** The bytes behind `editionNonce` are no fields: the program too reads all of them as absent. */
  readonly hasCorruptTail: boolean;
}

export interface TokenMetadata extends ParsedHeader, TokenMetadataFields {
  readonly kind: 'tokenMetadata';
}

export function readMetadata(reader: ByteReader): TokenMetadataFields {
  const updateAuthority = reader.address();
  const mint = reader.address();
  const name = readPaddedText(reader, NAME_BYTES_MAX);
  const symbol = readPaddedText(reader, SYMBOL_BYTES_MAX);
  const uri = readPaddedText(reader, URI_BYTES_MAX);
  const sellerFeeBasisPoints = reader.u16();
  const creatorList = creators.read(reader);
  const primarySaleHappened = reader.bool();
  const isMutable = reader.bool();
  const editionNonce = readUnlessEnded(reader, option(u8));
  const tail = readTail(reader);
  return {
    updateAuthority,
    mint,
    name: name.text,
    symbol: symbol.text,
    uri: uri.text,
    textSizes: {
      nameBytes: name.sizeBytes,
      symbolBytes: symbol.sizeBytes,
      uriBytes: uri.sizeBytes,
    },
    sellerFeeBasisPoints,
    creators: creatorList,
    primarySaleHappened,
    isMutable,
    editionNonce,
    ...(tail ?? NO_TAIL),
    hasCorruptTail: tail === null,
  };
}

function readPaddedText(
  reader: ByteReader,
  bytesMax: number,
): { readonly text: string; readonly sizeBytes: number } {
  const sizeBytes = reader.u32();
  if (sizeBytes > bytesMax) reader.fail('BAD_TEXT', reader.offset - 4);
  const padded = reader.text(sizeBytes);
  let end = padded.length;
  while (end > 0 && padded.charCodeAt(end - 1) === 0) end -= 1;
  return { text: padded.slice(0, end), sizeBytes };
}

/** A field that the account may end before; ending inside of it is malformed. */
function readUnlessEnded<Value>(reader: ByteReader, field: Codec<Value | null>): Value | null {
  return reader.remaining === 0 ? null : field.read(reader);
}

/** The later fields, or null where the bytes are none. Either way the reader ends at the end. */
function readTail(reader: ByteReader): Tail | null {
  const startAt = reader.offset;
  try {
    const tail: Tail = {
      tokenStandard: readUnlessEnded(reader, TAIL.tokenStandard),
      collection: readUnlessEnded(reader, TAIL.collection),
      uses: readUnlessEnded(reader, TAIL.uses),
      collectionDetails: readUnlessEnded(reader, TAIL.collectionDetails),
      programmableConfig: readUnlessEnded(reader, TAIL.programmableConfig),
    };
    reader.leftover(reader.remaining);
    return tail;
  } catch (error) {
    if (!(error instanceof MalformedBytes) || error.why === 'TRUNCATED') throw error;
    reader.offset = startAt;
    reader.leftover(reader.remaining);
    return null;
  }
}

export function writeMetadata(writer: ByteWriter, metadata: TokenMetadataFields): void {
  const { textSizes } = metadata;
  writer.address(metadata.updateAuthority);
  writer.address(metadata.mint);
  writePaddedText(writer, metadata.name, textSizes.nameBytes);
  writePaddedText(writer, metadata.symbol, textSizes.symbolBytes);
  writePaddedText(writer, metadata.uri, textSizes.uriBytes);
  writer.u16(metadata.sellerFeeBasisPoints);
  creators.write(writer, metadata.creators);
  writer.bool(metadata.primarySaleHappened);
  writer.bool(metadata.isMutable);
  option(u8).write(writer, metadata.editionNonce);
  TAIL.tokenStandard.write(writer, metadata.tokenStandard);
  TAIL.collection.write(writer, metadata.collection);
  TAIL.uses.write(writer, metadata.uses);
  TAIL.collectionDetails.write(writer, metadata.collectionDetails);
  TAIL.programmableConfig.write(writer, metadata.programmableConfig);
}

function writePaddedText(writer: ByteWriter, text: string, sizeBytes: number): void {
  writer.u32(sizeBytes);
  const paddingBytes = sizeBytes - writer.text(text);
  invariant(paddingBytes >= 0, 'a text fits the size that the account has for it');
  writer.skip(paddingBytes);
}
