// A real network over localnet through the front door: what it serves equals what the chain's own RPC
// says at the same slot, and what it cannot know or should not be asked is a code or a null.
import { addressFromBytes, signatureFromBytes } from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM, TOKEN_2022_PROGRAM } from '@streamsync/program-parser';
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
  // Nodes race before their archives have fetched what lies before their first slot.
  await until('the archives have fetched the history back to genesis', async () => {
    const { errors } = await network.ask(
      `{ transaction(signature: "${demo.signature}") { slot } }`,
    );
    return errors === undefined;
  });
}, 120_000);
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

/** Asks until enough nodes have applied the slot. */
function askAt(query: string, variables: Record<string, unknown> = {}): Promise<GraphqlBody> {
  return until('the nodes have applied the slot', async () => {
    const answer = await network.ask(query, variables);
    const isAhead = answer.errors?.[0]?.extensions.code === 'FUTURE_SLOT';
    return isAhead ? null : answer;
  });
}

const ACCOUNT_FIELDS = 'address lamports owner executable data(encoding: BASE64)';
const accountOf = ({ pubkey, account }: Json) => ({
  address: pubkey,
  lamports: String(account.lamports),
  owner: account.owner,
  executable: account.executable,
  data: account.data[0],
});
const byAddress = (left: { address: string }, right: { address: string }) =>
  left.address < right.address ? -1 : 1;

/** The whole of a list at a slot, page by page. */
async function listAt(slot: number, field: string): Promise<Json[]> {
  const found: Json[] = [];
  let after: string | null = null;
  do {
    const { data, errors }: GraphqlBody = await askAt(
      `query($slot: Slot!, $after: String) @slot(at: $slot) { list: ${field.replace(')', ', first: 100, after: $after)')} {
        edges { ${field.startsWith('token') ? 'account' : 'node'} { ${ACCOUNT_FIELDS} } }
        pageInfo { hasNextPage endCursor } } }`,
      { slot: String(slot), after },
    );
    expect(errors).toBeUndefined();
    found.push(...data.list.edges.map(({ account, node }: Json) => account ?? node));
    after = data.list.pageInfo.hasNextPage ? data.list.pageInfo.endCursor : null;
  } while (after !== null);
  return found.sort(byAddress);
}

