// Relay connections. Written out rather than taken from a plugin, whose `node(id)` would stand where
// ours gives a node of the network, and whose refusals have no codes.
import { PAGE_ENTRIES_MAX, StreamSyncError } from '@streamsync/domain';
import { builder } from './builder.ts';
import { cursorsOf, type ListName, type PositionKind, parseCursor } from './cursor.ts';

export const PAGE_ENTRIES_DEFAULT = 20;

/** For the field's extensions: how many entries a page has at most. */
export const PAGE_BOUND = {
  argument: 'first',
  fallback: PAGE_ENTRIES_DEFAULT,
  max: PAGE_ENTRIES_MAX,
} as const;

/** The arguments of every page, as a resolver gets them. */
export interface PageRequest {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

export interface Edge<Node> {
  readonly node: Node;
  readonly cursor: string;
}

export interface Connection<Node> {
  readonly edges: readonly Edge<Node>[];
  readonly pageInfo: PageInfo;
}

export const PageInfoRef = builder.objectRef<PageInfo>('PageInfo').implement({
  description: 'Where a page stands in its list.',
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', { nullable: false }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', {
      nullable: false,
      description: 'Whether the page was asked for after a cursor.',
    }),
    startCursor: t.exposeString('startCursor'),
    endCursor: t.exposeString('endCursor', {
      description: 'Pass it as `after` for the next page. A page without entries can have one.',
    }),
  }),
});

type SchemaTypes = (typeof builder)['$inferSchemaTypes'];
type NodeType<Node> =
  | PothosSchemaTypes.ObjectRef<SchemaTypes, Node>
  | PothosSchemaTypes.InterfaceRef<SchemaTypes, Node>;

/** The types `<name>Edge` and `<name>Connection`, whose nodes are never null. */
export function defineConnection<Node, Shape extends Connection<Node> = Connection<Node>>(
  name: string,
  node: NodeType<Node>,
) {
  const EdgeRef = builder.objectRef<Edge<Node>>(`${name}Edge`);
  EdgeRef.implement({
    fields: (t) => ({
      node: t.field({ type: node, nullable: false, resolve: (edge) => edge.node as never }),
      cursor: t.string({ nullable: false, resolve: (edge) => edge.cursor }),
    }),
  });
  const ConnectionRef = builder.objectRef<Shape>(`${name}Connection`);
  ConnectionRef.implement({
    fields: (t) => ({
      edges: t.field({
        type: [EdgeRef],
        nullable: { list: false, items: false },
        resolve: (connection) => [...connection.edges],
      }),
      nodes: t.field({
        type: [node],
        nullable: { list: false, items: false },
        resolve: (connection) => connection.edges.map((edge) => edge.node) as never,
      }),
      pageInfo: t.field({
        type: PageInfoRef,
        nullable: false,
        resolve: (connection) => connection.pageInfo,
      }),
    }),
  });
  return ConnectionRef;
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

/** What a list gives for a page: entries with their positions, and where it goes on, if it does. */
export interface ReadPage<Node, Position> {
  readonly entries: readonly { readonly node: Node; readonly position: Position }[];
  /** The position that the next page comes after; null: the list ends here. */
  readonly next: Position | null;
}

/** One list of the graph, with the arguments that make it. */
export interface ReadList<Node, Position> {
  readonly name: ListName;
  readonly positions: PositionKind<Position>;
  read(page: {
    readonly after: Position | null;
    readonly limit: number;
  }): Promise<ReadPage<Node, Position>>;
}

/** @throws StreamSyncError INVALID_ARGUMENT, INVALID_CURSOR, and whatever the list throws */
export async function readConnection<Node, Position>(
  list: ReadList<Node, Position>,
  { first, after }: PageRequest,
): Promise<Connection<Node>> {
  const { name, positions } = list;
  const limit = parseFirst(first);
  const position = after == null ? null : parseCursor(name, positions, after);
  const page = await list.read({ after: position, limit });
  const cursorOf = cursorsOf(name, positions);
  // Few pages are asked for the cursor of each entry, so that it is made when it is read.
  const edges = page.entries.map(({ node, position: at }) => ({
    node,
    get cursor() {
      return cursorOf(at);
    },
  }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.next !== null,
      hasPreviousPage: position !== null,
      get startCursor() {
        return edges.at(0)?.cursor ?? null;
      },
      get endCursor() {
        if (page.next !== null) return cursorOf(page.next);
        return edges.at(-1)?.cursor ?? null;
      },
    },
  };
}
