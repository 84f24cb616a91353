// What tests read of nodes, decoded: accounts, whole lists page by page, transactions.
import {
  type AccountState,
  type Address,
  addressBytes,
  type Signature,
  signatureBytes,
  type TransactionRecord,
} from '@streamsync/domain';
import {
  decodeAccountItem,
  decodeAccountPage,
  decodeTransactionItem,
  encodeKeyArguments,
  encodePageArguments,
  type HeartbeatPin,
} from '@streamsync/wire';
import type { OperatorUnderTest } from './operator-under-test.ts';

export const addressItem = (address: Address): Uint8Array =>
  encodeKeyArguments(addressBytes(address));
export const signatureItem = (signature: Signature): Uint8Array =>
  encodeKeyArguments(signatureBytes(signature));

export async function accountsAt(
  operator: OperatorUnderTest,
  pin: HeartbeatPin,
  addresses: readonly Address[],
): Promise<(AccountState | null)[]> {
  const items = await operator.items('speed', 'account.get', pin, ...addresses.map(addressItem));
  return items.map((item) => comparable(decodeAccountItem(item)));
}

export async function listAt(
  operator: OperatorUnderTest,
  operation: 'tokenAccounts.byOwner' | 'tokenAccounts.byMint' | 'programAccounts.byProgram',
  pin: HeartbeatPin,
  key: Address,
  limit = 100,
): Promise<Map<Address, AccountState>> {
  const found = new Map<Address, AccountState>();
  let after: Uint8Array | null = null;
  for (;;) {
    const argument = encodePageArguments({ key: addressBytes(key), after, limit });
    const [item] = await operator.items('cache', operation, pin, argument);
    const page = decodeAccountPage(item as Uint8Array);
    for (const { address, state } of page.entries) {
      found.set(address, { ...state, data: Uint8Array.from(state.data) });
    }
    const last = page.entries.at(-1);
    if (!page.more || last === undefined) return found;
    after = addressBytes(last.address);
  }
}

export async function transactionsAt(
  operator: OperatorUnderTest,
  pin: HeartbeatPin,
  signatures: readonly Signature[],
): Promise<(TransactionRecord | null)[]> {
  const items = await operator.items(
    'archive',
    'transaction.get',
    pin,
    ...signatures.map(signatureItem),
  );
  return items.map(decodeTransactionItem);
}

/** With plain bytes, so that two states compare by content. */
function comparable(state: AccountState | null): AccountState | null {
  return state && { ...state, data: Uint8Array.from(state.data) };
}
