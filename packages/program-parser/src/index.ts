// Account bytes to typed entities and back. Pure, and fit for a browser.
export type { Residue } from './bytes/byte-reader.ts';
export { MALFORMED_REASONS, type MalformedReason } from './bytes/malformed-bytes.ts';
export { encodeAccount } from './encode-account.ts';
export { type MalformedAccount, type ParseResult, parseAccount } from './parse-account.ts';
export type { AccountHeader, ParsedHeader, ProgramAccount, RawReason } from './program-parser.ts';
export {
  ADDRESS_LOOKUP_TABLE_PROGRAM,
  type AddressLookupTable,
} from './programs/address-lookup-table/address-lookup-table-program.ts';
export {
  CONFIG_PROGRAM,
  type ConfigAccount,
  type ConfigKey,
  type StakeConfig,
  type ValidatorInfo,
} from './programs/config/config-program.ts';
export {
  CORE_PROGRAM,
  type CoreAsset,
  type CoreCollection,
  type CoreGroup,
  type CoreHashedAsset,
} from './programs/core/core-program.ts';
export type { PluginAuthority, UpdateAuthority } from './programs/core/plugin-layouts.ts';
export type { CoreExternalPlugin, CorePlugin } from './programs/core/plugins.ts';
export {
  type FinalProgram,
  LOADER_V1,
  LOADER_V2,
  LOADER_V4,
  type LoaderV4Program,
} from './programs/loader/static-loaders.ts';
export {
  type ProgramBuffer,
  type ProgramData,
  UPGRADEABLE_LOADER,
  type UpgradeableProgram,
} from './programs/loader/upgradeable-loader.ts';
export type { ParsedAccount } from './programs/programs.ts';
export {
  STAKE_PROGRAM,
  type StakeAccount,
  type StakeDelegation,
  type StakeRewardsPool,
} from './programs/stake/stake-program.ts';
export {
  type NonceAccount,
  SYSTEM_PROGRAM,
  type SystemAccount,
} from './programs/system/system-program.ts';
export { hasSlotBit, type SlotBits } from './programs/sysvars/slot-bits.ts';
export {
  SYSVAR_OWNER,
  type Sysvar,
  type SysvarKind,
  type SysvarOf,
} from './programs/sysvars/sysvars.ts';
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
export { printedPlaces } from './programs/token-metadata/records.ts';
export {
  TOKEN_METADATA_PROGRAM,
  type TokenMetadataRecord,
} from './programs/token-metadata/token-metadata-program.ts';
export type { LandedVote, VoteState, VoteVersion } from './programs/vote/vote-layouts.ts';
export { VOTE_PROGRAM, type VoteAccount } from './programs/vote/vote-program.ts';
export { type TokenAccountKeys, tokenAccountKeys } from './token-account-keys.ts';
export type { ArgumentShape } from './transactions/argument-codecs.ts';
export {
  type LamportsChange,
  lamportsChanges,
  type TokenBalanceChange,
  tokenBalanceChanges,
} from './transactions/balance-changes.ts';
export { type InstructionTable, roleOf } from './transactions/instruction-table.ts';
export { INSTRUCTION_TABLES, type KnownInstruction } from './transactions/instruction-tables.ts';
export {
  type ParsedInstruction,
  RAW_INSTRUCTION_REASONS,
  type RawInstruction,
  type RawInstructionReason,
  type TransactionInstruction,
} from './transactions/parse-instruction.ts';
export { eachInstruction, parseInstructions } from './transactions/parse-instructions.ts';
export {
  type Invocation,
  type InvocationOutcome,
  type LogLine,
  type ParsedLogs,
  parseLogs,
} from './transactions/parse-logs.ts';
export {
  type KeyFlags,
  keyFlags,
  type ParsedTransaction,
  parseTransaction,
  signersOf,
} from './transactions/parse-transaction.ts';
