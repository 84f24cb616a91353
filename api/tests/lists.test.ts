// Relay connections through the front door: pages, cursors, batching below them.

import { base58 } from '@scure/base';
import {
  type AccountState,
  type Address,
  addressBytes,
  addressFromBytes,
  PROGRAM_INDEXES,
} from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM } from '@streamsync/program-parser';
import { decodeScanArguments } from '@streamsync/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metadataAddress } from '../src/schema/metadata-address.ts';
import { type FrontDoor, openFrontDoor } from './support/front-door.ts';
import { STAND_IN_SCAN_ROWS } from './support/stand-in-lists.ts';
import { metadataState, mintState, tokenAccountState } from './support/stand-in-network.ts';

const address = (byte: number) => addressFromBytes(new Uint8Array(32).fill(byte));
const WALLET = address(1);
const STRANGER = address(2);
const MINTS = [address(3), address(4)] as const;
const HELD = 100;

let door: FrontDoor;

beforeAll(async () => {
  door = await openFrontDoor();
  const { accounts } = door.network;
  for (const [index, mint] of MINTS.entries()) {
    accounts.set(mint, mintState(1_000n, 2));
    accounts.set(metadataAddress(mint), metadataState(mint, `Token ${index}`, 'T'));
  }
  for (let index = 0; index < HELD; index += 1) {
    const mint = MINTS[index % 2] ?? MINTS[0];
    accounts.set(address(100 + index), tokenAccountState(mint, WALLET, BigInt(index)));
  }
  accounts.set(address(220), tokenAccountState(MINTS[0], STRANGER, 5n));
});
afterAll(() => door.stop());

const PAGE = `query($owner: Address, $first: Int, $after: String) {
  tokenAccounts(owner: $owner, first: $first, after: $after) {
    edges { cursor node { address } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}`;

