// History through the front door: blocks, transactions, versions and balances, by pages, in ranges,
// and accounts at slots that have left the window.
import { addressFromBytes, blockhashFromBytes, type Slot } from '@streamsync/domain';
import { SYSTEM_PROGRAM } from '@streamsync/program-parser';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FrontDoor, openFrontDoor } from './support/front-door.ts';
import { signatureAt, slotOf, transactionAt } from './support/transactions.ts';

const address = (byte: number) => addressFromBytes(new Uint8Array(32).fill(byte));
const hash = (slot: bigint) => blockhashFromBytes(new Uint8Array(32).fill(Number(slot % 200n) + 1));
const WALLET = address(1);
const OTHER = address(2);
const CHANGED = address(3);
const FIRST = 500n;
const LAST = 560n;
/** Every seventh slot has no block. */
const isSkipped = (slot: bigint): boolean => slot % 7n === 0n;

let door: FrontDoor;

beforeAll(async () => {
  door = await openFrontDoor();
  const { blocks, versions } = door.network.history;
  let parent: bigint | null = null;
  for (let slot = FIRST; slot <= LAST; slot += 1n) {
    if (isSkipped(slot)) continue;
    const at = (blockIndex: number) => ({ slot: slotOf(slot), blockIndex });
    const transactions = [
      transactionAt(at(0), [[WALLET, slot, slot + 1n]]),
      transactionAt(at(1), [[OTHER, 7n, 7n]]),
      transactionAt(at(2), [
        [OTHER, 9n, 8n],
        [WALLET, slot + 1n, slot + 2n],
      ]),
    ];
    blocks.set(slotOf(slot), {
      record: {
        slot: slotOf(slot),
        parentSlot: parent === null ? null : slotOf(parent),
        blockhash: hash(slot),
        previousBlockhash: parent === null ? null : hash(parent),
        blockTimeSeconds: 1_700_000_000n + slot,
        blockHeight: null,
        transactionCount: transactions.length,
      },
      transactions,
    });
    for (const record of transactions) door.network.transactions.set(record.signature, record);
    parent = slot;
  }
  const state = (lamports: bigint) => ({
    lamports,
    owner: SYSTEM_PROGRAM,
    executable: false,
    data: new Uint8Array(),
  });
  versions.set(CHANGED, [
    { slot: slotOf(120), state: state(1n) },
    { slot: slotOf(300), state: state(2n) },
    { slot: slotOf(400), state: null },
    { slot: slotOf(700), state: state(3n) },
  ]);
  versions.set(SYSTEM_PROGRAM, [{ slot: slotOf(100), state: state(99n) }]);
  door.network.accounts.set(CHANGED, state(3n));
});
afterAll(() => door.stop());
beforeEach(() => {
  door.network.raced.length = 0;
});
afterEach(() => {
  door.network.slotFirst = slotOf(100);
  door.network.historySlotFirst = slotOf(100);
  door.network.tip = slotOf(1_000);
});

const raced = () => door.network.raced.map(({ batch }) => batch.operation);

