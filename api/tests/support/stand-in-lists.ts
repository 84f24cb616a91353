// Lists of accounts by index and by their bytes, and their lengths, over a map of accounts.
import {
  type AccountState,
  type Address,
  addressBytes,
  addressFromBytes,
  PROGRAM_INDEXES,
  type ProgramIndex,
} from '@streamsync/domain';
import { tokenAccountKeys } from '@streamsync/program-parser';
import {
  decodeAccountsCountArguments,
  decodeIndexArguments,
  decodePageArguments,
  decodeScanArguments,
  encodeAccountPage,
  encodeCount,
  encodeScanPage,
} from '@streamsync/wire';
import type { Batch } from '../../src/pipeline/ports.ts';

type Accounts = ReadonlyMap<Address, AccountState>;

/** Rows that a page of the stand-in's scans looks at: small, so that tests see pages that go on. */
export const STAND_IN_SCAN_ROWS = 10;

const hasAt = (data: Uint8Array, offset: number, bytes: Uint8Array): boolean =>
  Buffer.from(bytes).equals(data.subarray(offset, offset + bytes.length));

function listed(
  accounts: Accounts,
  after: Uint8Array | null,
  belongs: (state: AccountState) => boolean,
) {
  return [...accounts]
    .filter(([, state]) => belongs(state))
    .map(([address, state]) => ({ address, state }))
    .sort((a, b) => Buffer.compare(addressBytes(a.address), addressBytes(b.address)))
    .filter(({ address }) => after === null || Buffer.compare(addressBytes(address), after) > 0);
}

function inIndex(index: ProgramIndex, key: Uint8Array, state: AccountState): boolean {
  if (state.owner !== index.program) return false;
  const where = index.where.every(({ offset, bytes }) => hasAt(state.data, offset, bytes));
  return where && hasAt(state.data, index.keyOffset, key);
}

function count(accounts: Accounts, item: Uint8Array): number {
  const { list, arguments: args } = decodeAccountsCountArguments(item);
  if (list === 'programAccounts.byIndex') {
    const { index, key } = decodeIndexArguments(args);
    return listed(accounts, null, (state) => inIndex(PROGRAM_INDEXES[index], key, state)).length;
  }
  const key = addressFromBytes(decodePageArguments(args).key);
  return listed(accounts, null, (state) => {
    if (list === 'programAccounts.byProgram') return state.owner === key;
    const keys = tokenAccountKeys(state.owner, state.data);
    if (keys === null) return false;
    const held = list === 'tokenAccounts.byMint' ? keys.mint : keys.owner;
    return addressFromBytes(Uint8Array.from(held)) === key;
  }).length;
}

export function answerList(
  accounts: Accounts,
  operation: Batch['operation'],
  item: Uint8Array,
): Uint8Array {
  if (operation === 'accounts.count') return encodeCount(count(accounts, item));
  if (operation === 'programAccounts.byIndex') {
    const { index, key, after, limit } = decodeIndexArguments(item);
    const entries = listed(accounts, after, (state) => inIndex(PROGRAM_INDEXES[index], key, state));
    return encodeAccountPage({ entries: entries.slice(0, limit), more: entries.length > limit });
  }
  const { program, filters, dataSizeBytes, after, limit } = decodeScanArguments(item);
  const owner = addressFromBytes(program);
  const rows = listed(accounts, after, (state) => state.owner === owner);
  const looked = rows.slice(0, STAND_IN_SCAN_ROWS);
  const entries = looked
    .filter(({ state }) => dataSizeBytes === null || state.data.length === dataSizeBytes)
    .filter(({ state }) => filters.every(({ offset, bytes }) => hasAt(state.data, offset, bytes)))
    .slice(0, limit);
  const last = entries.length === limit ? entries.at(-1) : looked.at(-1);
  const goesOn = last !== undefined && rows.at(-1)?.address !== last.address;
  return encodeScanPage({ entries, next: goesOn ? addressBytes(last.address) : null });
}
