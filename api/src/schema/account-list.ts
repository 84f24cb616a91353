// Lists of accounts, in bytewise order of their addresses: what the fields of token accounts and of
// program accounts share. A list is made of the operation that pages it and, where it can be counted,
// of the one that counts it.
import type { Address } from '@streamsync/domain';
import type { AccountEntry, AccountPage, DataFilter } from '@streamsync/wire';
import type { ChainReader, CountedListArguments } from '../pipeline/ports.ts';
import { AccountEntity } from './account-entity.ts';
import { type Connection, type PageRequest, type ReadPage, readConnection } from './connection.ts';
import { ADDRESS_POSITION, type ListName } from './cursor.ts';

/** Which list of accounts; scans are looked for and cannot be counted. */
export type AccountList =
  | CountedListArguments
  | {
      readonly list: 'programAccounts.scan';
      readonly program: Address;
      readonly filters: readonly DataFilter[];
      readonly dataSizeBytes: number | null;
    };

export interface AccountConnection extends Connection<AccountEntity> {
  /** Null: the list cannot be counted. */
  totalCount(): Promise<number> | null;
}

export async function readAccountList(
  reader: ChainReader,
  list: AccountList,
  page: PageRequest,
): Promise<AccountConnection> {
  const connection = await readConnection(
    {
      name: nameOf(list),
      positions: ADDRESS_POSITION,
      read: (part) => readPart(reader, list, part),
    },
    page,
  );
  return {
    ...connection,
    totalCount: () =>
      list.list === 'programAccounts.scan' ? null : reader.read('accounts.count', list),
  };
}

function nameOf(list: AccountList): ListName {
  switch (list.list) {
    case 'programAccounts.scan': {
      const filters = list.filters.flatMap(({ offset, bytes }) => [
        offset,
        Buffer.from(bytes).toString('hex'),
      ]);
      return { list: list.list, args: [list.program, list.dataSizeBytes, ...filters] };
    }
    case 'programAccounts.byIndex':
      return { list: list.list, args: [list.index, list.key] };
    default:
      return { list: list.list, args: [list.key] };
  }
}

async function readPart(
  reader: ChainReader,
  list: AccountList,
  part: { readonly after: Address | null; readonly limit: number },
): Promise<ReadPage<AccountEntity, Address>> {
  const entriesOf = (entries: readonly AccountEntry[]) =>
    entries.map(({ address, state }) => ({
      node: new AccountEntity(address, state, reader),
      position: address,
    }));
  if (list.list === 'programAccounts.scan') {
    const { program, filters, dataSizeBytes } = list;
    const scan = { program, filters, dataSizeBytes, ...part };
    const { entries, next } = await reader.read('programAccounts.scan', scan);
    return { entries: entriesOf(entries), next };
  }
  const page: AccountPage =
    list.list === 'programAccounts.byIndex'
      ? await reader.read(list.list, { index: list.index, key: list.key, ...part })
      : await reader.read(list.list, { key: list.key, ...part });
  return {
    entries: entriesOf(page.entries),
    next: page.more ? (page.entries.at(-1)?.address ?? null) : null,
  };
}
