// The config program: a list of keys, of which some must sign changes, then data whose meaning the
// first key tells. Source: solana-config-program `ConfigKeys` (short_vec), solana-account-decoder
// `parse_config` for the two kinds of data that are known.
import type { Address } from '@streamsync/domain';
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { address, bool, f64, struct, u8 } from '../../bytes/codec.ts';
import {
  type AccountHeader,
  isAllZero,
  type ParsedHeader,
  type ProgramParser,
  programAccount,
} from '../../program-parser.ts';

export const CONFIG_PROGRAM = 'Config1111111111111111111111111111111111111' as Address;
export const STAKE_CONFIG = 'StakeConfig11111111111111111111111111111111' as Address;
const VALIDATOR_INFO_KEY = 'Va1idator1nfo111111111111111111111111111111' as Address;

const configKey = struct({ key: address, signer: bool });
const CONFIG_KEY_BYTES = 33;
/** A short vector's length has 7 bits a byte, in at most 3 bytes. */
const LENGTH_BYTES_MAX = 3;

export interface ConfigKey {
  readonly key: Address;
  /** Whether changes must be signed by it. */
  readonly signer: boolean;
}

interface WithKeys extends ParsedHeader {
  readonly keys: readonly ConfigKey[];
}

/** What a validator publishes about itself; nobody checks it. */
export interface ValidatorInfo extends WithKeys {
  readonly kind: 'validatorInfo';
  /** Who signs changes: the second key. */
  readonly identity: Address;
  /** JSON text, as it was written. */
  readonly json: string;
}

/** How fast stake used to warm up and cool down; the runtime no longer reads it. */
export interface StakeConfig extends WithKeys {
  readonly kind: 'stakeConfig';
  readonly warmupCooldownRate: number;
  readonly slashPenalty: number;
}

/** Data of any other meaning. */
export interface ConfigAccount extends WithKeys {
  readonly kind: 'configAccount';
  readonly configData: Uint8Array;
}

type ConfigEntity = ValidatorInfo | StakeConfig | ConfigAccount;

const stakeConfigFields = struct({ warmupCooldownRate: f64, slashPenalty: u8 });

export const configProgram: ProgramParser<ConfigEntity> = {
  program: CONFIG_PROGRAM,

  parse(data, header) {
    if (isAllZero(data)) return programAccount(header, data, 'UNINITIALIZED');
    const reader = new ByteReader(data);
    const keys = readKeys(reader);
    if (header.address === STAKE_CONFIG) {
      const fields = stakeConfigFields.read(reader);
      reader.leftover(reader.remaining);
      return { ...header, residue: reader.residue, kind: 'stakeConfig', keys, ...fields };
    }
    const [first, second] = keys;
    if (first?.key === VALIDATOR_INFO_KEY && second !== undefined) {
      return readValidatorInfo(reader, header, keys, second.key);
    }
    const configData = reader.bytes(reader.remaining);
    return { ...header, residue: reader.residue, kind: 'configAccount', keys, configData };
  },

  encode(entity) {
    const writer = new ByteWriter();
    writeKeys(writer, entity.keys);
    switch (entity.kind) {
      case 'stakeConfig':
        stakeConfigFields.write(writer, entity);
        break;
      case 'validatorInfo': {
        const lengthAt = writer.skip(8);
        // Accounts have at most 10 MB, so the upper half of the length is zero.
        writer.u32At(lengthAt, writer.text(entity.json));
        break;
      }
      case 'configAccount':
        writer.bytes(entity.configData);
        break;
    }
    return writer.finish(entity.sizeBytes, entity.residue);
  },
};

function readValidatorInfo(
  reader: ByteReader,
  header: AccountHeader,
  keys: readonly ConfigKey[],
  identity: Address,
): ValidatorInfo {
  const lengthAt = reader.offset;
  const length = reader.u64();
  if (length > BigInt(reader.remaining)) return reader.fail('TRUNCATED', lengthAt);
  const json = reader.text(Number(length));
  reader.leftover(reader.remaining);
  return { ...header, residue: reader.residue, kind: 'validatorInfo', keys, identity, json };
}

function readKeys(reader: ByteReader): readonly ConfigKey[] {
  const count = readShortLength(reader);
  if (count * CONFIG_KEY_BYTES > reader.remaining) reader.fail('TRUNCATED');
  return Array.from({ length: count }, () => configKey.read(reader));
}

function readShortLength(reader: ByteReader): number {
  const startAt = reader.offset;
  let length = 0;
  for (let index = 0; index < LENGTH_BYTES_MAX; index += 1) {
    const byte = reader.u8();
    length |= (byte & 0x7f) << (7 * index);
    if (byte >= 0x80) continue;
    // A last byte of zero would be a longer way to write the same, which the runtime refuses too.
    if ((byte === 0 && index > 0) || length > 0xffff) break;
    return length;
  }
  return reader.fail('OUT_OF_RANGE', startAt);
}

function writeKeys(writer: ByteWriter, keys: readonly ConfigKey[]): void {
  let rest = keys.length;
  while (rest >= 0x80) {
    writer.u8((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  writer.u8(rest);
  for (const key of keys) configKey.write(writer, key);
}
