// Every block of the corpus and every transaction of every block through the front door, raced and
// verified, and the histories of addresses, against a plain reading of the same JSON.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectHistories } from './support/ask-histories.ts';
import {
  type CorpusNetwork,
  DEADLINE,
  isCorpusAbsent,
  STARTED_MS_MAX,
  startCorpusNetwork,
} from './support/corpus-network.ts';
import type { GraphqlBody } from './support/front-door.ts';
import { type PlainBlock, type PlainTransaction, plainJson } from './support/plain-blocks.ts';
import { historiesOf } from './support/plain-histories.ts';
import { shuffled } from './support/seeded.ts';

const PAGE_ENTRIES = 100;
/** Below the limit of 32 aliases, and a multiple of what one race takes. */
const SLOTS_PER_QUERY = 20;
/** How many blocks are asked for at the same time. */
const IN_FLIGHT = 3;
/** Of each run, with tokens and without; corpus-history.long.test.ts reads all addresses. */
const SAMPLED_ADDRESSES = Number(process.env.STREAMSYNC_CORPUS_ADDRESSES ?? 40);
/** System, Vote, Stake, SPL Token, associated token accounts, compute budget, memo. */
const TYPED_PROGRAMS = [
  '11111111111111111111111111111111',
  'Vote111111111111111111111111111111111111111',
  'Stake11111111111111111111111111111111111111',
  'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
  'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL',
  'ComputeBudget111111111111111111111111111111',
  'MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr',
];
/** A program's or a sysvar's list is long: of these the sample has one. */
const LONG_ENTRIES = 1_000;

const BLOCK_FIELDS =
  '{ slot parentSlot blockhash previousBlockhash blockTime blockHeight transactionCount }';

const textOrNull = (value: unknown): string | null => (value == null ? null : String(value));

const statedBlock = ({ slot, parentSlot, json, transactions }: PlainBlock) => ({
  slot: String(slot),
  parentSlot: String(parentSlot),
  blockhash: json.blockhash,
  previousBlockhash: json.previousBlockhash,
  blockTime: textOrNull(json.blockTime),
  blockHeight: textOrNull(json.blockHeight),
  transactionCount: transactions.length,
});

const TRANSACTIONS = `query($slot: Slot!, $after: String) ${DEADLINE} {
  block(slot: $slot) { transactions(first: ${PAGE_ENTRIES}, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      signature signatures slot blockIndex blockTime version recentBlockhash accountKeys
      feeLamports succeeded error computeUnits logs
      balanceChanges { address preLamports postLamports changeLamports }
      tokenBalanceChanges { address mint tokenOwner decimals preAmount postAmount change }
      instructions(includeInner: true) {
        stackHeight programId accounts { address } data
        parsed { __typename } raw { reason }
      }
    }
  } }
}`;

/** In the order of the query's fields, without what instructions mean. */
const statedTransaction = (block: PlainBlock, transaction: PlainTransaction) => ({
  signature: transaction.signature,
  signatures: transaction.signatures,
  slot: String(block.slot),
  blockIndex: transaction.blockIndex,
  blockTime: textOrNull(block.json.blockTime),
  version: transaction.version,
  recentBlockhash: transaction.recentBlockhash,
  accountKeys: transaction.accountKeys,
  feeLamports: String(transaction.meta.fee),
  succeeded: transaction.meta.err === null,
  error: transaction.meta.err === null ? null : JSON.stringify(transaction.meta.err),
  computeUnits: textOrNull(transaction.meta.computeUnitsConsumed),
  logs: transaction.meta.logMessages ?? null,
  balanceChanges: transaction.lamports.map(([address, preLamports, postLamports]) => ({
    address,
    preLamports,
    postLamports,
    changeLamports: String(BigInt(postLamports) - BigInt(preLamports)),
  })),
  tokenBalanceChanges: transaction.tokens,
  instructions: transaction.instructions.map(({ stackHeight, programId, accounts, data }) => ({
    stackHeight,
    programId,
    accounts: accounts.map((address) => ({ address })),
    data,
  })),
});

/** How often each meaning was seen: a type's name, or the reason why there is none. */
type Meanings = Map<string, number>;

interface ServedInstruction {
  readonly programId: string;
  readonly parsed: { readonly __typename: string } | null;
  readonly raw: { readonly reason: string } | null;
}

/** Takes the meanings out of a served transaction: each instruction has a type or a reason. */
function takeMeanings(
  transaction: { readonly instructions: ServedInstruction[] },
  meanings: Meanings,
) {
  const instructions = transaction.instructions.map(({ parsed, raw, ...rest }) => {
    const isOne = (parsed === null) !== (raw === null);
    const meaning = isOne
      ? (parsed?.__typename ?? `${raw?.reason} of ${rest.programId}`)
      : 'neither or both';
    meanings.set(meaning, (meanings.get(meaning) ?? 0) + 1);
    return rest;
  });
  return { ...transaction, instructions };
}

