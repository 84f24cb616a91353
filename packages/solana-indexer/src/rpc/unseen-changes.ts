// Addresses whose balance a slot's transactions changed and that no notification named: their owner
// is a program that is not followed.
import type { Address, SlotUpdate } from '@streamsync/domain';

export function unseenChanges(update: Pick<SlotUpdate, 'accounts' | 'transactions'>): Address[] {
  const balances = new Map<Address, { before: bigint; after: bigint }>();
  for (const { accountKeys, preBalancesLamports, postBalancesLamports } of update.transactions) {
    if (preBalancesLamports === null || postBalancesLamports === null) continue;
    accountKeys.forEach((address, index) => {
      const before = preBalancesLamports[index] ?? 0n;
      const after = postBalancesLamports[index] ?? 0n;
      const held = balances.get(address);
      if (held === undefined) balances.set(address, { before, after });
      else held.after = after;
    });
  }
  const written = new Set(update.accounts.map(({ address }) => address));
  const unseen: Address[] = [];
  for (const [address, { before, after }] of balances) {
    if (before !== after && !written.has(address)) unseen.push(address);
  }
  return unseen;
}
