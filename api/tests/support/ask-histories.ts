// The lists of many addresses through the front door: the first pages of ten in one query, as a client
// with many addresses asks, and the further pages of a list one after another.
import { expect } from 'vitest';
import { DEADLINE } from './corpus-network.ts';
import type { PlainBalance, PlainHistory, PlainMention, PlainRun } from './plain-histories.ts';
import type { RealNetwork } from './real-network.ts';

/** What one race takes of lists. */
const ADDRESSES_PER_QUERY = 10;
const PAGE_ENTRIES = 100;

const RANGE = 'slotFirst: $slotFirst, slotLast: $slotLast, order: $order';
const PAGE = `pageInfo { hasNextPage endCursor }`;
const NODES = {
  transactions: 'nodes { slot blockIndex signature }',
  balanceHistory: 'nodes { slot blockIndex signature address preAmount postAmount }',
} as const;
type Field = keyof typeof NODES;

interface Listed {
  readonly totalCount?: number;
  readonly nodes: readonly (PlainMention & Partial<PlainBalance>)[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
}

/** Which list: of the lamports, where no mint is named. */
interface Asked {
  readonly field: Field;
  readonly address: string;
  readonly mint: string | null;
}

const VARIABLES = '$slotFirst: Slot!, $slotLast: Slot!, $order: HistoryOrder!';

function firstPagesQuery(fields: readonly Field[], addresses: number): string {
  const each = Array.from({ length: addresses }, (_, index) =>
    fields.map((field) => {
      const extra = field === 'transactions' ? 'totalCount ' : '';
      const mint = field === 'transactions' ? '' : `, mint: $mint${index}`;
      return `${field}${index}: ${field}(address: $address${index}, first: ${PAGE_ENTRIES}, ${RANGE}${mint}) { ${extra}${NODES[field]} ${PAGE} }`;
    }),
  );
  const variables = each.map(
    (_, index) =>
      `$address${index}: Address!${fields.includes('balanceHistory') ? `, $mint${index}: Address` : ''}`,
  );
  return `query(${VARIABLES}, ${variables.join(', ')}) ${DEADLINE} { ${each.flat().join(' ')} }`;
}

const FURTHER_PAGE: Readonly<Record<Field, string>> = {
  transactions: `query(${VARIABLES}, $address: Address!, $after: String!) ${DEADLINE} { list: transactions(address: $address, first: ${PAGE_ENTRIES}, after: $after, ${RANGE}) { ${NODES.transactions} ${PAGE} } }`,
  balanceHistory: `query(${VARIABLES}, $address: Address!, $mint: Address, $after: String!) ${DEADLINE} { list: balanceHistory(address: $address, mint: $mint, first: ${PAGE_ENTRIES}, after: $after, ${RANGE}) { ${NODES.balanceHistory} ${PAGE} } }`,
};

export type HistoryOrder = 'OLDEST_FIRST' | 'NEWEST_FIRST';

/** Reads the histories of the addresses in the run and compares each whole; returns how many entries. */
export async function expectHistories(
  network: Pick<RealNetwork, 'ask'>,
  run: PlainRun,
  histories: readonly (readonly [address: string, history: PlainHistory])[],
  order: HistoryOrder,
): Promise<number> {
  const range = { slotFirst: String(run.slotFirst), slotLast: String(run.slotLast), order };
  let entries = 0;

  const readOn = async ({ field, ...asked }: Asked, first: Listed) => {
    const nodes = [...first.nodes];
    let { pageInfo } = first;
    while (pageInfo.hasNextPage) {
      const variables = { ...range, ...asked, after: pageInfo.endCursor };
      const { data, errors } = await network.ask(FURTHER_PAGE[field], variables);
      expect(errors, `${field} of ${asked.address}`).toBeUndefined();
      nodes.push(...data.list.nodes);
      pageInfo = data.list.pageInfo;
    }
    return nodes;
  };
  const compare = async (asked: Asked, first: Listed, expected: readonly PlainMention[]) => {
    const found = canonical(await readOn(asked, first), order);
    const stated = canonical(expected, 'OLDEST_FIRST');
    entries += stated.length;
    // Texts, because a deep equality of all entries takes minutes.
    if (JSON.stringify(found) === JSON.stringify(stated)) return;
    expect(found, `${asked.field} of ${asked.address}, mint ${asked.mint}`).toEqual(stated);
    expect.fail(`${asked.field} of ${asked.address} has its fields in another order`);
  };

  for (const batch of inBatches(histories, ADDRESSES_PER_QUERY)) {
    const query = firstPagesQuery(['transactions', 'balanceHistory'], batch.length);
    const addresses = batch.map(([address], index) => [`address${index}`, address]);
    const { data, errors } = await network.ask(query, {
      ...range,
      ...Object.fromEntries(addresses),
    });
    expect(errors).toBeUndefined();
    for (const [index, [address, { transactions, lamports }]] of batch.entries()) {
      const listed: Listed = data[`transactions${index}`];
      expect(listed.totalCount, address).toBe(transactions.length);
      await compare({ field: 'transactions', address, mint: null }, listed, transactions);
      const balances: Listed = data[`balanceHistory${index}`];
      await compare({ field: 'balanceHistory', address, mint: null }, balances, lamports);
    }
  }

  const tokens = histories.flatMap(([address, history]) =>
    [...history.tokens].map(([mint, expected]) => ({ address, mint, expected })),
  );
  for (const batch of inBatches(tokens, ADDRESSES_PER_QUERY)) {
    const named = batch.flatMap(({ address, mint }, index) => [
      [`address${index}`, address],
      [`mint${index}`, mint],
    ]);
    const { data, errors } = await network.ask(firstPagesQuery(['balanceHistory'], batch.length), {
      ...range,
      ...Object.fromEntries(named),
    });
    expect(errors).toBeUndefined();
    for (const [index, { address, mint, expected }] of batch.entries()) {
      const asked = { field: 'balanceHistory', address, mint } as const;
      await compare(asked, data[`balanceHistory${index}`], expected);
    }
  }
  return entries;
}

/** Oldest first; of one transaction by their accounts, since the graph promises no order among them. */
function canonical(
  list: readonly (PlainMention & Partial<PlainBalance>)[],
  order: HistoryOrder,
): readonly PlainMention[] {
  const ascending = order === 'OLDEST_FIRST' ? list : list.toReversed();
  const isOne = (one?: PlainMention, other?: PlainMention) => one?.signature === other?.signature;
  if (!ascending.some((each, index) => isOne(each, ascending[index + 1]))) return ascending;
  const groups: (PlainMention & Partial<PlainBalance>)[][] = [];
  for (const each of ascending) {
    if (isOne(groups.at(-1)?.[0], each)) groups.at(-1)?.push(each);
    else groups.push([each]);
  }
  return groups.flatMap((group) =>
    group.sort((left, right) => ((left.address ?? '') < (right.address ?? '') ? -1 : 1)),
  );
}

function inBatches<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
