// Metaplex Core: assets, collections and groups with their plugins, and the hashes that stand for
// compressed assets. Source: mpl-core `state::{AssetV1, CollectionV1, GroupV1, HashedAssetV1}`, Borsh.
import type { Address } from '@streamsync/domain';
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import {
  address,
  blob,
  list,
  option,
  struct,
  text,
  u32,
  u64,
  type ValueOf,
} from '../../bytes/codec.ts';
import {
  isAllZero,
  type ParsedHeader,
  type ProgramParser,
  programAccount,
} from '../../program-parser.ts';
import { updateAuthority } from './plugin-layouts.ts';
import { type CorePlugins, readPlugins, writePlugins } from './plugins.ts';

export const CORE_PROGRAM = 'CoREENxT6tW1HoK8ypY1SxRMZTcVPm7R94rH4PZNhX7d' as Address;

/** The first byte of every account. */
const KEY_UNINITIALIZED = 0;
const KEY_ASSET = 1;
const KEY_HASHED_ASSET = 2;
const KEY_COLLECTION = 5;
const KEY_GROUP = 6;

const asset = struct({
  owner: address,
  updateAuthority,
  name: text,
  uri: text,
  /** Counts the changes of a compressed asset. */
  sequence: option(u64),
});
const collection = struct({
  updateAuthority: address,
  name: text,
  uri: text,
  mintedCount: u32,
  currentSize: u32,
});
const addresses = list(address, { itemBytesMin: 32 });
const group = struct({
  updateAuthority: address,
  name: text,
  uri: text,
  collections: addresses,
  groups: addresses,
  parentGroups: addresses,
  assets: addresses,
});
const hashedAsset = struct({ hash: blob(32) });

export interface CoreAsset extends ParsedHeader, ValueOf<typeof asset>, CorePlugins {
  readonly kind: 'coreAsset';
}

export interface CoreCollection extends ParsedHeader, ValueOf<typeof collection>, CorePlugins {
  readonly kind: 'coreCollection';
}

export interface CoreGroup extends ParsedHeader, ValueOf<typeof group>, CorePlugins {
  readonly kind: 'coreGroup';
}

export interface CoreHashedAsset extends ParsedHeader, ValueOf<typeof hashedAsset> {
  readonly kind: 'coreHashedAsset';
}

type CoreEntity = CoreAsset | CoreCollection | CoreGroup | CoreHashedAsset;

export const coreProgram: ProgramParser<CoreEntity> = {
  program: CORE_PROGRAM,

  parse(data, header) {
    // A burnt asset leaves one byte of zero.
    if (isAllZero(data)) return programAccount(header, data, 'UNINITIALIZED');
    const reader = new ByteReader(data);
    const key = reader.u8();
    switch (key) {
      case KEY_UNINITIALIZED:
        return reader.fail('NOT_INITIALIZED', 0);
      case KEY_ASSET: {
        const fields = asset.read(reader);
        const plugins = readPlugins(reader);
        return { ...header, residue: reader.residue, kind: 'coreAsset', ...fields, ...plugins };
      }
      case KEY_COLLECTION: {
        const fields = collection.read(reader);
        const plugins = readPlugins(reader);
        return {
          ...header,
          residue: reader.residue,
          kind: 'coreCollection',
          ...fields,
          ...plugins,
        };
      }
      case KEY_GROUP: {
        const fields = group.read(reader);
        const plugins = readPlugins(reader);
        return { ...header, residue: reader.residue, kind: 'coreGroup', ...fields, ...plugins };
      }
      case KEY_HASHED_ASSET: {
        const fields = hashedAsset.read(reader);
        reader.leftover(reader.remaining);
        return { ...header, residue: reader.residue, kind: 'coreHashedAsset', ...fields };
      }
      default:
        return programAccount(header, data, 'UNKNOWN_KIND');
    }
  },

  encode(entity) {
    const writer = new ByteWriter();
    // Plugins are written at their places: the room for them is made first.
    writer.skip(entity.sizeBytes);
    writer.offset = 0;
    switch (entity.kind) {
      case 'coreAsset':
        writer.u8(KEY_ASSET);
        asset.write(writer, entity);
        writePlugins(writer, entity);
        break;
      case 'coreCollection':
        writer.u8(KEY_COLLECTION);
        collection.write(writer, entity);
        writePlugins(writer, entity);
        break;
      case 'coreGroup':
        writer.u8(KEY_GROUP);
        group.write(writer, entity);
        writePlugins(writer, entity);
        break;
      case 'coreHashedAsset':
        writer.u8(KEY_HASHED_ASSET);
        hashedAsset.write(writer, entity);
        break;
    }
    return writer.finish(entity.sizeBytes, entity.residue);
  },
};
