// Relay connections over lists of accounts. Written out rather than taken from a plugin, whose
// `node(id)` would stand where ours gives a node of the network, and whose refusals have no codes.
import { type Address, PAGE_ENTRIES_MAX, StreamSyncError } from '@streamsync/domain';
import type { ListOperation, QueryContext } from '../pipeline/ports.ts';
import { AccountEntity } from './account-entity.ts';
import { builder } from './builder.ts';
import { cursorsOf, parseCursor } from './cursor.ts';

export const PAGE_ENTRIES_DEFAULT = 20;

/** For the field's extensions: how many entries a page has at most. */
export const PAGE_BOUND = {
  argument: 'first',
  fallback: PAGE_ENTRIES_DEFAULT,
  max: PAGE_ENTRIES_MAX,
} as const;

interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

export interface AccountEdge {
  readonly node: AccountEntity;
  readonly cursor: string;
}

export interface AccountConnection {
  readonly edges: readonly AccountEdge[];
  readonly pageInfo: PageInfo;
}

export const PageInfoRef = builder.objectRef<PageInfo>('PageInfo').implement({
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', { nullable: false }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', { nullable: false }),
    startCursor: t.exposeString('startCursor'),
    endCursor: t.exposeString('endCursor'),
  }),
});

interface ListRequest {
  readonly operation: ListOperation;
  readonly key: Address;
  readonly first: number | null;
  readonly after: string | null;
}

/** @throws StreamSyncError INVALID_ARGUMENT unless `first` is from 1 to PAGE_ENTRIES_MAX */
export function parseFirst(first: number | null | undefined): number {
  const limit = first ?? PAGE_ENTRIES_DEFAULT;
  if (Number.isInteger(limit) && limit >= 1 && limit <= PAGE_ENTRIES_MAX) return limit;
  throw new StreamSyncError(
    'INVALID_ARGUMENT',
    { first: limit },
    { message: `"first" is a whole number from 1 to ${PAGE_ENTRIES_MAX}.` },
  );
}

/** One page of a list of accounts, in bytewise order of their addresses. */
export async function readConnection(
  context: QueryContext,
  request: ListRequest,
): Promise<AccountConnection> {
  const name = { list: request.operation, key: request.key };
  const limit = parseFirst(request.first);
  const after = request.after === null ? null : parseCursor(name, request.after);
  const reader = context.at(null);
  const page = await reader.page(request.operation, { key: request.key, after, limit });
  const cursorOf = cursorsOf(name);
  const edges = page.entries.map(({ address, state }) => ({
    node: new AccountEntity(address, state, reader),
    get cursor() {
      return cursorOf(address);
    },
  }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.more,
      hasPreviousPage: after !== null,
      get startCursor() {
        return edges.at(0)?.cursor ?? null;
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null;
      },
    },
  };
}
