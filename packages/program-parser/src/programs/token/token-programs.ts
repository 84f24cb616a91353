// SPL Token and Token-2022, which is the same three layouts with extensions behind them. The size
// tells the kind; from 166 bytes on, the byte at 165 does. Source: spl-token-2022
// `extension::StateWithExtensions` and `Multisig::LEN`, which no other kind may have.
//
// Hand-written readers: in one run @solana-program/token-2022 0.11 took 44 us for a token account and
// 113 us for a mint of the corpus, and refused 2 of 13 mints; here it is 1.1 us and 6 us, and none.
import type { Address } from '@streamsync/domain';
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
import { type Extension, readExtensions, writeExtensions } from './extensions.ts';
import { isMintInitialized, MINT_BYTES, type MintFields, readMint, writeMint } from './mint.ts';
import {
  isMultisigInitialized,
  MULTISIG_BYTES,
  type MultisigFields,
  readMultisig,
  writeMultisig,
} from './multisig.ts';
import {
  isTokenAccountInitialized,
  readTokenAccount,
  TOKEN_ACCOUNT_BYTES,
  type TokenAccountFields,
  writeTokenAccount,
} from './token-account.ts';

export const SPL_TOKEN_PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA' as Address;
export const TOKEN_2022_PROGRAM = 'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb' as Address;

/** Where an extended account says what it is. */
export const HOLDER_AT = TOKEN_ACCOUNT_BYTES;
export const MINT_HOLDER = 1;
export const ACCOUNT_HOLDER = 2;

export interface Mint extends ParsedHeader, MintFields {
  readonly kind: 'mint';
  /** In the order of the data. Empty for SPL Token. */
  readonly extensions: readonly Extension[];
}

export interface TokenAccount extends ParsedHeader, TokenAccountFields {
  readonly kind: 'tokenAccount';
  /** In the order of the data. Empty for SPL Token. */
  readonly extensions: readonly Extension[];
}

export interface Multisig extends ParsedHeader, MultisigFields {
  readonly kind: 'multisig';
}

type TokenEntity = Mint | TokenAccount | Multisig;

const NO_EXTENSIONS: readonly Extension[] = Object.freeze([]);

export const splTokenProgram: ProgramParser<TokenEntity> = {
  program: SPL_TOKEN_PROGRAM,
  parse(data, header) {
    switch (data.length) {
      case TOKEN_ACCOUNT_BYTES:
        return parseTokenAccount(data, header);
      case MINT_BYTES:
        return parseMint(data, header);
      case MULTISIG_BYTES:
        return parseMultisig(data, header);
      default:
        return refuseSize(data, header);
    }
  },
  encode: encodeToken,
};

export const token2022Program: ProgramParser<TokenEntity> = {
  program: TOKEN_2022_PROGRAM,
  parse(data, header) {
    if (data.length <= TOKEN_ACCOUNT_BYTES || data.length === MULTISIG_BYTES) {
      return splTokenProgram.parse(data, header);
    }
    const holder = data[HOLDER_AT];
    if (holder === MINT_HOLDER) return parseMint(data, header);
    if (holder === ACCOUNT_HOLDER) return parseTokenAccount(data, header);
    // Extensions are written before the entity is initialised and its holder byte is set.
    if (holder === 0 && isAllZero(data.subarray(0, TOKEN_ACCOUNT_BYTES))) {
      return programAccount(header, data, 'UNINITIALIZED');
    }
    throw new MalformedBytes('BAD_ENUM', HOLDER_AT);
  },
  encode: encodeToken,
};

function parseTokenAccount(data: Uint8Array, header: AccountHeader): TokenAccount | ProgramAccount {
  if (!isTokenAccountInitialized(data) && isBaseZero(data, TOKEN_ACCOUNT_BYTES)) {
    return programAccount(header, data, 'UNINITIALIZED');
  }
  const reader = new ByteReader(data);
  const fields = readTokenAccount(reader);
  const extensions = readTail(reader, 'account');
  // Spelt out: a second spread costs as much as an address (0.4 us).
  return {
    ...header,
    residue: reader.residue,
    kind: 'tokenAccount',
    mint: fields.mint,
    owner: fields.owner,
    amount: fields.amount,
    delegate: fields.delegate,
    state: fields.state,
    nativeReserveLamports: fields.nativeReserveLamports,
    delegatedAmount: fields.delegatedAmount,
    closeAuthority: fields.closeAuthority,
    extensions,
  };
}

function parseMint(data: Uint8Array, header: AccountHeader): Mint | ProgramAccount {
  if (!isMintInitialized(data) && isBaseZero(data, MINT_BYTES)) {
    return programAccount(header, data, 'UNINITIALIZED');
  }
  const reader = new ByteReader(data);
  const fields = readMint(reader);
  const extensions = readTail(reader, 'mint');
  return { ...header, residue: reader.residue, kind: 'mint', ...fields, extensions };
}

function parseMultisig(data: Uint8Array, header: AccountHeader): Multisig | ProgramAccount {
  if (!isMultisigInitialized(data) && isBaseZero(data, MULTISIG_BYTES)) {
    return programAccount(header, data, 'UNINITIALIZED');
  }
  const reader = new ByteReader(data);
  const fields = readMultisig(reader);
  return { ...header, residue: reader.residue, kind: 'multisig', ...fields };
}

function isBaseZero(data: Uint8Array, sizeBytes: number): boolean {
  return isAllZero(data.subarray(0, sizeBytes));
}

/** Accounts of any size may be handed to the program, zeroed; it never writes to those. */
function refuseSize(data: Uint8Array, header: AccountHeader): ProgramAccount {
  if (isAllZero(data)) return programAccount(header, data, 'UNINITIALIZED');
  throw new MalformedBytes('WRONG_SIZE', data.length);
}

function readTail(reader: ByteReader, holder: 'mint' | 'account'): readonly Extension[] {
  if (reader.remaining === 0) return NO_EXTENSIONS;
  // A mint is padded to where a token account ends, so that the holder byte has one place.
  const padding = TOKEN_ACCOUNT_BYTES - reader.offset;
  if (!reader.isZero(reader.offset, padding)) reader.fail('NONZERO_PADDING');
  reader.take(padding + 1);
  return readExtensions(reader, holder);
}

function encodeToken(entity: TokenEntity): Uint8Array {
  const writer = new ByteWriter();
  switch (entity.kind) {
    case 'multisig':
      writeMultisig(writer, entity);
      break;
    case 'mint':
      writeMint(writer, entity);
      writeTail(writer, entity, MINT_HOLDER);
      break;
    case 'tokenAccount':
      writeTokenAccount(writer, entity);
      writeTail(writer, entity, ACCOUNT_HOLDER);
      break;
  }
  return writer.finish(entity.sizeBytes, entity.residue);
}

function writeTail(writer: ByteWriter, entity: Mint | TokenAccount, holder: number): void {
  if (entity.sizeBytes <= TOKEN_ACCOUNT_BYTES) return;
  writer.skip(TOKEN_ACCOUNT_BYTES - writer.offset);
  writer.u8(holder);
  writeExtensions(writer, entity.extensions);
}
