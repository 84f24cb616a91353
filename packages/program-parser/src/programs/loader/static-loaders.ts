// The loaders whose accounts are the code itself: v1 and v2, where a program is final once it is
// executable, and v4, which keeps 48 bytes of state before the code. Source: solana-sdk `bpf_loader`,
// `bpf_loader_deprecated` and `loader_v4::LoaderV4State`.
import type { Address } from '@streamsync/domain';
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import {
  isAllZero,
  type ParsedHeader,
  type ProgramParser,
  programAccount,
} from '../../program-parser.ts';

export const LOADER_V1 = 'BPFLoader1111111111111111111111111111111111' as Address;
export const LOADER_V2 = 'BPFLoader2111111111111111111111111111111111' as Address;
export const LOADER_V4 = 'LoaderV411111111111111111111111111111111111' as Address;

/** A program that can never change: its account is the code. */
export interface FinalProgram extends ParsedHeader {
  readonly kind: 'finalProgram';
  /** An ELF file; the data itself. */
  readonly code: Uint8Array;
}

const LOADER_V4_STATUSES = ['retracted', 'deployed', 'finalized'] as const;

export interface LoaderV4Program extends ParsedHeader {
  readonly kind: 'loaderV4Program';
  readonly deployedSlot: bigint;
  /** Who may change it; of a finalised program the address of its next version. */
  readonly authorityOrNextVersion: Address;
  readonly status: (typeof LOADER_V4_STATUSES)[number];
  /** A view into the data. */
  readonly code: Uint8Array;
}

function finalLoader(program: Address): ProgramParser<FinalProgram> {
  return {
    program,
    parse(data, header) {
      // The loader marks an account executable when the code in it is whole and checked.
      if (!header.executable) return programAccount(header, data, 'UNINITIALIZED');
      return { ...header, residue: [], kind: 'finalProgram', code: data };
    },
    // A copy; `slice` would alias where the data is a Buffer.
    encode: (entity) => new Uint8Array(entity.code),
  };
}

export const loaderV1 = finalLoader(LOADER_V1);
export const loaderV2 = finalLoader(LOADER_V2);

export const loaderV4: ProgramParser<LoaderV4Program> = {
  program: LOADER_V4,

  parse(data, header) {
    if (isAllZero(data)) return programAccount(header, data, 'UNINITIALIZED');
    const reader = new ByteReader(data);
    const deployedSlot = reader.u64();
    const authorityOrNextVersion = reader.address();
    const statusAt = reader.offset;
    const status = LOADER_V4_STATUSES[Number(reader.u64())];
    if (status === undefined) return reader.fail('BAD_ENUM', statusAt);
    return {
      ...header,
      residue: reader.residue,
      kind: 'loaderV4Program',
      deployedSlot,
      authorityOrNextVersion,
      status,
      code: reader.bytes(reader.remaining),
    };
  },

  encode(entity) {
    const writer = new ByteWriter();
    writer.u64(entity.deployedSlot);
    writer.address(entity.authorityOrNextVersion);
    writer.u64(BigInt(LOADER_V4_STATUSES.indexOf(entity.status)));
    writer.bytes(entity.code);
    return writer.finish(entity.sizeBytes, entity.residue);
  },
};
