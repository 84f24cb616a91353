// Which account plays which role. Position decides, but for roles that may be missing: sysvars are told
// by their address, others by what is left behind them, or by what the arguments say.
import type { Address } from '@streamsync/domain';
import type { InstructionRow } from './instruction-index.ts';
import { WELL_KNOWN } from './instruction-table.ts';

export interface RoleAccounts {
  readonly accounts: Readonly<Record<string, Address | null | readonly Address[]>>;
  readonly roles: readonly (string | null)[];
}

export function assignRoles(
  row: InstructionRow,
  args: Readonly<Record<string, unknown>>,
  accountIndices: readonly number[],
  keys: readonly Address[],
): RoleAccounts | 'MISSING_ACCOUNTS' | 'NO_SUCH_KEY' {
  const addresses: Address[] = [];
  for (const index of accountIndices) {
    const address = keys[index];
    if (address === undefined) return 'NO_SUCH_KEY';
    addresses.push(address);
  }
  if (addresses.length < row.requiredCount) return 'MISSING_ACCOUNTS';
  if (row.isPlain && addresses.length === row.requiredCount) {
    const accounts: Record<string, Address> = {};
    for (let index = 0; index < addresses.length; index += 1) {
      accounts[row.roleNames[index] as string] = addresses[index] as Address;
    }
    return { accounts, roles: row.roleNames };
  }
  return assignOneByOne(row, args, addresses);
}

function assignOneByOne(
  row: InstructionRow,
  args: Readonly<Record<string, unknown>>,
  addresses: readonly Address[],
): RoleAccounts {
  const { absent, lastCount } = row.layout;
  // The options take the arguments of their own row, by the table's definition.
  const absentRoles = absent === undefined ? [] : absent(args as never);
  const accounts: Record<string, Address | null | readonly Address[]> = {};
  const roles: (string | null)[] = [];
  let next = 0;
  let requiredLeft = row.requiredCount;
  row.roles.forEach(({ name, kind }, roleIndex) => {
    const address = addresses[next];
    // What stands behind this role and is required must find its accounts.
    const spare = addresses.length - next - requiredLeft;
    if (kind === 'required') {
      requiredLeft -= 1;
      accounts[name] = address ?? null;
      roles.push(name);
      next += 1;
    } else if (kind === 'rest') {
      const isLast = roleIndex === row.roles.length - 1;
      const kept = isLast || lastCount === undefined ? 0 : lastCount(args as never);
      const taken = addresses.slice(next, next + Math.max(0, spare - kept));
      accounts[name] = taken;
      for (const _each of taken) roles.push(name);
      next += taken.length;
    } else {
      const isGiven =
        address !== undefined &&
        spare > 0 &&
        (kind === 'wellKnown' ? address === WELL_KNOWN[name] : !absentRoles.includes(name));
      accounts[name] = isGiven ? address : null;
      if (!isGiven) return;
      roles.push(name);
      next += 1;
    }
  });
  while (roles.length < addresses.length) roles.push(null);
  return { accounts, roles };
}