describe('a network over localnet', () => {
  const confirmed = { commitment: 'confirmed', encoding: 'base64' };

  it('serves a transaction with what getTransaction says of it', async () => {
    const stated = await rpc('getTransaction', demo.signature, {
      commitment: 'confirmed',
      encoding: 'json',
      maxSupportedTransactionVersion: 0,
    });
    const { data, errors, extensions } = await network.ask(
      `{ transaction(signature: "${demo.signature}") { signature slot blockTime feeLamports succeeded error accountKeys balanceChanges { address preLamports postLamports } logs } }`,
    );
    expect(errors).toBeUndefined();
    const { meta, transaction, slot, blockTime } = stated;
    const keys: string[] = transaction.message.accountKeys;
    expect(data.transaction).toEqual({
      signature: demo.signature,
      slot: String(slot),
      blockTime: String(blockTime),
      feeLamports: String(meta.fee),
      succeeded: true,
      error: null,
      accountKeys: keys,
      balanceChanges: keys.map((address, index) => ({
        address,
        preLamports: String(meta.preBalances[index]),
        postLamports: String(meta.postBalances[index]),
      })),
      logs: meta.logMessages,
    });
    expect(meta.fee).toBeGreaterThan(0);
    expect(extensions?.streamsync.races[0].verifiers.length).toBeGreaterThan(0);
  });

  it('lists the accounts of an owner and of a program as RPC does at the same slot', async () => {
    for (const program of [SPL_TOKEN_PROGRAM, TOKEN_2022_PROGRAM]) {
      const { context, value } = await rpc('getProgramAccounts', program, {
        ...confirmed,
        withContext: true,
      });
      expect(value.length).toBeGreaterThan(1);
      expect(await listAt(context.slot, `programAccounts(program: "${program}")`)).toEqual(
        value.map(accountOf).sort(byAddress),
      );
    }
    // Two calls are one answer only where no slot closed between them.
    const owned: Json[] = await until('both answers hold at one slot', async () => {
      const answers = await Promise.all(
        [SPL_TOKEN_PROGRAM, TOKEN_2022_PROGRAM].map((programId) =>
          rpc('getTokenAccountsByOwner', demo.owner, { programId }, confirmed),
        ),
      );
      return new Set(answers.map(({ context }) => context.slot)).size === 1 ? answers : null;
    });
    const listed = await listAt(owned[0].context.slot, `tokenAccounts(owner: "${demo.owner}")`);
    const stated = owned.flatMap(({ value }) => value.map(accountOf)).sort(byAddress);
    expect(listed).toEqual(stated);
    expect(listed.length).toBeGreaterThan(1);
  });

  it('serves an older slot with what RPC said at that slot', async () => {
    const read = async () => {
      const { context, value } = await rpc('getProgramAccounts', SPL_TOKEN_PROGRAM, {
        ...confirmed,
        withContext: true,
      });
      return { slot: context.slot, accounts: new Map<string, Json>(value.map(pairOf)) };
    };
    const older = await read();
    // Until the activity has changed an account, an answer of the newest slot would do as well.
    const changed = await until('an account changes', async () => {
      const { accounts } = await read();
      const moved = [...older.accounts].filter(
        ([address, { data }]) => accounts.has(address) && accounts.get(address).data !== data,
      );
      return moved.length === 0 ? null : moved;
    });
    for (const [address, stated] of changed.slice(0, 5)) {
      const { data, errors } = await askAt(
        `{ account(address: "${address}", slot: "${older.slot}") { slot ${ACCOUNT_FIELDS} } }`,
      );
      expect(errors).toBeUndefined();
      expect(data.account).toEqual({ slot: String(older.slot), ...stated });
    }
  });

  const stranger = addressFromBytes(new Uint8Array(32).fill(77));
  const unknown = signatureFromBytes(new Uint8Array(64).fill(77));

  it('knows what does not exist: null, an empty list, and no error', async () => {
    const { data, errors } = await network.ask(
      `{ account(address: "${stranger}") { slot } transaction(signature: "${unknown}") { slot } tokenAccounts(owner: "${stranger}") { edges { cursor } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({ account: null, transaction: null, tokenAccounts: { edges: [] } });
  });

  it.each([
    ['a malformed address', '{ account(address: "nonsense") { slot } }', 'INVALID_ADDRESS'],
    [
      'a malformed signature',
      '{ transaction(signature: "nonsense") { slot } }',
      'INVALID_SIGNATURE',
    ],
    [
      'a future slot',
      `{ account(address: "${stranger}", slot: "9999999999") { slot } }`,
      'FUTURE_SLOT',
    ],
    [
      'a slot before history',
      `{ account(address: "${stranger}", slot: "1") { slot } }`,
      'HISTORY_NOT_COVERED',
    ],
    [
      'a cursor that is none',
      `{ tokenAccounts(owner: "${stranger}", after: "nonsense") { edges { cursor } } }`,
      'INVALID_CURSOR',
    ],
  ])('answers %s with its code', async (_name, query, code) => {
    const { errors } = await network.ask(query);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual([code]);
  });

  it("answers another list's cursor with its code", async () => {
    const { data } = await network.ask(
      `{ programAccounts(program: "${SPL_TOKEN_PROGRAM}", first: 1) { pageInfo { endCursor } } }`,
    );
    const after = data.programAccounts.pageInfo.endCursor;
    expect(after).toEqual(expect.any(String));
    for (const field of [
      `programAccounts(program: "${TOKEN_2022_PROGRAM}", after: "${after}")`,
      `tokenAccounts(owner: "${demo.owner}", after: "${after}")`,
    ]) {
      const { errors } = await network.ask(`{ ${field} { edges { cursor } } }`);
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['INVALID_CURSOR']);
    }
  });
});

function pairOf(entry: Json): [string, Json] {
  return [entry.pubkey, accountOf(entry)];
}
