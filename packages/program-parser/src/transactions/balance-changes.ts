// What a transaction changed: lamports per key, tokens per token account. Post minus pre; an account that
// stands on one side alone did not exist on the other.
import type { Address, TokenBalance, TransactionRecord } from '@streamsync/domain';

export interface LamportsChange {
  /** Into `accountKeys`. */
  readonly accountIndex: number;
  readonly address: Address;
  readonly preLamports: bigint;
  readonly postLamports: bigint;
  readonly changeLamports: bigint;
}

export interface TokenBalanceChange {
  /** Into `accountKeys`. */
  readonly accountIndex: number;
  /** The token account. */
  readonly address: Address;
  readonly mint: Address;
  /** Afterwards, or before where the account was closed; null in blocks older than the field. */
  readonly owner: Address | null;
  readonly decimals: number;
  /** In base units; null: the account did not exist, or was no account of this mint. */
  readonly preAmount: bigint | null;
  readonly postAmount: bigint | null;
  /** Post minus pre, absent as 0. */
  readonly change: bigint;
}

/** All keys in their order, whether or not they changed; null where balances are not stated. */
export function lamportsChanges(
  record: Pick<TransactionRecord, 'accountKeys' | 'preBalancesLamports' | 'postBalancesLamports'>,
): readonly LamportsChange[] | null {
  const { preBalancesLamports: pre, postBalancesLamports: post } = record;
  if (pre === null || post === null) return null;
  return record.accountKeys.flatMap((address, accountIndex) => {
    const preLamports = pre[accountIndex];
    const postLamports = post[accountIndex];
    if (preLamports === undefined || postLamports === undefined) return [];
    const changeLamports = postLamports - preLamports;
    return [{ accountIndex, address, preLamports, postLamports, changeLamports }];
  });
}

/**
 * By the index of the account; null where balances are not stated. An account that was closed and made
 * again for another mint has a change of each.
 */
export function tokenBalanceChanges(
  record: Pick<TransactionRecord, 'accountKeys' | 'preTokenBalances' | 'postTokenBalances'>,
): readonly TokenBalanceChange[] | null {
  const { accountKeys, preTokenBalances, postTokenBalances } = record;
  if (preTokenBalances === null || postTokenBalances === null) return null;
  const sides = new Map<string, { pre: TokenBalance | null; post: TokenBalance | null }>();
  const side = ({ accountIndex, mint }: TokenBalance) => {
    const key = `${accountIndex} ${mint}`;
    const found = sides.get(key) ?? { pre: null, post: null };
    sides.set(key, found);
    return found;
  };
  for (const balance of preTokenBalances) side(balance).pre = balance;
  for (const balance of postTokenBalances) side(balance).post = balance;
  const changes: TokenBalanceChange[] = [];
  for (const { pre, post } of sides.values()) {
    const known = post ?? pre;
    const address = known === null ? undefined : accountKeys[known.accountIndex];
    if (known === null || address === undefined) continue;
    changes.push({
      accountIndex: known.accountIndex,
      address,
      mint: known.mint,
      owner: known.owner ?? pre?.owner ?? null,
      decimals: known.decimals,
      preAmount: pre?.amount ?? null,
      postAmount: post?.amount ?? null,
      change: (post?.amount ?? 0n) - (pre?.amount ?? 0n),
    });
  }
  return changes.sort((one, other) => one.accountIndex - other.accountIndex);
}
