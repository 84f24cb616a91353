// The declared indexes of programs' accounts: which part of which accounts may be looked up by its
// value without a scan. Schema, gateway and nodes read this table and nothing else. An index is made
// of bytes at fixed offsets, so that a node needs no parser to keep it.
import { type Address, parseAddress } from './units.ts';

export interface ProgramIndex {
  readonly name: string;
  readonly program: Address;
  readonly description: string;
  /** Only accounts with these bytes are in the index. */
  readonly where: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
  /** Where the key lies: 32 bytes from here. */
  readonly keyOffset: number;
}

export const INDEX_KEY_BYTES = 32;

const STAKE = parseAddress('Stake11111111111111111111111111111111111111');
const VOTE = parseAddress('Vote111111111111111111111111111111111111111');
const LOOKUP_TABLE = parseAddress('AddressLookupTab1e1111111111111111111111111');
const TOKEN_METADATA = parseAddress('metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s');
const CORE = parseAddress('CoREENxT6tW1HoK8ypY1SxRMZTcVPm7R94rH4PZNhX7d');

const at = (offset: number, ...bytes: number[]) => ({ offset, bytes: Uint8Array.from(bytes) });

const index = (
  name: string,
  program: Address,
  keyOffset: number,
  where: ProgramIndex['where'],
  description: string,
): ProgramIndex => Object.freeze({ name, program, keyOffset, where, description });

export const PROGRAM_INDEXES = {
  STAKE_BY_STAKER: index(
    'STAKE_BY_STAKER',
    STAKE,
    12,
    [],
    'Stake accounts of an authorised staker.',
  ),
  STAKE_BY_WITHDRAWER: index(
    'STAKE_BY_WITHDRAWER',
    STAKE,
    44,
    [],
    'Stake accounts of an authorised withdrawer.',
  ),
  STAKE_BY_VOTE_ACCOUNT: index(
    'STAKE_BY_VOTE_ACCOUNT',
    STAKE,
    124,
    [at(0, 2, 0, 0, 0)],
    'Stake that is or was delegated to a vote account.',
  ),
  VOTE_BY_IDENTITY: index(
    'VOTE_BY_IDENTITY',
    VOTE,
    4,
    [],
    'Vote accounts of a validator identity.',
  ),
  LOOKUP_TABLE_BY_AUTHORITY: index(
    'LOOKUP_TABLE_BY_AUTHORITY',
    LOOKUP_TABLE,
    22,
    [at(21, 1)],
    'Address lookup tables that an authority can extend.',
  ),
  METADATA_BY_UPDATE_AUTHORITY: index(
    'METADATA_BY_UPDATE_AUTHORITY',
    TOKEN_METADATA,
    1,
    [at(0, 4)],
    'Token metadata that an authority can update.',
  ),
  CORE_ASSET_BY_OWNER: index(
    'CORE_ASSET_BY_OWNER',
    CORE,
    1,
    [at(0, 1)],
    'Metaplex Core assets of an owner.',
  ),
  CORE_ASSET_BY_COLLECTION: index(
    'CORE_ASSET_BY_COLLECTION',
    CORE,
    34,
    [at(0, 1), at(33, 2)],
    'Metaplex Core assets of a collection.',
  ),
} as const;

export type ProgramIndexName = keyof typeof PROGRAM_INDEXES;

export function isProgramIndexName(text: string): text is ProgramIndexName {
  return Object.hasOwn(PROGRAM_INDEXES, text);
}
