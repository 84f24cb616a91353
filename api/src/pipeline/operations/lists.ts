// Lists of accounts: by one key, by a declared index, by what their bytes are; and how long they are.
import {
  type Address,
  addressBytes,
  addressFromBytes,
  type ProgramIndexName,
} from '@streamsync/domain';
import {
  type AccountEntry,
  type AccountPage,
  type DataFilter,
  decodeAccountPage,
  decodeCount,
  decodeScanPage,
  encodeAccountsCountArguments,
  encodeIndexArguments,
  encodePageArguments,
  encodeScanArguments,
} from '@streamsync/wire';
import type { OperationCodec } from './codec.ts';

/** Which part of a list: entries in bytewise order of their addresses. */
export interface AccountPageArguments {
  /** The entry before the page. */
  readonly after: Address | null;
  readonly limit: number;
}

export interface KeyListArguments extends AccountPageArguments {
  /** The owner, mint or program whose list it is. */
  readonly key: Address;
}

export interface IndexListArguments extends AccountPageArguments {
  readonly index: ProgramIndexName;
  readonly key: Address;
}

export interface ScanListArguments extends AccountPageArguments {
  readonly program: Address;
  /** All of them hold. */
  readonly filters: readonly DataFilter[];
  readonly dataSizeBytes: number | null;
}

/** A list that can be counted. */
export type CountedListArguments =
  | { readonly list: KeyListOperation; readonly key: Address }
  | {
      readonly list: 'programAccounts.byIndex';
      readonly index: ProgramIndexName;
      readonly key: Address;
    };

export type KeyListOperation =
  | 'tokenAccounts.byOwner'
  | 'tokenAccounts.byMint'
  | 'programAccounts.byProgram';

/** A page of a scan may be empty and not the last. */
export interface ScannedPage {
  readonly entries: readonly AccountEntry[];
  /** The address that the scan goes on after; null: it is through. */
  readonly next: Address | null;
}

const bytesOrNull = (address: Address | null) => (address === null ? null : addressBytes(address));

const byKey: OperationCodec<KeyListArguments, AccountPage> = {
  encode: ({ key, after, limit }) =>
    encodePageArguments({ key: addressBytes(key), after: bytesOrNull(after), limit }),
  decode: decodeAccountPage,
};

const byIndex: OperationCodec<IndexListArguments, AccountPage> = {
  encode: ({ index, key, after, limit }) =>
    encodeIndexArguments({ index, key: addressBytes(key), after: bytesOrNull(after), limit }),
  decode: decodeAccountPage,
};

const scan: OperationCodec<ScanListArguments, ScannedPage> = {
  encode: ({ program, after, ...list }) =>
    encodeScanArguments({ ...list, program: addressBytes(program), after: bytesOrNull(after) }),
  decode: (item) => {
    const { entries, next } = decodeScanPage(item);
    return { entries, next: next === null ? null : addressFromBytes(next) };
  },
};

const count: OperationCodec<CountedListArguments, number> = {
  encode: (counted) => {
    const first = { after: null, limit: 1 };
    const list =
      counted.list === 'programAccounts.byIndex'
        ? byIndex.encode({ index: counted.index, key: counted.key, ...first })
        : byKey.encode({ key: counted.key, ...first });
    return encodeAccountsCountArguments({ list: counted.list, arguments: list });
  },
  decode: decodeCount,
};

export const LIST_OPERATIONS = {
  'tokenAccounts.byOwner': byKey,
  'tokenAccounts.byMint': byKey,
  'programAccounts.byProgram': byKey,
  'programAccounts.byIndex': byIndex,
  'programAccounts.scan': scan,
  'accounts.count': count,
} as const;
