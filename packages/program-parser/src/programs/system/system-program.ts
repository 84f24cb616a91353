// The system program: wallets (no data) and durable nonces (80 bytes). Source: solana-nonce crate,
// `nonce::versions::Versions`, bincode.
import type { Address, Blockhash } from '@streamsync/domain';
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { MalformedBytes } from '../../bytes/malformed-bytes.ts';
import {
  type AccountHeader,
  isAllZero,
  type ParsedHeader,
  type ProgramAccount,
  type ProgramParser,
  programAccount,
} from '../../program-parser.ts';

export const SYSTEM_PROGRAM = '11111111111111111111111111111111' as Address;

/** The only size that the runtime takes for a nonce account. */
const NONCE_BYTES = 80;
const NONCE_VERSIONS = ['legacy', 'current'] as const;
const NONCE_UNINITIALIZED = 0;
const NONCE_INITIALIZED = 1;

/** Lamports and no data. */
export interface SystemAccount extends ParsedHeader {
  readonly kind: 'systemAccount';
}

export interface NonceAccount extends ParsedHeader {
  readonly kind: 'nonceAccount';
  /** 'legacy': not usable until it is upgraded, since its value may equal a recent blockhash. */
  readonly version: (typeof NONCE_VERSIONS)[number];
  readonly authority: Address;
  /** The value that a transaction states as its recent blockhash. */
  readonly blockhash: Blockhash;
  readonly lamportsPerSignature: bigint;
}

export const systemProgram: ProgramParser<SystemAccount | NonceAccount> = {
  program: SYSTEM_PROGRAM,

  parse(data, header) {
    if (data.length === 0) return { ...header, residue: [], kind: 'systemAccount' };
    if (isAllZero(data)) return programAccount(header, data, 'UNINITIALIZED');
    if (data.length !== NONCE_BYTES) throw new MalformedBytes('WRONG_SIZE', data.length);
    return parseNonce(data, header);
  },

  encode(entity) {
    const writer = new ByteWriter();
    if (entity.kind === 'nonceAccount') {
      writer.u32(NONCE_VERSIONS.indexOf(entity.version));
      writer.u32(NONCE_INITIALIZED);
      writer.address(entity.authority);
      writer.address(entity.blockhash);
      writer.u64(entity.lamportsPerSignature);
    }
    return writer.finish(entity.sizeBytes, entity.residue);
  },
};

function parseNonce(data: Uint8Array, header: AccountHeader): NonceAccount | ProgramAccount {
  const reader = new ByteReader(data);
  const version = NONCE_VERSIONS[reader.u32()];
  if (version === undefined) return reader.fail('BAD_ENUM', 0);
  const state = reader.u32();
  // Withdrawing everything writes this state and leaves the old bytes behind it.
  if (state === NONCE_UNINITIALIZED) return programAccount(header, data, 'UNINITIALIZED');
  if (state !== NONCE_INITIALIZED) return reader.fail('BAD_ENUM', 4);
  return {
    ...header,
    residue: reader.residue,
    kind: 'nonceAccount',
    version,
    authority: reader.address(),
    blockhash: reader.blockhash(),
    lamportsPerSignature: reader.u64(),
  };
}
