// RPC methods that know SPL Token and Token-2022 accounts.
import type { AccountState, Address } from '@streamsync/domain';
import type { View } from '../../chain/accounts.ts';
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from '../../chain/addresses.ts';
import type { Chain } from '../../chain/chain.ts';
import { type TokenAccountView, viewMint, viewTokenAccount } from '../../chain/token-balances.ts';
import { accountEncoding, keyedAccount } from '../encode-account.ts';
import { uiTokenAmount } from '../encode-transaction.ts';
import { invalidParams } from '../errors.ts';
import { type RpcContext, type RpcMethods, readAt } from '../method.ts';
import { address, type Fields, fields, type Params } from '../params.ts';

/** RPC's length of getTokenLargestAccounts. */
const LARGEST_ACCOUNTS = 20;
const TOKEN_PROGRAMS: readonly Address[] = [TOKEN_PROGRAM, TOKEN_2022_PROGRAM];

export const tokenMethods: RpcMethods = {
  getTokenAccountsByOwner: (context, params) =>
    tokenAccountsWhere(context, params, (token, key) => token.owner === key),

  getTokenAccountsByDelegate: (context, params) =>
    tokenAccountsWhere(context, params, (token, key) => token.delegate === key),

  getTokenAccountBalance({ chain }, params) {
    const { view, context } = readAt(chain, fields(params[1], 'config'));
    const token = viewTokenAccount(chain.accounts.read(address(params[0], 'pubkey'), view));
    if (token === null) throw invalidParams('not a Token account');
    return {
      context,
      value: uiTokenAmount(token.amount, mintOf(chain, token.mint, view).decimals),
    };
  },

  getTokenSupply({ chain }, params) {
    const { view, context } = readAt(chain, fields(params[1], 'config'));
    const mint = mintOf(chain, address(params[0], 'mint'), view);
    return { context, value: uiTokenAmount(mint.supply, mint.decimals) };
  },

  getTokenLargestAccounts({ chain }, params) {
    const { view, context } = readAt(chain, fields(params[1], 'config'));
    const address_ = address(params[0], 'mint');
    const { decimals } = mintOf(chain, address_, view);
    const value = [...tokenAccounts(chain, view, TOKEN_PROGRAMS)]
      .filter(({ token }) => token.mint === address_)
      .sort((a, b) => (a.token.amount < b.token.amount ? 1 : -1))
      .slice(0, LARGEST_ACCOUNTS)
      .map((entry) => ({ address: entry.pubkey, ...uiTokenAmount(entry.token.amount, decimals) }));
    return { context, value };
  },
};

function tokenAccountsWhere(
  { chain }: RpcContext,
  params: Params,
  accepts: (token: TokenAccountView, key: Address) => boolean,
) {
  const config = fields(params[2], 'config');
  const { view, context } = readAt(chain, config);
  const encoding = accountEncoding(config);
  const key = address(params[0], 'pubkey');
  const { programs, mint } = tokenFilter(chain, fields(params[1], 'filter'), view);
  const value = [];
  for (const { pubkey, state, token } of tokenAccounts(chain, view, programs)) {
    if (!accepts(token, key) || (mint !== null && token.mint !== mint)) continue;
    value.push(keyedAccount(pubkey, state, encoding));
  }
  return { context, value };
}

/** Either the accounts of one mint or all of one token program. */
function tokenFilter(
  chain: Chain,
  filter: Fields,
  view: View,
): { programs: readonly Address[]; mint: Address | null } {
  if (filter.mint !== undefined) {
    const mint = address(filter.mint, 'mint');
    const state = chain.accounts.read(mint, view);
    if (state === null) throw invalidParams('could not find mint');
    if (viewMint(state) === null) throw invalidParams('not a Token mint');
    return { programs: [state.owner], mint };
  }
  const programId = address(filter.programId, 'programId');
  if (!TOKEN_PROGRAMS.includes(programId)) throw invalidParams('unrecognized Token program id');
  return { programs: [programId], mint: null };
}

function* tokenAccounts(
  chain: Chain,
  view: View,
  programs: readonly Address[],
): Generator<{ pubkey: Address; state: AccountState; token: TokenAccountView }> {
  for (const program of programs) {
    for (const [pubkey, state] of chain.accounts.ownedBy(program, view)) {
      const token = viewTokenAccount(state);
      if (token !== null) yield { pubkey, state, token };
    }
  }
}

function mintOf(chain: Chain, address_: Address, view: View) {
  const mint = viewMint(chain.accounts.read(address_, view));
  if (mint === null) throw invalidParams('not a Token mint');
  return mint;
}