interface Listed {
  readonly nodes: readonly { readonly slot: string; readonly blockIndex: number }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

async function pageThrough(query: string, variables: object, between: () => void = () => {}) {
  const nodes: Listed['nodes'][number][] = [];
  let after: string | null = null;
  do {
    const { data, errors } = await door.ask(query, { ...variables, after });
    expect(errors).toBeUndefined();
    const list = data.list as Listed;
    nodes.push(...list.nodes);
    after = list.pageInfo.hasNextPage ? list.pageInfo.endCursor : null;
    between();
  } while (after !== null);
  return nodes;
}

const TRANSACTIONS = `query($address: Address!, $slotFirst: Slot, $slotLast: Slot, $order: HistoryOrder! = NEWEST_FIRST, $first: Int, $after: String) {
  list: transactions(address: $address, slotFirst: $slotFirst, slotLast: $slotLast, order: $order, first: $first, after: $after) {
    slotFirst slotLast
    edges { cursor }
    nodes { slot blockIndex signature }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

const expected = () => {
  const places: { slot: string; blockIndex: number; signature: string }[] = [];
  for (let slot = FIRST; slot <= LAST; slot += 1n) {
    if (isSkipped(slot)) continue;
    for (const blockIndex of [0, 2]) {
      places.push({ slot: String(slot), blockIndex, signature: signatureAt(slot, blockIndex) });
    }
  }
  return places;
};

describe('transactions of an address', () => {
  it.each([1, 7, 100])('are paged through whole and in order, %i at a time', async (first) => {
    const newest = await pageThrough(TRANSACTIONS, { address: WALLET, first });
    expect(newest).toEqual(expected().reverse());
    const oldest = await pageThrough(TRANSACTIONS, {
      address: WALLET,
      first,
      order: 'OLDEST_FIRST',
    });
    expect(oldest).toEqual(expected());
  });

  it('are neither lost nor repeated while the chain grows between pages', async () => {
    const nodes = await pageThrough(TRANSACTIONS, { address: WALLET, first: 10 }, () => {
      door.network.tip = slotOf(door.network.tip + 5n);
    });
    expect(nodes).toEqual(expected().reverse());
  });

  it('cover the whole history that is held, or the range that is asked for', async () => {
    const whole = await door.ask(TRANSACTIONS, { address: WALLET });
    expect(whole.data.list).toMatchObject({ slotFirst: '100', slotLast: '1000' });
    const part = await door.ask(TRANSACTIONS, {
      address: WALLET,
      slotFirst: '510',
      slotLast: '512',
    });
    expect(part.data.list).toMatchObject({
      slotFirst: '510',
      slotLast: '512',
      nodes: expected()
        .filter(({ slot }) => slot === '510' || slot === '512')
        .reverse(),
    });
    expect(part.data.list.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    expect(door.network.raced.map(({ history }) => history)).toEqual([
      [{ slotFirst: 100n, slotLast: 1_000n }],
      [{ slotFirst: 510n, slotLast: 512n }],
    ]);
  });

  it('are counted in a race of their own, and only where the count is asked for', async () => {
    await door.ask(`{ transactions(address: "${WALLET}", first: 1) { nodes { slot } } }`);
    expect(raced()).toEqual(['transactions.byAddress']);
    const { data, extensions } = await door.ask(
      `{ transactions(address: "${WALLET}", first: 1, slotFirst: 520) { totalCount } }`,
    );
    const counted = expected().filter(({ slot }) => BigInt(slot) >= 520n).length;
    expect(data.transactions.totalCount).toBe(counted);
    expect(raced().slice(1)).toEqual(['transactions.byAddress', 'transactions.count']);
    expect(extensions?.streamsync).toMatchObject({ guaranteeMs: 100, costMilliUnits: 4_000 });
  });

  it.each([
    ['beyond the newest slot', { slotLast: '1001' }, 'FUTURE_SLOT'],
    ['before what is held', { slotFirst: '99' }, 'HISTORY_NOT_COVERED'],
    ['that ends before what is held', { slotLast: '99' }, 'HISTORY_NOT_COVERED'],
    ['that ends before it begins', { slotFirst: '600', slotLast: '599' }, 'INVALID_ARGUMENT'],
  ])('of a range %s are refused with a code', async (_name, range, code) => {
    const { data, errors } = await door.ask(TRANSACTIONS, { address: WALLET, ...range });
    expect(data).toEqual({ list: null });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual([code]);
    expect(raced()).toEqual([]);
  });

  it('refuse a cursor of other arguments, and one of other lists', async () => {
    const { data } = await door.ask(TRANSACTIONS, { address: WALLET, first: 1 });
    const after = data.list.pageInfo.endCursor;
    const others = [
      { address: OTHER },
      { address: WALLET, order: 'OLDEST_FIRST' },
      { address: WALLET, slotFirst: '100' },
      { address: WALLET, slotLast: '1000' },
    ];
    const refused = await Promise.all([
      ...others.map((variables) => door.ask(TRANSACTIONS, { ...variables, after })),
      door.ask(`{ blocks(after: "${after}") { nodes { slot } } }`),
      door.ask(`{ balanceHistory(address: "${WALLET}", after: "${after}") { nodes { slot } } }`),
      door.ask(`{ programAccounts(program: "${WALLET}", after: "${after}") { nodes { slot } } }`),
    ]);
    for (const { errors } of refused) {
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_CURSOR' });
      expect(errors?.[0]?.extensions.docs).toMatch(/#invalid_cursor$/);
    }
    const good = await door.ask(TRANSACTIONS, { address: WALLET, after });
    expect(good.errors).toBeUndefined();
    expect(good.data.list.pageInfo.hasPreviousPage).toBe(true);
  });

  it('of several addresses are one race', async () => {
    const { data } = await door.ask(
      `{ a: transactions(address: "${WALLET}") { nodes { slot } } b: transactions(address: "${OTHER}") { nodes { slot } } }`,
    );
    expect(data.a.nodes).toHaveLength(20);
    expect(door.network.raced).toHaveLength(1);
    expect(door.network.raced[0]?.batch.items).toHaveLength(2);
  });

  it('of different ranges are one race where enough operators hold both, else one each', async () => {
    const query = `{ a: transactions(address: "${WALLET}", slotFirst: 510) { nodes { slot } } b: transactions(address: "${WALLET}", slotFirst: 520) { nodes { slot } } }`;
    await door.ask(query);
    expect(door.network.raced).toHaveLength(1);
    expect(door.network.raced[0]?.history).toHaveLength(2);
    const { holds } = door.network.history;
    door.network.history.holds = (request, stretches) =>
      stretches.length === 1 && holds(request, stretches);
    try {
      door.network.raced.length = 0;
      const { data, errors } = await door.ask(query);
      expect(errors).toBeUndefined();
      expect(data.b.nodes).toHaveLength(20);
      expect(door.network.raced.map(({ history }) => history)).toEqual([
        [{ slotFirst: 510n, slotLast: 1_000n }],
        [{ slotFirst: 520n, slotLast: 1_000n }],
      ]);
    } finally {
      door.network.history.holds = holds;
    }
  });
});

describe('blocks', () => {
  const BLOCK =
    '{ slot parentSlot blockhash previousBlockhash blockTime blockHeight transactionCount }';

  it('are read by their slot, null where it was skipped', async () => {
    const { data, errors } = await door.ask(
      `{ block(slot: 505) ${BLOCK} skipped: block(slot: 511) { slot } other: block(slot: "506") { slot parent { slot } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.block).toEqual({
      slot: '505',
      parentSlot: '503',
      blockhash: hash(505n),
      previousBlockhash: hash(503n),
      blockTime: '1700000505',
      blockHeight: null,
      transactionCount: 3,
    });
    expect(data.skipped).toBeNull();
    expect(data.other).toEqual({ slot: '506', parent: { slot: '505' } });
    expect(door.network.raced.map(({ batch }) => batch.items.length)).toEqual([3]);
  });

  it('outside of what is held are an error and never a null', async () => {
    const { data, errors } = await door.ask(
      '{ old: block(slot: 99) { slot } new: block(slot: 1001) { slot } }',
    );
    expect(data).toEqual({ old: null, new: null });
    expect(errors?.map(({ path, extensions }) => [path?.[0], extensions.code])).toEqual([
      ['old', 'HISTORY_NOT_COVERED'],
      ['new', 'FUTURE_SLOT'],
    ]);
  });

  it('of a range come without the slots that were skipped, by pages', async () => {
    const query = `query($after: String) { list: blocks(slotFirst: 500, slotLast: 540, order: OLDEST_FIRST, first: 9, after: $after) { nodes { slot } pageInfo { hasNextPage endCursor } } }`;
    const slots = (await pageThrough(query, {})).map(({ slot }) => BigInt(slot));
    const all = Array.from({ length: 41 }, (_, index) => FIRST + BigInt(index));
    expect(slots).toEqual(all.filter((slot) => !isSkipped(slot)));
  });

  it('give their transactions in order, by pages, and their number without a race', async () => {
    const query = `query($after: String) { block(slot: 505) { transactions(first: 2, after: $after) { totalCount slotFirst slotLast nodes { signature block { blockhash } } pageInfo { hasNextPage endCursor } } } }`;
    const first = (await door.ask(query)).data.block.transactions;
    expect(first).toMatchObject({ totalCount: 3, slotFirst: '505', slotLast: '505' });
    expect(first.nodes[0].block.blockhash).toBe(hash(505n));
    const second = (await door.ask(query, { after: first.pageInfo.endCursor })).data.block;
    const signatures = [...first.nodes, ...second.transactions.nodes].map((node) => node.signature);
    expect(signatures).toEqual([0, 1, 2].map((index) => signatureAt(505n, index)));
    expect(second.transactions.pageInfo.hasNextPage).toBe(false);
    expect(raced()).not.toContain('transactions.count');
  });
});

