// Lists of history: entries in the order of slots, in a range that the field names or that begins
// where enough operators' history does.
import { type HistoryRange, type Slot, StreamSyncError } from '@streamsync/domain';
import type { Page } from '@streamsync/wire';
import type { ChainReader } from '../pipeline/ports.ts';
import { builder } from './builder.ts';
import {
  type Connection,
  defineConnection,
  type PageRequest,
  readConnection,
} from './connection.ts';
import { HISTORY_POSITION, type ListName, type PlaceInHistory } from './cursor.ts';

/** A page with what it is a page of: the list says nothing of slots outside of this range. */
export interface HistoryConnection<Node> extends Connection<Node> {
  readonly range: HistoryRange;
}

const HistoryOrder = builder.enumType('HistoryOrder', {
  values: ['NEWEST_FIRST', 'OLDEST_FIRST'] as const,
});

/** The arguments of every list of history. */
export const historyArgs = builder.args((t) => ({
  slotFirst: t.field({
    type: 'Slot',
    description: 'Null: the lowest slot since which enough operators hold everything.',
  }),
  slotLast: t.field({ type: 'Slot', description: 'Null: the slot of the query.' }),
  order: t.field({ type: HistoryOrder, required: true, defaultValue: 'NEWEST_FIRST' }),
  first: t.int(),
  after: t.string(),
}));

export interface HistoryRequest extends PageRequest {
  readonly slotFirst?: Slot | null | undefined;
  readonly slotLast?: Slot | null | undefined;
  readonly order: 'NEWEST_FIRST' | 'OLDEST_FIRST';
}

export interface HistoryPart extends HistoryRange {
  readonly ascending: boolean;
  readonly after: PlaceInHistory | null;
  readonly limit: number;
}

export interface HistoryList<Entry, Node> {
  readonly name: ListName;
  /** Whether it needs every write of accounts, which archives know of fewer slots than blocks. */
  readonly ofWrites?: boolean;
  read(part: HistoryPart): Promise<Page<Entry>>;
  positionOf(entry: Entry): PlaceInHistory;
  nodeOf(entry: Entry): Node;
}

/** The types of a connection that says which slots it covers. */
export function defineHistoryConnection<
  Node,
  Shape extends HistoryConnection<Node> = HistoryConnection<Node>,
>(name: string, node: Parameters<typeof defineConnection<Node, Shape>>[1]) {
  const ref = defineConnection<Node, Shape>(name, node);
  builder.objectFields(ref, (t) => ({
    slotFirst: t.field({
      type: 'Slot',
      nullable: false,
      description: 'The list is whole from this slot on …',
      resolve: (connection) => connection.range.slotFirst,
    }),
    slotLast: t.field({
      type: 'Slot',
      nullable: false,
      description: '… up to this one.',
      resolve: (connection) => connection.range.slotLast,
    }),
  }));
  return ref;
}

/** @throws StreamSyncError INVALID_ARGUMENT, INVALID_CURSOR, FUTURE_SLOT, HISTORY_NOT_COVERED */
export async function readHistoryList<Entry, Node>(
  reader: ChainReader,
  list: HistoryList<Entry, Node>,
  request: HistoryRequest,
): Promise<HistoryConnection<Node>> {
  const { slotFirst = null, slotLast = null, order } = request;
  const range = reader.historyRange({ slotFirst, slotLast });
  const ascending = order === 'OLDEST_FIRST';
  const { list: name, args } = list.name;
  const readRange = (covered: HistoryRange) =>
    readConnection(
      {
        // As they were asked for: what is filled in moves with the chain, and the list goes on.
        name: { list: name, args: [...args, slotFirst, slotLast, order] },
        positions: HISTORY_POSITION,
        read: async (part) => {
          const { entries, more } = await list.read({ ...covered, ...part, ascending });
          const placed = entries.map((entry) => ({
            node: list.nodeOf(entry),
            position: list.positionOf(entry),
          }));
          return { entries: placed, next: more ? (placed.at(-1)?.position ?? null) : null };
        },
      },
      request,
    );
  if (list.ofWrites !== true || slotFirst !== null) {
    return { ...(await readRange(range)), range };
  }
  const known = await reader.sinceWritesAreKnown(range, readRange);
  return { ...known.value, range: known.range };
}

/** The place of a transaction that stands in a list; one without an index is in none. */
export function placeOf(slot: Slot, blockIndex: number | null): PlaceInHistory {
  if (blockIndex !== null) return { slot, index: blockIndex };
  throw new StreamSyncError(
    'MALFORMED_MESSAGE',
    { slot },
    { message: 'A list has a transaction without its place in the block.' },
  );
}
