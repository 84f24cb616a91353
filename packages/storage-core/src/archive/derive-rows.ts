// What history is looked up by, derived from one transaction: the addresses that it mentions and the
// balances that it changed. Pure: slots in memory, segments on disk and tests share these readings.
import type { Address, TokenBalance, TransactionRecord } from '@streamsync/domain';

export interface LamportChange {
  readonly address: Address;
  readonly pre: bigint;
  readonly post: bigint;
}

export interface TokenChange {
  /** What the change is found by: the token account, and its owner before and after. */
  readonly keys: readonly Address[];
  readonly account: Address;
  readonly owner: Address | null;
  readonly mint: Address;
  readonly decimals: number;
  /** Null: the token account was not one of the mint on that side. */
  readonly pre: bigint | null;
  readonly post: bigint | null;
}

/** Every address of the transaction's keys, each once. */
export function mentionsOf(record: TransactionRecord): Iterable<Address> {
  return new Set(record.accountKeys);
}

/** Accounts whose lamports the transaction changed; none where its balances are not stated. */
export function lamportChangesOf(record: TransactionRecord): LamportChange[] {
  const { preBalancesLamports, postBalancesLamports, accountKeys } = record;
  if (preBalancesLamports === null || postBalancesLamports === null) return [];
  const changes: LamportChange[] = [];
  for (let at = 0; at < accountKeys.length; at += 1) {
    const pre = preBalancesLamports[at];
    const post = postBalancesLamports[at];
    if (pre === undefined || post === undefined || pre === post) continue;
    changes.push({ address: accountKeys[at] as Address, pre, post });
  }
  return changes;
}

/** Token accounts whose amount of a mint the transaction changed, in the order of its keys. */
export function tokenChangesOf(record: TransactionRecord): TokenChange[] {
  const { preTokenBalances: before, postTokenBalances: after, accountKeys } = record;
  if (before === null || after === null || (before.length === 0 && after.length === 0)) return [];
  const sides = new Map<string, { pre?: TokenBalance; post?: TokenBalance }>();
  // An account that was closed and opened again for another mint has an entry for each mint.
  for (const pre of before) sides.set(sideKey(pre), { pre });
  for (const post of after) {
    const side = sides.get(sideKey(post));
    if (side === undefined) sides.set(sideKey(post), { post });
    else side.post = post;
  }
  const changes: TokenChange[] = [];
  for (const { pre, post } of sides.values()) {
    const stated = post ?? pre;
    if (stated === undefined || pre?.amount === post?.amount) continue;
    const account = accountKeys[stated.accountIndex];
    if (account === undefined) continue;
    const keys = new Set([account]);
    for (const owner of [pre?.owner, post?.owner]) if (owner != null) keys.add(owner);
    changes.push({
      keys: [...keys],
      account,
      owner: stated.owner,
      mint: stated.mint,
      decimals: stated.decimals,
      pre: pre?.amount ?? null,
      post: post?.amount ?? null,
    });
  }
  return changes;
}

const sideKey = ({ accountIndex, mint }: TokenBalance) => `${accountIndex}/${mint}`;