async function pageThrough(first: number): Promise<Address[]> {
  const addresses: Address[] = [];
  let after: string | null = null;
  do {
    const { data, errors } = await door.ask(PAGE, { owner: WALLET, first, after });
    expect(errors).toBeUndefined();
    const { edges, pageInfo } = data.tokenAccounts;
    expect(pageInfo.hasPreviousPage).toBe(after !== null);
    for (const edge of edges) addresses.push(edge.node.address);
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
  return addresses;
}

describe('tokenAccounts', () => {
  it.each([1, 7, 33, 100])(
    'pages through the whole list, %i at a time, in order',
    async (first) => {
      const addresses = await pageThrough(first);
      expect(addresses).toHaveLength(HELD);
      const sorted = addresses.toSorted((a, b) => Buffer.compare(addressBytes(a), addressBytes(b)));
      expect(addresses).toEqual(sorted);
    },
  );

  it('reads a page of 100 and all of its mints in two races', async () => {
    const { data, extensions } = await door.ask(
      `{ tokenAccounts(owner: "${WALLET}", first: 100) { nodes { amount mintAccount { ... on Mint { decimals } } } } }`,
    );
    expect(data.tokenAccounts.nodes).toHaveLength(100);
    expect(data.tokenAccounts.nodes[0].mintAccount.decimals).toBe(2);
    const { races, guaranteeMs, costMilliUnits } = extensions?.streamsync ?? {};
    expect(races.map((race: { operation: string }) => race.operation)).toEqual([
      'tokenAccounts.byOwner',
      'account.get',
    ]);
    expect(races[1].items).toBe(2);
    expect(guaranteeMs).toBe(20);
    expect(costMilliUnits).toBe(1_500 + 2 * 1_000);
  });

  it('reads a page of 100 with their mints and metadata in three races', async () => {
    const { data, errors, extensions } = await door.ask(
      `{ tokenAccounts(owner: "${WALLET}", first: 100) { nodes { amount mintAccount { ... on Mint { decimals metadata { name source { address } } } } } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.tokenAccounts.nodes).toHaveLength(100);
    for (const [index, node] of data.tokenAccounts.nodes.entries()) {
      const mint = MINTS[index % 2] ?? MINTS[0];
      expect(node.mintAccount.metadata).toEqual({
        name: `Token ${index % 2}`,
        source: { address: metadataAddress(mint) },
      });
    }
    const { races } = extensions?.streamsync ?? {};
    expect(races.map((race: { operation: string; items: number }) => race)).toMatchObject([
      { operation: 'tokenAccounts.byOwner', items: 1 },
      { operation: 'account.get', items: 2 },
      { operation: 'account.get', items: 2 },
    ]);
  });

  it('counts a list where that is asked for, in a race of its own', async () => {
    door.network.raced.length = 0;
    const { data } = await door.ask(
      `{ a: tokenAccounts(owner: "${WALLET}", first: 1) { totalCount } b: tokenAccounts(mint: "${MINTS[0]}", first: 1) { totalCount } c: tokenAccounts(mint: "${MINTS[1]}", first: 1) { nodes { amount } } }`,
    );
    expect(data.a.totalCount).toBe(HELD);
    expect(data.b.totalCount).toBe(HELD / 2 + 1);
    const counts = door.network.raced.filter(({ batch }) => batch.operation === 'accounts.count');
    expect(counts.map(({ batch }) => batch.items.length)).toEqual([2]);
  });

  it('lists by mint', async () => {
    const { data } = await door.ask(
      `{ tokenAccounts(mint: "${MINTS[0]}", first: 100) { edges { node { mint } account { __typename } } } }`,
    );
    expect(data.tokenAccounts.edges).toHaveLength(HELD / 2 + 1);
    expect(data.tokenAccounts.edges[0]).toEqual({
      node: { mint: MINTS[0] },
      account: { __typename: 'TokenAccount' },
    });
  });

  it.each(['', `(owner: "${WALLET}", mint: "${MINTS[0]}")`])(
    'refuses a list that is of both or of neither: %s',
    async (args) => {
      const { errors } = await door.ask(`{ tokenAccounts${args} { nodes { address } } }`);
      expect(errors?.[0]?.extensions.code).toBe('INVALID_ARGUMENT');
    },
  );

  it('keeps a cursor good when the account it names is gone', async () => {
    const first = await door.ask(PAGE, { owner: WALLET, first: 10 });
    const { endCursor } = first.data.tokenAccounts.pageInfo;
    const last = first.data.tokenAccounts.edges[9].node.address as Address;
    const state = door.network.accounts.get(last);
    door.network.accounts.delete(last);
    const second = await door.ask(PAGE, { owner: WALLET, first: 10, after: endCursor });
    if (state !== undefined) door.network.accounts.set(last, state);
    expect(second.errors).toBeUndefined();
    expect(second.data.tokenAccounts.edges[0].node.address).toBe(address(110));
  });

  it("refuses another list's cursor, and text that is no cursor", async () => {
    const mine = await door.ask(PAGE, { owner: WALLET, first: 1 });
    const after = mine.data.tokenAccounts.pageInfo.endCursor;
    for (const [query, variables] of [
      [PAGE, { owner: STRANGER, after }],
      [PAGE, { owner: WALLET, after: 'AAAA' }],
      [PAGE, { owner: WALLET, after: `${after}A` }],
      [
        `{ programAccounts(program: "${SPL_TOKEN_PROGRAM}", after: "${after}") { nodes { address } } }`,
        {},
      ],
    ] as const) {
      const { errors } = await door.ask(query, variables);
      expect(errors?.[0]?.extensions.code).toBe('INVALID_CURSOR');
    }
  });

  it.each([0, -1, 101, 2_147_483_647])('refuses a page of %i', async (first) => {
    const { errors } = await door.ask(PAGE, { owner: WALLET, first });
    expect(errors?.[0]?.extensions.code).toBe('INVALID_ARGUMENT');
  });
});

describe('programAccounts', () => {
  it('lists the accounts of a program, each as its kind', async () => {
    const { data } = await door.ask(
      `{ programAccounts(program: "${SPL_TOKEN_PROGRAM}", first: 3) { edges { cursor node { __typename address } } pageInfo { hasNextPage } } }`,
    );
    const kinds = data.programAccounts.edges.map(
      (edge: { node: { __typename: string } }) => edge.node.__typename,
    );
    expect(kinds).toEqual(['Mint', 'Mint', 'TokenAccount']);
    expect(data.programAccounts.pageInfo.hasNextPage).toBe(true);
  });

  it('counts them', async () => {
    const { data } = await door.ask(
      `{ programAccounts(program: "${SPL_TOKEN_PROGRAM}", first: 1) { totalCount } }`,
    );
    expect(data.programAccounts.totalCount).toBe(HELD + 3);
  });

  it('lists by a declared index, by pages, and counts what it has', async () => {
    const staker = address(50);
    const stake = (index: number): AccountState => {
      const data = new Uint8Array(200);
      data.set(addressBytes(index % 2 === 0 ? staker : STRANGER), 12);
      return {
        lamports: 1n,
        owner: PROGRAM_INDEXES.STAKE_BY_STAKER.program,
        executable: false,
        data,
      };
    };
    for (let index = 0; index < 6; index += 1) {
      door.network.accounts.set(address(230 + index), stake(index));
    }
    const query = `query($after: String, $program: Address) {
      programAccounts(program: $program, index: { name: STAKE_BY_STAKER, key: "${staker}" }, first: 2, after: $after) {
        totalCount nodes { address } pageInfo { hasNextPage endCursor }
      }
    }`;
    const first = (await door.ask(query)).data.programAccounts;
    expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    const { program } = PROGRAM_INDEXES.STAKE_BY_STAKER;
    const after = first.pageInfo.endCursor;
    const second = (await door.ask(query, { after, program })).data.programAccounts;
    const listed = [...first.nodes, ...second.nodes].map((node) => node.address);
    expect(listed).toEqual([address(230), address(232), address(234)]);
    const wrong = await door.ask(query, { program: SPL_TOKEN_PROGRAM });
    expect(wrong.errors?.[0]?.extensions.code).toBe('INVALID_ARGUMENT');
  });

  const SEARCH = `query($filters: [DataFilterInput!], $dataSize: Int, $first: Int, $after: String) {
    programAccounts(program: "${SPL_TOKEN_PROGRAM}", filters: $filters, dataSize: $dataSize, first: $first, after: $after) {
      totalCount nodes { address } pageInfo { hasNextPage startCursor endCursor }
    }
  }`;

  it('searches by the bytes and the size of the data, through pages that may be empty', async () => {
    const filters = [{ offset: 32, bytes: STRANGER }];
    const found: string[] = [];
    let pages = 0;
    let after: string | null = null;
    do {
      const { data, errors, extensions } = await door.ask(SEARCH, {
        filters,
        dataSize: 165,
        after,
      });
      expect(errors).toBeUndefined();
      expect(extensions?.streamsync).toMatchObject({ costMilliUnits: 5_000 });
      const { nodes, pageInfo, totalCount } = data.programAccounts;
      expect(totalCount).toBeNull();
      for (const node of nodes) found.push(node.address);
      pages += 1;
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      expect(pageInfo.startCursor === null).toBe(nodes.length === 0);
    } while (after !== null);
    expect(found).toEqual([address(220)]);
    expect(pages).toBe(Math.ceil((HELD + 3) / STAND_IN_SCAN_ROWS));
  });

  it('takes the bytes of a filter in each encoding', async () => {
    const bytes = Buffer.from(addressBytes(STRANGER)).subarray(0, 3);
    for (const [encoding, text] of [
      ['BASE64', bytes.toString('base64')],
      ['HEX', bytes.toString('hex').toUpperCase()],
      ['BASE58', base58.encode(bytes)],
    ]) {
      door.network.raced.length = 0;
      await door.ask(SEARCH, { filters: [{ offset: 32, bytes: text, encoding }] });
      const [item] = door.network.raced[0]?.batch.items ?? [];
      const { filters } = decodeScanArguments(item ?? new Uint8Array());
      expect(filters).toEqual([{ offset: 32, bytes: Uint8Array.from(bytes) }]);
    }
  });

  it.each([
    ['of another search', { filters: [{ offset: 31, bytes: STRANGER }] }, 'INVALID_CURSOR'],
    ['of another size', { dataSize: 82 }, 'INVALID_CURSOR'],
  ])('refuses the cursor %s', async (_name, variables, code) => {
    const first = await door.ask(SEARCH, { filters: [{ offset: 32, bytes: STRANGER }] });
    const after = first.data.programAccounts.pageInfo.endCursor;
    const { errors } = await door.ask(SEARCH, { ...variables, after });
    expect(errors?.[0]?.extensions.code).toBe(code);
  });

  it.each([
    ['five filters', { filters: Array(5).fill({ offset: 0, bytes: '1' }) }],
    ['a filter before the data', { filters: [{ offset: -1, bytes: '1' }] }],
    ['bytes that are no base58', { filters: [{ offset: 0, bytes: '0O' }] }],
    ['bytes that are no base64', { filters: [{ offset: 0, bytes: 'A', encoding: 'BASE64' }] }],
    ['bytes that are no hex', { filters: [{ offset: 0, bytes: 'abc', encoding: 'HEX' }] }],
    ['too many bytes', { filters: [{ offset: 0, bytes: 'ab'.repeat(129), encoding: 'HEX' }] }],
    ['very many bytes', { filters: [{ offset: 0, bytes: 'z'.repeat(500_000) }] }],
    ['a negative size', { dataSize: -1 }],
  ])('refuses a search by %s', async (_name, variables) => {
    door.network.raced.length = 0;
    const { errors } = await door.ask(SEARCH, variables);
    expect(errors?.[0]?.extensions.code).toBe('INVALID_ARGUMENT');
    expect(door.network.raced).toEqual([]);
  });

  it.each([
    ['neither program nor index', '(first: 1)'],
    ['index and search', `(index: { name: STAKE_BY_STAKER, key: "${WALLET}" }, dataSize: 1)`],
  ])('refuses a list of %s', async (_name, args) => {
    const { errors } = await door.ask(`{ programAccounts${args} { nodes { address } } }`);
    expect(errors?.[0]?.extensions.code).toBe('INVALID_ARGUMENT');
  });
});
