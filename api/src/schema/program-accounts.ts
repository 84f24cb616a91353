// The lists of a program's accounts: all of them, by a declared index, or those whose bytes match.
import {
  type Address,
  PROGRAM_INDEXES,
  type ProgramIndexName,
  SCAN_FILTERS_MAX,
  StreamSyncError,
} from '@streamsync/domain';
import { type DataFilter, FILTER_BYTES_MAX } from '@streamsync/wire';
import type { ChainReadSpec } from '../pipeline/ports.ts';
import { AccountRef, DataEncodingRef } from './account.ts';
import type { AccountEntity } from './account-entity.ts';
import { type AccountConnection, type AccountList, readAccountList } from './account-list.ts';
import { builder } from './builder.ts';
import { defineConnection, PAGE_BOUND } from './connection.ts';
import { decodeData } from './decode-data.ts';
import type { DataEncoding } from './encode-data.ts';

export const COUNT_READ: { readonly chainRead: ChainReadSpec } = {
  chainRead: { operation: 'accounts.count', ofPage: true },
};

const AccountConnectionRef = defineConnection<AccountEntity, AccountConnection>(
  'Account',
  AccountRef,
);

builder.objectField(AccountConnectionRef, 'totalCount', (t) =>
  t.int({
    description:
      'How many there are at the slot of the query; null for a search, which is not counted.',
    extensions: COUNT_READ,
    resolve: (connection) => connection.totalCount(),
  }),
);

const ProgramIndexEnum = builder.enumType('ProgramIndexName', {
  description: 'The declared indexes: lists by a key of 32 bytes in the data, without a search.',
  values: Object.fromEntries(
    Object.values(PROGRAM_INDEXES).map(({ name, description }) => [
      name,
      { value: name, description },
    ]),
  ) as Record<ProgramIndexName, { value: ProgramIndexName; description: string }>,
});

const ProgramIndexInput = builder.inputType('ProgramIndexInput', {
  fields: (t) => ({
    name: t.field({ type: ProgramIndexEnum, required: true }),
    key: t.field({ type: 'Address', required: true }),
  }),
});

/** What RPC's filters are written in. */
const FILTER_ENCODING = 'BASE58';

const DataFilterInput = builder.inputType('DataFilterInput', {
  description: 'The bytes that the data must have at an offset.',
  fields: (t) => ({
    offset: t.int({ required: true }),
    bytes: t.string({ required: true, description: `At most ${FILTER_BYTES_MAX} bytes.` }),
    // Not required: compiled documents lose the default of a required field in a variable.
    encoding: t.field({ type: DataEncodingRef, defaultValue: FILTER_ENCODING }),
  }),
});

interface ProgramAccountsArgs {
  readonly program?: Address | null | undefined;
  readonly index?: { readonly name: ProgramIndexName; readonly key: Address } | null | undefined;
  readonly filters?: readonly FilterInput[] | null | undefined;
  readonly dataSize?: number | null | undefined;
}

interface FilterInput {
  readonly offset: number;
  readonly bytes: string;
  readonly encoding?: string | null | undefined;
}

function refuse(message: string): StreamSyncError {
  return new StreamSyncError('INVALID_ARGUMENT', {}, { message });
}

function parseFilter({ offset, bytes, encoding }: FilterInput): DataFilter {
  if (offset < 0) throw refuse('The offset of a filter is not negative.');
  const decoded = decodeData(
    bytes,
    (encoding ?? FILTER_ENCODING) as DataEncoding,
    FILTER_BYTES_MAX,
  );
  return { offset, bytes: decoded };
}

/** @throws StreamSyncError INVALID_ARGUMENT unless the arguments name one list */
function listOf({ program, index, filters, dataSize }: ProgramAccountsArgs): AccountList {
  const searched = filters != null || dataSize != null;
  if (index != null) {
    if (searched) throw refuse('Pass either "index", or "filters" and "dataSize".');
    if (program != null && program !== PROGRAM_INDEXES[index.name].program) {
      throw refuse(`${index.name} is an index of ${PROGRAM_INDEXES[index.name].program}.`);
    }
    return { list: 'programAccounts.byIndex', index: index.name, key: index.key };
  }
  if (program == null) throw refuse('Pass "program", or an "index", which names its program.');
  if (!searched) return { list: 'programAccounts.byProgram', key: program };
  if ((filters?.length ?? 0) > SCAN_FILTERS_MAX) {
    throw refuse(`A search has ${SCAN_FILTERS_MAX} filters at most.`);
  }
  if (dataSize != null && dataSize < 0) throw refuse('"dataSize" is not negative.');
  return {
    list: 'programAccounts.scan',
    program,
    filters: (filters ?? []).map(parseFilter),
    dataSizeBytes: dataSize ?? null,
  };
}

builder.queryField('programAccounts', (t) =>
  t.field({
    type: AccountConnectionRef,
    description:
      "A program's accounts, in bytewise order of their addresses: all, those of a declared index, or those that match. A search looks at a bounded number of accounts a page: a page may be empty and the list go on.",
    args: {
      program: t.arg({ type: 'Address', description: 'Not needed with an index.' }),
      index: t.arg({ type: ProgramIndexInput }),
      filters: t.arg({
        type: [DataFilterInput],
        description: `All of them hold; ${SCAN_FILTERS_MAX} at most. Makes it a search.`,
      }),
      dataSize: t.arg.int({ description: 'In bytes. Makes it a search.' }),
      first: t.arg.int(),
      after: t.arg.string(),
    },
    extensions: {
      chainRead: {
        operation: {
          index: 'programAccounts.byIndex',
          filters: 'programAccounts.scan',
          dataSize: 'programAccounts.scan',
          program: 'programAccounts.byProgram',
        },
        entries: PAGE_BOUND,
      },
    },
    resolve: (_root, args, context) => readAccountList(context.at(null), listOf(args), args),
  }),
);
