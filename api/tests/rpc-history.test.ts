// History of a real network over localnet through the front door: archives that follow the chain say of
// its blocks, of the transactions of an address, of versions and balances what the chain's own RPC does.
import { SPL_TOKEN_PROGRAM } from '@streamsync/program-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GraphqlBody } from './support/front-door.ts';
import { type RealNetwork, startRealNetwork, until } from './support/real-network.ts';

// biome-ignore lint/suspicious/noExplicitAny: JSON-RPC results are read as they come
type Json = any;

let network: RealNetwork;
let demo: Readonly<Record<string, string>>;

beforeAll(async () => {
  network = await startRealNetwork(null);
  demo = network.localnet?.demo ?? {};
}, 90_000);
afterAll(() => network?.stop());

async function rpc(method: string, ...params: readonly unknown[]): Promise<Json> {
  const response = await fetch(network.localnet?.httpUrl ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = (await response.json()) as Json;
  expect(error).toBeUndefined();
  return result;
}

const confirmed = { commitment: 'confirmed' };

/** Asks until enough nodes have applied the slot. */
function askAt(query: string, variables: Record<string, unknown> = {}): Promise<GraphqlBody> {
  return until('the nodes have applied the slot', async () => {
    const answer = await network.ask(query, variables);
    return answer.errors?.[0]?.extensions.code === 'FUTURE_SLOT' ? null : answer;
  });
}

async function pageThrough(query: string, variables: Record<string, unknown>): Promise<Json[]> {
  const nodes: Json[] = [];
  let after: string | null = null;
  do {
    const { data, errors }: GraphqlBody = await askAt(query, { ...variables, after });
    expect(errors).toBeUndefined();
    nodes.push(...data.list.nodes);
    after = data.list.pageInfo.hasNextPage ? data.list.pageInfo.endCursor : null;
  } while (after !== null);
  return nodes;
}

/** The slots that every operator's archive holds to the newest. */
async function heldRange(): Promise<{ slotFirst: string; slotLast: string }> {
  return until('three archives hold a stretch of some slots', async () => {
    const { data, errors } = await network.ask('{ blocks(first: 1) { slotFirst slotLast } }');
    if (errors !== undefined) return null;
    return BigInt(data.blocks.slotLast) - BigInt(data.blocks.slotFirst) >= 8n ? data.blocks : null;
  });
}

describe('history over localnet', () => {
  it('is published by the archives, and by nobody else', async () => {
    const range = await heldRange();
    const { data } = await network.ask(
      '{ nodes { specialisation historyRanges { slotFirst slotLast } } }',
    );
    for (const { specialisation, historyRanges } of data.nodes) {
      if (specialisation !== 'archive') expect(historyRanges).toEqual([]);
      else
        expect(BigInt(historyRanges.at(-1).slotLast)).toBeGreaterThanOrEqual(
          BigInt(range.slotLast),
        );
    }
  });

  it('has the blocks that getBlock states, by range and by slot', async () => {
    const range = await heldRange();
    const blocks = await pageThrough(
      `query($slotFirst: Slot, $slotLast: Slot, $after: String) {
        list: blocks(slotFirst: $slotFirst, slotLast: $slotLast, order: OLDEST_FIRST, first: 5, after: $after) {
          nodes { slot parentSlot blockhash previousBlockhash blockTime blockHeight transactionCount transactions(first: 100) { totalCount nodes { signature } } }
          pageInfo { hasNextPage endCursor } } }`,
      range,
    );
    const slots = await rpc(
      'getBlocks',
      Number(range.slotFirst),
      Number(range.slotLast),
      confirmed,
    );
    expect(blocks.map(({ slot }) => Number(slot))).toEqual(slots);
    for (const block of blocks) {
      const stated = await rpc('getBlock', Number(block.slot), {
        ...confirmed,
        transactionDetails: 'signatures',
        rewards: false,
        maxSupportedTransactionVersion: 0,
      });
      expect(block).toMatchObject({
        parentSlot: String(stated.parentSlot),
        blockhash: stated.blockhash,
        transactionCount: stated.signatures.length,
      });
      const { totalCount, nodes } = block.transactions;
      expect(totalCount).toBe(stated.signatures.length);
      expect(nodes.map(({ signature }: Json) => signature)).toEqual(
        stated.signatures.slice(0, 100),
      );
      const one = await network.ask(`{ block(slot: ${block.slot}) { blockhash } }`);
      expect(one.data.block).toEqual({ blockhash: stated.blockhash });
    }
  });

  it('lists the transactions of an address as getSignaturesForAddress does, and counts them', async () => {
    const range = await heldRange();
    const query = `query($address: Address!, $slotFirst: Slot, $slotLast: Slot, $order: HistoryOrder! = NEWEST_FIRST, $after: String) {
      list: transactions(address: $address, slotFirst: $slotFirst, slotLast: $slotLast, order: $order, first: 7, after: $after) {
        totalCount nodes { signature slot } pageInfo { hasNextPage endCursor } } }`;
    const stated: Json[] = (await rpc('getSignaturesForAddress', demo.owner, confirmed)).filter(
      ({ slot }: Json) => slot >= Number(range.slotFirst) && slot <= Number(range.slotLast),
    );
    const expected = stated.map(({ signature, slot }) => ({ signature, slot: String(slot) }));
    const asked = { address: demo.owner, ...range };
    expect(await pageThrough(query, asked)).toEqual(expected);
    expect(await pageThrough(query, { ...asked, order: 'OLDEST_FIRST' })).toEqual(
      expected.toReversed(),
    );
    const { data } = await network.ask(query, asked);
    expect(data.list.totalCount).toBe(expected.length);
    expect(expected.length).toBeGreaterThan(0);
  });

  it('keeps the versions of an account, and the chain of its balance', async () => {
    const read = async () => {
      const asked = { ...confirmed, encoding: 'base64', withContext: true };
      const { context, value } = await rpc('getProgramAccounts', SPL_TOKEN_PROGRAM, asked);
      const data = value.map(({ pubkey, account }: Json) => [pubkey, account.data[0]]);
      return { slot: context.slot, data: new Map<string, string>(data) };
    };
    // Archives know an account's writes since they follow the chain: the one that is looked for has
    // been written twice since then.
    let older = await read();
    const { stated, data } = await until('a token account has two known versions', async () => {
      const newer = await read();
      const moved = [...newer.data].find(
        ([pubkey, bytes]) => older.data.has(pubkey) && older.data.get(pubkey) !== bytes,
      );
      older = newer;
      if (moved === undefined) return null;
      const { data, errors } = await askAt(
        `query($account: Address!, $slot: Slot!) @slot(at: $slot) {
          account(address: $account) {
            data
            history(first: 5) { nodes { slot account { __typename data lastWriteSlot } } }
          } }`,
        { account: moved[0], slot: String(newer.slot) },
      );
      expect(errors).toBeUndefined();
      return data.account.history.nodes.length > 1 ? { stated: moved[1], data } : null;
    });
    const { nodes } = data.account.history;
    expect(data.account.data).toBe(stated);
    expect(nodes[0].account).toEqual({
      __typename: expect.stringMatching(/^(TokenAccount|Mint)$/),
      data: stated,
      lastWriteSlot: nodes[0].slot,
    });
    expect(nodes[1].account.data).not.toBe(nodes[0].account.data);

    const { slotFirst } = await heldRange();
    const entries = await pageThrough(
      `query($address: Address!, $slotFirst: Slot, $after: String) {
        list: balanceHistory(address: $address, slotFirst: $slotFirst, order: OLDEST_FIRST, first: 6, after: $after) {
          nodes { preAmount postAmount transaction { signature } } pageInfo { hasNextPage endCursor } } }`,
      { address: demo.owner, slotFirst },
    );
    expect(entries.length).toBeGreaterThan(0);
    for (const [index, { preAmount, transaction }] of entries.entries()) {
      expect(transaction.signature).toEqual(expect.any(String));
      if (index > 0) expect(preAmount).toBe(entries[index - 1].postAmount);
    }
  });

  it('finds by search what getProgramAccounts finds by its filters, and counts lists', async () => {
    const filters = [{ dataSize: 165 }, { memcmp: { offset: 32, bytes: demo.owner } }];
    const asked = { ...confirmed, encoding: 'base64', withContext: true };
    const { context, value } = await rpc('getProgramAccounts', SPL_TOKEN_PROGRAM, {
      ...asked,
      filters,
    });
    const found = await pageThrough(
      `query($slot: Slot!, $owner: String!, $after: String) @slot(at: $slot) {
        list: programAccounts(program: "${SPL_TOKEN_PROGRAM}", filters: [{ offset: 32, bytes: $owner }], dataSize: 165, first: 2, after: $after) {
          nodes { address data } pageInfo { hasNextPage endCursor } } }`,
      { slot: String(context.slot), owner: demo.owner },
    );
    const stated = new Map(
      value.map(({ pubkey, account }: Json) => [pubkey, account.data[0]]) as [string, string][],
    );
    expect(new Map(found.map(({ address, data }) => [address, data]))).toEqual(stated);
    expect(found).toHaveLength(stated.size);
    expect(stated.size).toBeGreaterThan(0);

    const all = await rpc('getProgramAccounts', SPL_TOKEN_PROGRAM, asked);
    const { data, errors } = await askAt(
      `query($slot: Slot!) @slot(at: $slot) {
        programAccounts(program: "${SPL_TOKEN_PROGRAM}", first: 1) { totalCount }
        index: programAccounts(index: { name: VOTE_BY_IDENTITY, key: "${demo.owner}" }) { totalCount nodes { address } } }`,
      { slot: String(all.context.slot) },
    );
    expect(errors).toBeUndefined();
    expect(data.programAccounts.totalCount).toBe(all.value.length);
    expect(data.index).toEqual({ totalCount: 0, nodes: [] });
  });

  it('refuses what the archives do not hold, and says what they do', async () => {
    const { slotFirst } = await heldRange();
    const before = String(BigInt(slotFirst) - 1n);
    const { data, errors } = await network.ask(
      `{ blocks(slotFirst: "${before}") { nodes { slot } } }`,
    );
    expect(data).toEqual({ blocks: null });
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'HISTORY_NOT_COVERED',
      context: { slotFirst: before, covered: expect.stringContaining(slotFirst) },
    });
  });
});
