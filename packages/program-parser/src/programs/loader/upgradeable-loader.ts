// The upgradeable loader (v3): programs, the accounts that hold their code, and buffers on the way
// there. Source: solana-sdk `bpf_loader_upgradeable::UpgradeableLoaderState`, bincode. The code is a
// view into the data and never copied: it has up to 10 MB.
import type { Address } from '@streamsync/domain';
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { address, option } from '../../bytes/codec.ts';
import {
  isAllZero,
  type ParsedHeader,
  type ProgramParser,
  programAccount,
} from '../../program-parser.ts';

export const UPGRADEABLE_LOADER = 'BPFLoaderUpgradeab1e11111111111111111111111' as Address;

const UNINITIALIZED = 0;
const BUFFER = 1;
const PROGRAM = 2;
const PROGRAM_DATA = 3;
/** Where the code starts, whether or not there is an authority: `size_of_buffer_metadata`. */
const BUFFER_CODE_AT = 37;
/** `size_of_programdata_metadata` */
const PROGRAM_DATA_CODE_AT = 45;

const optionalAddress = option(address);

export interface UpgradeableProgram extends ParsedHeader {
  readonly kind: 'upgradeableProgram';
  /** The account that holds the code. */
  readonly programData: Address;
}

export interface ProgramData extends ParsedHeader {
  readonly kind: 'programData';
  readonly deployedSlot: bigint;
  /** Null: the program is final. */
  readonly upgradeAuthority: Address | null;
  /** An ELF file and zeros behind it; a view into the data. */
  readonly code: Uint8Array;
}

export interface ProgramBuffer extends ParsedHeader {
  readonly kind: 'programBuffer';
  /** Null: nobody can write to it any more. */
  readonly authority: Address | null;
  /** What has been written so far; a view into the data. */
  readonly code: Uint8Array;
}

type LoaderEntity = UpgradeableProgram | ProgramData | ProgramBuffer;

export const upgradeableLoader: ProgramParser<LoaderEntity> = {
  program: UPGRADEABLE_LOADER,

  parse(data, header) {
    if (isAllZero(data)) return programAccount(header, data, 'UNINITIALIZED');
    const reader = new ByteReader(data);
    const state = reader.u32();
    switch (state) {
      case UNINITIALIZED:
        return programAccount(header, data, 'UNINITIALIZED');
      case BUFFER: {
        const authority = optionalAddress.read(reader);
        const code = readCode(reader, BUFFER_CODE_AT);
        return { ...header, residue: reader.residue, kind: 'programBuffer', authority, code };
      }
      case PROGRAM: {
        const programData = reader.address();
        reader.leftover(reader.remaining);
        return { ...header, residue: reader.residue, kind: 'upgradeableProgram', programData };
      }
      case PROGRAM_DATA: {
        const deployedSlot = reader.u64();
        const upgradeAuthority = optionalAddress.read(reader);
        const code = readCode(reader, PROGRAM_DATA_CODE_AT);
        return {
          ...header,
          residue: reader.residue,
          kind: 'programData',
          deployedSlot,
          upgradeAuthority,
          code,
        };
      }
      default:
        return reader.fail('BAD_ENUM', 0);
    }
  },

  encode(entity) {
    const writer = new ByteWriter();
    switch (entity.kind) {
      case 'programBuffer':
        writer.u32(BUFFER);
        optionalAddress.write(writer, entity.authority);
        writeCode(writer, entity.code, BUFFER_CODE_AT);
        break;
      case 'upgradeableProgram':
        writer.u32(PROGRAM);
        writer.address(entity.programData);
        break;
      case 'programData':
        writer.u32(PROGRAM_DATA);
        writer.u64(entity.deployedSlot);
        optionalAddress.write(writer, entity.upgradeAuthority);
        writeCode(writer, entity.code, PROGRAM_DATA_CODE_AT);
        break;
    }
    return writer.finish(entity.sizeBytes, entity.residue);
  },
};

function readCode(reader: ByteReader, codeAt: number): Uint8Array {
  reader.leftover(codeAt - reader.offset);
  return reader.bytes(reader.remaining);
}

function writeCode(writer: ByteWriter, code: Uint8Array, codeAt: number): void {
  writer.skip(codeAt - writer.offset);
  writer.bytes(code);
}
