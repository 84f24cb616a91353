// Account bytes to typed entities and back. Pure, and fit for a browser.
export type { Residue } from './bytes/byte-reader.ts';
export { MALFORMED_REASONS, type MalformedReason } from './bytes/malformed-bytes.ts';
export { encodeAccount } from './encode-account.ts';
export { type MalformedAccount, type ParseResult, parseAccount } from './parse-account.ts';
export type { AccountHeader, ParsedHeader, ProgramAccount, RawReason } from './program-parser.ts';
export type { ParsedAccount } from './programs/programs.ts';
export {
  type NonceAccount,
  SYSTEM_PROGRAM,
  type SystemAccount,
} from './programs/system/system-program.ts';
export type { KnownExtension } from './programs/token/extension-layouts.ts';
export type { Extension, UnknownExtension } from './programs/token/extensions.ts';
export type { TokenAccountState } from './programs/token/token-account.ts';
export {
  type Mint,
  type Multisig,
  SPL_TOKEN_PROGRAM,
  TOKEN_2022_PROGRAM,
  type TokenAccount,
} from './programs/token/token-programs.ts';
export {
  type CollectionDetails,
  TOKEN_STANDARDS,
  type TokenMetadata,
} from './programs/token-metadata/metadata.ts';
export { TOKEN_METADATA_PROGRAM } from './programs/token-metadata/token-metadata-program.ts';
export { type TokenAccountKeys, tokenAccountKeys } from './token-account-keys.ts';
