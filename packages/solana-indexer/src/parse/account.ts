// RPC's account object, as answers, notifications and `solana account --output json` have it.
import { zstdDecompressSync } from 'node:zlib';
import type { AccountState, AccountWrite } from '@streamsync/domain';
import { base58Of } from './base58.ts';
import { addressOf, base64Of, booleanOf, listOf, malformed, objectOf, u64Of } from './guards.ts';

/** The largest account that Solana allows. */
const ACCOUNT_BYTES_MAX = 10 * 1024 * 1024;

/** @throws StreamSyncError SOURCE_FAILED with the field that is not of RPC's form */
export function readAccount(json: unknown): AccountState {
  const account = objectOf(json, 'account');
  return {
    lamports: u64Of(account.lamports, 'lamports'),
    owner: addressOf(account.owner, 'owner'),
    executable: booleanOf(account.executable, 'executable'),
    data: readData(account.data),
  };
}

/** As `readAccount`; null for an account without lamports, which is how a closed one is told. */
export function readAccountOrClosed(json: unknown): AccountState | null {
  const state = readAccount(json);
  return state.lamports === 0n ? null : state;
}

/** `{ pubkey, account }`, as lists and program notifications have it. */
export function readKeyedAccount(json: unknown): AccountWrite {
  const keyed = objectOf(json, 'account');
  return { address: addressOf(keyed.pubkey, 'pubkey'), state: readAccountOrClosed(keyed.account) };
}

function readData(value: unknown): Uint8Array {
  const [data, encoding] = typeof value === 'string' ? [value, 'base58'] : listOf(value, 'data');
  switch (encoding) {
    case 'base64':
      return base64Of(data, 'data');
    case 'base58':
      return base58Of(data, 'data');
    case 'base64+zstd':
      return zstdDecompressSync(base64Of(data, 'data'), { maxOutputLength: ACCOUNT_BYTES_MAX });
    default:
      throw malformed('data', 'in a known encoding');
  }
}