describe('an account at a slot that has left the window', () => {
  beforeEach(() => {
    door.network.slotFirst = slotOf(900);
  });

  it.each([
    [120, '1', '120'],
    [299, '1', '120'],
    [300, '2', '300'],
    [899, '3', '700'],
  ])('is read from history: slot %i', async (slot, lamports, lastWriteSlot) => {
    const { data, errors, extensions } = await door.ask(
      'query($a: Address!, $slot: Slot) { account(address: $a, slot: $slot) { lamports slot lastWriteSlot } }',
      { a: CHANGED, slot },
    );
    expect(errors).toBeUndefined();
    expect(data.account).toEqual({ lamports, slot: String(slot), lastWriteSlot });
    expect(raced()).toEqual(['account.at']);
    expect(door.network.raced[0]).toMatchObject({
      pin: { slot: 1_000n },
      history: [{ slotFirst: BigInt(slot), slotLast: BigInt(slot) }],
    });
    expect(extensions?.streamsync).toMatchObject({ guaranteeMs: 50, costMilliUnits: 2_000 });
  });

  it('is a point read inside of the window, with the guarantee of one', async () => {
    const { data, extensions } = await door.ask(
      `{ account(address: "${CHANGED}", slot: 900) { lamports slot lastWriteSlot } }`,
    );
    expect(data.account).toEqual({ lamports: '3', slot: '900', lastWriteSlot: null });
    expect(raced()).toEqual(['account.get']);
    expect(extensions?.streamsync).toMatchObject({ guaranteeMs: 10, costMilliUnits: 1_000 });
  });

  it('is null where it was closed or did not exist yet, and an error before what is held', async () => {
    const { data, errors } = await door.ask(
      `{ closed: account(address: "${CHANGED}", slot: 450) { slot } before: account(address: "${CHANGED}", slot: 110) { slot } unknown: account(address: "${CHANGED}", slot: 50) { slot } }`,
    );
    expect(data).toEqual({ closed: null, before: null, unknown: null });
    expect(errors).toHaveLength(1);
    expect(errors?.[0]).toMatchObject({
      path: ['unknown'],
      extensions: { code: 'HISTORY_NOT_COVERED' },
    });
  });

  it('reads what it links to as of the same slot, and several slots in one race', async () => {
    const { data, errors } = await door.ask(
      `{ accounts(addresses: ["${CHANGED}", "${WALLET}"], slot: 300) { lamports ownerAccount { lamports slot } } at310: account(address: "${CHANGED}", slot: 310) { lamports } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.accounts).toEqual([
      { lamports: '2', ownerAccount: { lamports: '99', slot: '300' } },
      null,
    ]);
    expect(data.at310.lamports).toBe('2');
    expect(raced()).toEqual(['account.at', 'account.at']);
    expect(door.network.raced[0]?.batch.items).toHaveLength(3);
  });

  it('works by the directive too, for accounts and transactions and not for lists of accounts', async () => {
    const { data, errors } = await door.ask(
      `query @slot(at: 530) { account(address: "${CHANGED}") { slot } token(mint: "${CHANGED}") { slot }
        before: transaction(signature: "${signatureAt(529n, 0)}") { slot }
        after: transaction(signature: "${signatureAt(531n, 0)}") { slot }
        transactions(address: "${WALLET}", first: 1) { slotLast nodes { slot } }
        programAccounts(program: "${SYSTEM_PROGRAM}") { nodes { slot } } }`,
    );
    expect(data).toEqual({
      account: null,
      token: null,
      before: { slot: '529' },
      after: null,
      transactions: { slotLast: '530', nodes: [{ slot: '530' }] },
      programAccounts: null,
    });
    expect(errors?.map(({ path, extensions }) => [path?.[0], extensions.code])).toEqual([
      ['programAccounts', 'HISTORY_NOT_COVERED'],
    ]);
  });
});

describe('the history of an account', () => {
  const QUERY = `query($after: String, $order: HistoryOrder! = NEWEST_FIRST) {
    list: accountHistory(address: "${CHANGED}", order: $order, first: 3, after: $after) {
      slotFirst slotLast nodes { slot account { __typename lamports slot lastWriteSlot } }
      pageInfo { hasNextPage endCursor }
    }
  }`;

  it('has a version for each slot that wrote it, each typed and as of its slot', async () => {
    const versions = (await pageThrough(QUERY, {})) as unknown as {
      slot: string;
      account: object;
    }[];
    const account = (slot: string, lamports: string) => ({
      slot,
      account: { __typename: 'SystemAccount', lamports, slot, lastWriteSlot: slot },
    });
    expect(versions).toEqual([
      account('700', '3'),
      { slot: '400', account: null },
      account('300', '2'),
      account('120', '1'),
    ]);
  });

  it('reads what a version links to as of its slot, at the price of history', async () => {
    const { data, extensions } = await door.ask(
      `{ accountHistory(address: "${CHANGED}", first: 3) { nodes { account { ownerAccount { slot lamports } } } } }`,
    );
    expect(data.accountHistory.nodes).toEqual([
      { account: { ownerAccount: { slot: '700', lamports: '99' } } },
      { account: null },
      { account: { ownerAccount: { slot: '300', lamports: '99' } } },
    ]);
    expect(raced()).toEqual(['accountHistory.byAddress', 'account.at']);
    expect(extensions?.streamsync).toMatchObject({ guaranteeMs: 100, costMilliUnits: 6_000 });
  });

  it('hangs on the account, as its transactions and its balance do, up to its slot', async () => {
    const { data, errors } = await door.ask(
      `query($list: Slot) { account(address: "${CHANGED}", slot: $list) {
        history(first: 1) { slotLast nodes { slot } }
        transactions(first: 1) { slotLast nodes { slot } }
        balanceHistory(first: 1) { slotLast nodes { slot } }
      } }`,
      { list: '350' },
    );
    expect(errors).toBeUndefined();
    expect(data.account).toEqual({
      history: { slotLast: '350', nodes: [{ slot: '300' }] },
      transactions: { slotLast: '350', nodes: [] },
      balanceHistory: { slotLast: '350', nodes: [] },
    });
  });
});

describe('the history of a balance', () => {
  it('has an entry for each transaction that changed it, with a link to it', async () => {
    const query = `query($after: String) { list: balanceHistory(address: "${WALLET}", first: 25, after: $after) {
      nodes { slot blockIndex signature address preAmount postAmount transaction { signature } }
      pageInfo { hasNextPage endCursor } } }`;
    const entries = await pageThrough(query, {});
    expect(entries).toHaveLength(expected().length);
    expect(entries[0]).toEqual({
      slot: '559',
      blockIndex: 2,
      signature: signatureAt(559n, 2),
      address: WALLET,
      preAmount: '560',
      postAmount: '561',
      transaction: { signature: signatureAt(559n, 2) },
    });
  });
});

it('keeps one slot for every entity of a query', async () => {
  const { data } = await door.ask(
    `{ account(address: "${CHANGED}") { slot } transactions(address: "${WALLET}") { slotLast } block(slot: 505) { slot } programAccounts(program: "${SYSTEM_PROGRAM}") { nodes { slot } } }`,
  );
  const pins = new Set(door.network.raced.map(({ pin }): Slot => pin.slot));
  expect([...pins]).toEqual([1_000n]);
  expect(data.account.slot).toBe(data.transactions.slotLast);
});
