// RPC methods that read accounts by address or by owner.

import { accountEncoding, accountFilter, encodeAccount, keyedAccount } from '../encode-account.ts';
import type { RpcMethods } from '../method.ts';
import { readAt } from '../method.ts';
import { address, boolean, fields, list, optional, whole } from '../params.ts';

/** RPC's limit on addresses of one call. */
const ADDRESSES_MAX = 100;
/** The largest account there is. */
const ACCOUNT_BYTES_MAX = 10 * 1024 * 1024;

export const accountMethods: RpcMethods = {
  getAccountInfo({ chain }, params) {
    const config = fields(params[1], 'config');
    const { view, context } = readAt(chain, config);
    const encoding = accountEncoding(config);
    const state = chain.accounts.read(address(params[0], 'pubkey'), view);
    return { context, value: state && encodeAccount(state, encoding) };
  },

  getMultipleAccounts({ chain }, params) {
    const config = fields(params[1], 'config');
    const { view, context } = readAt(chain, config);
    const encoding = accountEncoding({ encoding: 'base64', ...config });
    const value = list(params[0], 'pubkeys', ADDRESSES_MAX).map((entry) => {
      const state = chain.accounts.read(address(entry, 'pubkey'), view);
      return state && encodeAccount(state, encoding);
    });
    return { context, value };
  },

  getProgramAccounts({ chain }, params) {
    const config = fields(params[1], 'config');
    const { view, context } = readAt(chain, config);
    const encoding = accountEncoding(config);
    const accepts = accountFilter(config);
    const value = [];
    for (const [pubkey, state] of chain.accounts.ownedBy(address(params[0], 'program'), view)) {
      if (accepts(state)) value.push(keyedAccount(pubkey, state, encoding));
    }
    return optional(config.withContext, 'withContext', boolean) ? { context, value } : value;
  },

  getBalance({ chain }, params) {
    const { view, context } = readAt(chain, fields(params[1], 'config'));
    const state = chain.accounts.read(address(params[0], 'pubkey'), view);
    return { context, value: state?.lamports ?? 0n };
  },

  getMinimumBalanceForRentExemption({ chain }, params) {
    return chain.svm.rentExemptLamports(Math.min(whole(params[0], 'size'), ACCOUNT_BYTES_MAX));
  },
};
