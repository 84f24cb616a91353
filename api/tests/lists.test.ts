// Relay connections through the front door: pages, cursors, batching below them.
import { type Address, addressBytes, addressFromBytes } from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM } from '@streamsync/program-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FrontDoor, openFrontDoor } from './support/front-door.ts';
import { mintState, tokenAccountState } from './support/stand-in-network.ts';

const address = (byte: number) => addressFromBytes(new Uint8Array(32).fill(byte));
const WALLET = address(1);
const STRANGER = address(2);
const MINTS = [address(3), address(4)] as const;
const HELD = 100;

let door: FrontDoor;

beforeAll(async () => {
  door = await openFrontDoor();
  const { accounts } = door.network;
  for (const mint of MINTS) accounts.set(mint, mintState(1_000n, 2));
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
});
