// For the node stores' indexes: who holds which mint, as views into the data, without a parse.
// Whatever parseAccount calls a token account has keys here; the reverse holds but for bytes that
// are malformed behind them.
import type { Address } from '@streamsync/domain';
import { MULTISIG_BYTES } from './programs/token/multisig.ts';
import {
  MINT_AT,
  OWNER_AT,
  STATE_AT,
  TOKEN_ACCOUNT_BYTES,
} from './programs/token/token-account.ts';
import {
  ACCOUNT_HOLDER,
  HOLDER_AT,
  SPL_TOKEN_PROGRAM,
  TOKEN_2022_PROGRAM,
} from './programs/token/token-programs.ts';

export interface TokenAccountKeys {
  /** Views of 32 bytes: copy them if the data may be reused. */
  readonly mint: Uint8Array;
  readonly owner: Uint8Array;
}

/** The keys of an initialised token account of either token program, otherwise null. */
export function tokenAccountKeys(program: Address, data: Uint8Array): TokenAccountKeys | null {
  if (!isTokenAccount(program, data)) return null;
  return {
    mint: data.subarray(MINT_AT, MINT_AT + 32),
    owner: data.subarray(OWNER_AT, OWNER_AT + 32),
  };
}

function isTokenAccount(program: Address, data: Uint8Array): boolean {
  if (program === TOKEN_2022_PROGRAM) {
    if (data.length === MULTISIG_BYTES || data.length < TOKEN_ACCOUNT_BYTES) return false;
    if (data.length > TOKEN_ACCOUNT_BYTES && data[HOLDER_AT] !== ACCOUNT_HOLDER) return false;
  } else if (program !== SPL_TOKEN_PROGRAM || data.length !== TOKEN_ACCOUNT_BYTES) {
    return false;
  }
  const state = data[STATE_AT];
  return state === 1 || state === 2;
}