function expectVerified({ errors, extensions }: GraphqlBody, what: string): void {
  expect(errors, what).toBeUndefined();
  const races = extensions?.streamsync.races ?? [];
  expect(races.length, what).toBeGreaterThan(0);
  for (const race of races) expect(race.verifiers.length, what).toBeGreaterThan(0);
}

/** Runs over the items, some at the same time, in their order. */
async function eachOf<Item>(items: readonly Item[], visit: (item: Item) => Promise<void>) {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      for (const item of rest) await visit(item);
    }),
  );
}

describe.skipIf(isCorpusAbsent)('the history of the corpus through the front door', () => {
  let corpus: CorpusNetwork;

  beforeAll(async () => {
    corpus = await startCorpusNetwork();
  }, STARTED_MS_MAX);
  afterAll(() => corpus?.network.stop());

  it('has each block as its JSON, null where a parent link proves a skip, and else an error', {
    timeout: 120_000,
  }, async () => {
    const { network, blocks, runs, excerpts } = corpus;
    expect(blocks.length).toBeGreaterThan(200);
    expect(runs.length).toBe(6);
    const bySlot = new Map(blocks.map((block) => [block.slot, block]));
    const held = new Set<number>();
    for (const { slotFirst, slotLast } of runs) {
      for (let slot = slotFirst; slot <= slotLast; slot += 1) held.add(slot);
    }
    const around = runs.flatMap(({ slotFirst, slotLast }) => [slotFirst - 1, slotLast + 1]);
    const tip = Math.max(...blocks.map(({ slot }) => slot));
    const asked = [...held, ...around, ...excerpts.map(({ slot }) => slot)];
    let skipped = 0;
    for (let at = 0; at < asked.length; at += SLOTS_PER_QUERY) {
      const slots = asked.slice(at, at + SLOTS_PER_QUERY);
      const fields = slots.map((slot) => `b${slot}: block(slot: "${slot}") ${BLOCK_FIELDS}`);
      const { data, errors = [] } = await network.ask(`query ${DEADLINE} { ${fields.join(' ')} }`);
      const codes = new Map(errors.map(({ path, extensions }) => [path?.[0], extensions.code]));
      for (const slot of slots) {
        const block = bySlot.get(slot);
        const code = held.has(slot)
          ? undefined
          : slot > tip
            ? 'FUTURE_SLOT'
            : 'HISTORY_NOT_COVERED';
        expect(codes.get(`b${slot}`), `slot ${slot}`).toBe(code);
        expect(data[`b${slot}`], `slot ${slot}`).toEqual(block ? statedBlock(block) : null);
        if (held.has(slot) && block === undefined) skipped += 1;
      }
    }
    expect(skipped).toBeGreaterThan(15);
  });

  it('lists the blocks of each run in both orders, and refuses a list across what was left out', {
    timeout: 120_000,
  }, async () => {
    const { network, runs } = corpus;
    const query = `query($slotFirst: Slot!, $slotLast: Slot!, $order: HistoryOrder!, $after: String) ${DEADLINE} {
      blocks(slotFirst: $slotFirst, slotLast: $slotLast, order: $order, after: $after, first: 37) {
        slotFirst slotLast pageInfo { hasNextPage endCursor } nodes ${BLOCK_FIELDS}
      }
    }`;
    for (const { slotFirst, slotLast, blocks } of runs) {
      for (const order of ['OLDEST_FIRST', 'NEWEST_FIRST']) {
        const nodes: unknown[] = [];
        let after: string | null = null;
        do {
          const answer: GraphqlBody = await network.ask(query, {
            slotFirst: String(slotFirst),
            slotLast: String(slotLast),
            order,
            after,
          });
          expectVerified(answer, `blocks from ${slotFirst}`);
          const { pageInfo, ...list } = answer.data.blocks;
          expect(list).toMatchObject({
            slotFirst: String(slotFirst),
            slotLast: String(slotLast),
          });
          nodes.push(...list.nodes);
          after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
        } while (after !== null);
        const stated = blocks.map(statedBlock);
        expect(nodes).toEqual(order === 'OLDEST_FIRST' ? stated : stated.toReversed());
      }
    }
    for (const [index, { slotLast }] of runs.slice(0, -1).entries()) {
      const next = runs[index + 1];
      const { data, errors } = await network.ask(query, {
        slotFirst: String(slotLast),
        slotLast: String(next?.slotFirst),
        order: 'OLDEST_FIRST',
      });
      expect(data).toEqual({ blocks: null });
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['HISTORY_NOT_COVERED']);
    }
  });

  it('has every transaction of every block as its JSON, in order, and every instruction typed or raw', {
    timeout: 400_000,
  }, async () => {
    const { network, blocks } = corpus;
    const meanings: Meanings = new Map();
    let transactions = 0;
    let tokenChanges = 0;
    await eachOf(blocks, async (block) => {
      const slot = String(block.slot);
      const stated = block.transactions;
      let at = 0;
      for (let after: string | null = null; at < stated.length; ) {
        const answer = await network.ask(TRANSACTIONS, { slot, after });
        expectVerified(answer, `transactions of ${slot} from ${at} on`);
        const { totalCount, pageInfo, nodes } = answer.data.block.transactions;
        expect(totalCount).toBe(stated.length);
        expect(nodes.length).toBeGreaterThan(0);
        for (const node of nodes) {
          const expected = statedTransaction(block, stated[at] as PlainTransaction);
          const found = takeMeanings(node, meanings);
          // Texts, because a deep equality of 70,000 transactions takes minutes.
          if (JSON.stringify(found) !== JSON.stringify(expected)) {
            expect(found, `${block.file}, transaction ${at}`).toEqual(expected);
            expect.fail(`${block.file}, transaction ${at}: fields in another order`);
          }
          at += 1;
          tokenChanges += expected.tokenBalanceChanges.length;
        }
        expect(pageInfo.hasNextPage, `${slot} after ${at}`).toBe(at < stated.length);
        after = pageInfo.endCursor;
      }
      transactions += at;
    });
    expect(transactions).toBeGreaterThan(70_000);
    expect(tokenChanges).toBeGreaterThan(2_500);
    expect(meanings.get('neither or both')).toBeUndefined();
    const typed = [...meanings].filter(([meaning]) => !meaning.includes(' of '));
    expect(new Map(typed).get('VoteVote')).toBeGreaterThan(50_000);
    expect(typed.length).toBeGreaterThan(30);
    // Nothing that the chain ran of a program with a table is left as bytes.
    const raw = [...meanings.keys()].filter((meaning) => meaning.includes(' of '));
    expect(raw.filter((meaning) => !meaning.startsWith('UNKNOWN_PROGRAM of '))).toEqual([]);
    expect(raw.filter((meaning) => TYPED_PROGRAMS.some((each) => meaning.includes(each)))).toEqual(
      [],
    );
  });

  it('has the whole history of the addresses of blocks, in both orders', {
    timeout: 240_000,
  }, async () => {
    const { network, runs } = corpus;
    let entries = 0;
    for (const run of runs) {
      const all = shuffled([...historiesOf(run)]);
      const isLong = ([, { transactions }]: (typeof all)[number]) =>
        transactions.length > LONG_ENTRIES;
      const short = all.filter((each) => !isLong(each));
      const sample = [
        ...short.filter(([, { tokens }]) => tokens.size > 0).slice(0, SAMPLED_ADDRESSES),
        ...short.filter(([, { tokens }]) => tokens.size === 0).slice(0, SAMPLED_ADDRESSES),
        ...all.filter(isLong).slice(0, 1),
      ];
      entries += await expectHistories(network, run, sample, 'OLDEST_FIRST');
      entries += await expectHistories(network, run, sample.slice(0, 10), 'NEWEST_FIRST');
    }
    process.stdout.write(`${entries} entries of the histories of addresses\n`);
    expect(entries).toBeGreaterThan(5_000);
  });

  it('keeps excerpts of blocks out of history, and serves what they hold by signature', {
    timeout: 60_000,
  }, async () => {
    const { network, excerpts } = corpus;
    expect(excerpts.length).toBe(3);
    let count = 0;
    for (const excerpt of excerpts) {
      for (const { transaction, meta } of plainJson(excerpt.file).transactions) {
        const answer = await network.ask(
          `query ${DEADLINE} { transaction(signature: "${transaction.signatures[0]}") { slot blockIndex feeLamports } }`,
        );
        expectVerified(answer, excerpt.file);
        expect(answer.data.transaction).toEqual({
          slot: String(excerpt.slot),
          blockIndex: null,
          feeLamports: String(meta.fee),
        });
        count += 1;
      }
    }
    expect(count).toBe(12);
  });

  it('knows no versions of accounts, since blocks do not state them', {
    timeout: 90_000,
  }, async () => {
    const { network, runs } = corpus;
    const run = runs.at(-1);
    const address = run?.blocks[0]?.transactions[0]?.accountKeys[0];
    const { data, errors } = await network.ask(
      `{ accountHistory(address: "${address}", slotFirst: "${run?.slotFirst}") { nodes { slot } } }`,
    );
    expect(data).toEqual({ accountHistory: null });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['HISTORY_NOT_COVERED']);
  });
});
