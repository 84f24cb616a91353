// The token account of SPL Token and Token-2022, 165 bytes. Source: spl-token
// `state::Account::pack_into_slice`. Parsing it is on the hot path: two base58 encodings are most of it.
import type { Address } from '@streamsync/domain';
import type { ByteReader } from '../../bytes/byte-reader.ts';
import type { ByteWriter } from '../../bytes/byte-writer.ts';
import {
  readOptionalAddress,
  readOptionalU64,
  writeOptionalAddress,
  writeOptionalU64,
} from './c-option.ts';

export const TOKEN_ACCOUNT_BYTES = 165;
export const MINT_AT = 0;
export const OWNER_AT = 32;
export const STATE_AT = 108;

export const TOKEN_ACCOUNT_STATES = ['uninitialized', 'initialized', 'frozen'] as const;
export type TokenAccountState = (typeof TOKEN_ACCOUNT_STATES)[number];

export interface TokenAccountFields {
  readonly mint: Address;
  /** Who may spend: not the program that owns the account, which is `program`. */
  readonly owner: Address;
  /** In base units of the mint. */
  readonly amount: bigint;
  readonly delegate: Address | null;
  readonly state: Exclude<TokenAccountState, 'uninitialized'>;
  /** Wrapped SOL: the lamports that are rent and not balance. Null: not a native account. */
  readonly nativeReserveLamports: bigint | null;
  readonly delegatedAmount: bigint;
  readonly closeAuthority: Address | null;
}

export function isTokenAccountInitialized(data: Uint8Array): boolean {
  return data[STATE_AT] !== 0;
}

export function readTokenAccount(reader: ByteReader): TokenAccountFields {
  const mint = reader.address();
  const owner = reader.address();
  const amount = reader.u64();
  const delegate = readOptionalAddress(reader);
  const state = TOKEN_ACCOUNT_STATES[reader.u8()];
  if (state === undefined) return reader.fail('BAD_ENUM', STATE_AT);
  if (state === 'uninitialized') return reader.fail('NOT_INITIALIZED', STATE_AT);
  const nativeReserveLamports = readOptionalU64(reader);
  const delegatedAmount = reader.u64();
  const closeAuthority = readOptionalAddress(reader);
  return {
    mint,
    owner,
    amount,
    delegate,
    state,
    nativeReserveLamports,
    delegatedAmount,
    closeAuthority,
  };
}

export function writeTokenAccount(writer: ByteWriter, account: TokenAccountFields): void {
  writer.address(account.mint);
  writer.address(account.owner);
  writer.u64(account.amount);
  writeOptionalAddress(writer, account.delegate);
  writer.u8(TOKEN_ACCOUNT_STATES.indexOf(account.state));
  writeOptionalU64(writer, account.nativeReserveLamports);
  writer.u64(account.delegatedAmount);
  writeOptionalAddress(writer, account.closeAuthority);
}
