// The token balances that a transaction's metadata lists: one entry per account of the transaction
// that is an initialised SPL Token or Token-2022 account with a readable mint.
import { type AccountState, type Address, addressFromBytes } from '@streamsync/domain';
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from './addresses.ts';
import type { TokenBalanceEntry } from './types.ts';

/** Sizes and offsets of the SPL Token account and mint layouts, which Token-2022 extends. */
export const TOKEN_ACCOUNT_BYTES = 165;
const MINT_BYTES = 82;
const STATE_OFFSET = 108;
const MINT_DECIMALS_OFFSET = 44;
const MINT_INITIALIZED_OFFSET = 45;
/** Token-2022 states with extensions carry their kind here, behind the room of a token account. */
const ACCOUNT_TYPE_OFFSET = 165;
const ACCOUNT_TYPE_MINT = 1;
const ACCOUNT_TYPE_ACCOUNT = 2;

export interface TokenAccountView {
  readonly mint: Address;
  readonly owner: Address;
  readonly amount: bigint;
  readonly delegate: Address | null;
  readonly programId: Address;
}

const isTokenProgram = (owner: Address) => owner === TOKEN_PROGRAM || owner === TOKEN_2022_PROGRAM;

function u64At(data: Uint8Array, offset: number): bigint {
  return new DataView(data.buffer, data.byteOffset, data.byteLength).getBigUint64(offset, true);
}

/** The fields that lists and balances need of a token account; null for everything else. */
export function viewTokenAccount(state: AccountState | null): TokenAccountView | null {
  if (state === null || !isTokenProgram(state.owner)) return null;
  const { data } = state;
  const isAccount =
    data.length === TOKEN_ACCOUNT_BYTES ||
    (data.length > TOKEN_ACCOUNT_BYTES && data[ACCOUNT_TYPE_OFFSET] === ACCOUNT_TYPE_ACCOUNT);
  if (!isAccount || data[STATE_OFFSET] === 0) return null;
  return {
    mint: addressFromBytes(data.subarray(0, 32)),
    owner: addressFromBytes(data.subarray(32, 64)),
    amount: u64At(data, 64),
    delegate: data[72] === 1 ? addressFromBytes(data.subarray(76, 108)) : null,
    programId: state.owner,
  };
}

/** Supply and decimals of an initialised mint; null for everything else. */
export function viewMint(state: AccountState | null): { supply: bigint; decimals: number } | null {
  if (state === null || !isTokenProgram(state.owner)) return null;
  const { data } = state;
  const isMint =
    data.length === MINT_BYTES ||
    (data.length > TOKEN_ACCOUNT_BYTES && data[ACCOUNT_TYPE_OFFSET] === ACCOUNT_TYPE_MINT);
  if (!isMint || data[MINT_INITIALIZED_OFFSET] !== 1) return null;
  return { supply: u64At(data, 36), decimals: data[MINT_DECIMALS_OFFSET] ?? 0 };
}

export function tokenBalances(
  keys: readonly Address[],
  read: (address: Address) => AccountState | null,
): TokenBalanceEntry[] {
  return keys.flatMap((key, accountIndex) => {
    const token = viewTokenAccount(read(key));
    const mint = token && viewMint(read(token.mint));
    if (!token || !mint) return [];
    const { owner, amount, programId } = token;
    return [{ accountIndex, mint: token.mint, owner, programId, amount, decimals: mint.decimals }];
  });
}
