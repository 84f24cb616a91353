// What a program's folder provides, and what every parsed account has in common.
import type { Address } from '@streamsync/domain';
import type { Residue } from './bytes/byte-reader.ts';

/** The fields of any account, beside its data. */
export interface AccountHeader {
  readonly address: Address;
  /** The program that owns the account: `AccountState.owner`. */
  readonly program: Address;
  readonly lamports: bigint;
  readonly executable: boolean;
  /** The size of the data. */
  readonly sizeBytes: number;
}

/** An account whose bytes were understood. `residue` are the bytes that its layout gives no meaning. */
export interface ParsedHeader extends AccountHeader {
  readonly residue: readonly Residue[];
}

/** Why an account is left as bytes. */
export type RawReason =
  /** No parser knows the owner. */
  | 'UNKNOWN_PROGRAM'
  /** The owner has other kinds than those that are parsed here. */
  | 'UNKNOWN_KIND'
  /** The runtime made it and its owner has not initialised it. */
  | 'UNINITIALIZED';

/** An account as its bytes. */
export interface ProgramAccount extends AccountHeader {
  readonly kind: 'programAccount';
  readonly raw: RawReason;
  readonly data: Uint8Array;
}

export function programAccount(
  header: AccountHeader,
  data: Uint8Array,
  raw: RawReason,
): ProgramAccount {
  return { ...header, kind: 'programAccount', raw, data };
}

/**
 * One program. Methods, not function fields: the registry holds parsers of different entities and
 * gives each only its own back (TypeScript compares method parameters bivariantly).
 */
export interface ProgramParser<Entity extends ParsedHeader> {
  readonly program: Address;
  /** @throws MalformedBytes, which parseAccount turns into a result */
  parse(data: Uint8Array, header: AccountHeader): Entity | ProgramAccount;
  encode(entity: Entity): Uint8Array;
}

export function isAllZero(data: Uint8Array): boolean {
  for (const byte of data) if (byte !== 0) return false;
  return true;
}
