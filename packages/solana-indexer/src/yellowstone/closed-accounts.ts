// A stream by owners does not tell of an account that closes: then it belongs to the System Program.
// The transactions do: after the last one that names it, it has no lamports.
import type { AccountWrite, Address, SlotUpdate } from '@streamsync/domain';

/** The slot with the closing of every account that its transactions left without lamports. */
export function withClosed(update: SlotUpdate): SlotUpdate {
  const written = new Set(update.accounts.map(({ address }) => address));
  const after = new Map<Address, bigint>();
  for (const { accountKeys, postBalancesLamports } of update.transactions) {
    accountKeys.forEach((address, index) => {
      const lamports = postBalancesLamports?.[index];
      if (lamports !== undefined && !written.has(address)) after.set(address, lamports);
    });
  }
  const closed: AccountWrite[] = [];
  for (const [address, lamports] of after)
    if (lamports === 0n) closed.push({ address, state: null });
  return closed.length === 0 ? update : { ...update, accounts: [...update.accounts, ...closed] };
}
