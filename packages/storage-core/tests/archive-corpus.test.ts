// Real blocks: for every one of the corpus's mainnet, what the archive answers is what its JSON says.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Address, type BalanceEntry, parseSlot, type SlotUpdate } from '@streamsync/domain';
import { silentLog } from '@streamsync/runtime';
import { createFolderSource } from '@streamsync/solana-indexer';
import { decodeBlockItem, decodeTransactionItem } from '@streamsync/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArchiveUnderTest, type Span } from './support/archive-under-test.ts';
import {
  type BlockJson,
  excerptSlots,
  lamportEntries,
  type PlainEntry,
  type PlainTransaction,
  plainTransactions,
  readBlocks,
  tokenEntries,
  tokenKeys,
} from './support/block-json.ts';

const corpus =
  process.env.STREAMSYNC_CORPUS ?? join(import.meta.dirname, '../../../../shared/corpus');
const folder = join(corpus, 'blocks/mainnet');
const isAbsent = !existsSync(folder);
if (isAbsent) process.stdout.write(`SKIPPED: no corpus in ${corpus}; set STREAMSYNC_CORPUS.\n`);

/** Blocks whose addresses are all asked for. */
const SAMPLED_SLOTS = [39824205, 55065149, 254170887];
/** Of an address's list: several pages of the busiest, one of most. */
const LIMIT = 100;
/** A tip so far above that every block is sealed. */
const TIP = parseSlot(254_171_887);

const plain = (entries: readonly BalanceEntry[]): PlainEntry[] =>
  entries.map(({ slot, blockIndex, signature, address, preAmount, postAmount }) => ({
    slot: Number(slot),
    index: blockIndex,
    signature,
    address,
    pre: preAmount?.toString() ?? null,
    post: postAmount?.toString() ?? null,
  }));

describe.skipIf(isAbsent)('the archive of the mainnet blocks', () => {
  let updates: SlotUpdate[];
  let blocks: BlockJson[];
  let whole: BlockJson[];
  const archives: ArchiveUnderTest[] = [];

  beforeAll(async () => {
    const source = createFolderSource({ blocks: folder, log: silentLog });
    updates = [];
    for await (const event of source.events({
      signal: new AbortController().signal,
      cursor: null,
    })) {
      if (event.kind === 'slot') updates.push(event.update);
    }
    blocks = readBlocks(folder);
    const excerpts = excerptSlots(corpus);
    whole = blocks.filter(({ slot }) => !excerpts.has(slot));
  }, 120_000);
  afterAll(async () => {
    for (const archive of archives) await archive.end();
  });

  const newArchive = () => {
    const archive = new ArchiveUnderTest();
    archives.push(archive);
    return archive;
  };
  const tip = (): SlotUpdate => ({
    ...(updates.at(-1) as SlotUpdate),
    slot: TIP,
    parentSlot: updates.at(-1)?.slot ?? null,
    transactions: [],
  });

  /** Runs of blocks that are linked by their parents, in the JSON. */
  const runs = (): BlockJson[][] => {
    const found: BlockJson[][] = [];
    for (const block of whole) {
      const run = found.at(-1);
      if (run?.at(-1)?.slot === block.parentSlot) run.push(block);
      else found.push([block]);
    }
    return found;
  };

  const expectHistory = async (archive: ArchiveUnderTest, sampled: readonly number[]) => {
    for (const run of runs()) {
      const span: Span = {
        slotFirst: parseSlot(run[0]?.slot as number),
        slotLast: parseSlot(run.at(-1)?.slot as number),
      };
      const held = new Map<number, BlockJson>(run.map((block) => [block.slot, block]));
      for (let slot = Number(span.slotFirst); slot <= Number(span.slotLast); slot += 1) {
        const block = held.get(slot) ?? null;
        expectBlock(archive, slot, block);
      }
      const transactions = run.flatMap(plainTransactions);
      const asked = transactions.filter(({ slot }) => sampled.includes(slot));
      await expectAddresses(archive, span, transactions, asked);
    }
  };

  const expectBlock = (archive: ArchiveUnderTest, slot: number, block: BlockJson | null) => {
    const item = archive.store.history.block(parseSlot(slot));
    if (item === 'notCovered') throw new Error(`slot ${slot} is not covered`);
    const found = decodeBlockItem(item);
    if (block === null) {
      expect(found).toBeNull();
      return;
    }
    expect(found).toMatchObject({
      parentSlot: BigInt(block.parentSlot),
      blockhash: block.blockhash,
      previousBlockhash: block.previousBlockhash,
      blockTimeSeconds: block.blockTime === null ? null : BigInt(block.blockTime),
      blockHeight: block.blockHeight === null ? null : BigInt(block.blockHeight),
      transactionCount: block.transactions.length,
    });
    const signatures: unknown[] = [];
    for (let afterIndex: number | null = null; ; ) {
      const page = archive.store.history.transactionsOfSlot(parseSlot(slot), afterIndex, LIMIT);
      if (page === 'notCovered') throw new Error(`slot ${slot} is not covered`);
      signatures.push(...page.entries.map((entry) => decodeTransactionItem(entry)?.signature));
      afterIndex = signatures.length - 1;
      if (!page.more) break;
    }
    expect(signatures).toEqual(plainTransactions(block).map(({ signature }) => signature));
  };

  const expectAddresses = async (
    archive: ArchiveUnderTest,
    span: Span,
    transactions: readonly PlainTransaction[],
    asked: readonly PlainTransaction[],
  ) => {
    const options = { ...span, ascending: true, limit: LIMIT };
    const mentions = new Map<string, PlainTransaction[]>();
    for (const { keys } of asked) for (const key of keys) mentions.set(key, []);
    for (const transaction of transactions) {
      for (const key of new Set(transaction.keys)) mentions.get(key)?.push(transaction);
    }
    for (const [address, mentioned] of mentions) {
      // The busiest addresses stand in every vote; their newest pages say as much as all would.
      const found = await archive.mentionsUpTo(address as Address, options, 5 * LIMIT);
      expect(found).toEqual(mentioned.slice(0, 5 * LIMIT).map(({ signature }) => signature));
      const balances = await archive.lamports(address as Address, options);
      expect(plain(balances)).toEqual(lamportEntries(mentioned, address));
    }
    for (const [address, mint] of tokenKeys(asked).values()) {
      const found = await archive.tokens(address as Address, mint as Address, options);
      expect(plain(found)).toEqual(tokenEntries(transactions, address, mint));
    }
  };

  it('says what their JSON says, of every block and of every address of a sample', async () => {
    const archive = newArchive();
    for (const update of updates) await archive.store.applySlot(update);
    await archive.store.applySlot(tip());
    await archive.store.settle();
    expect(archive.store.stats().blocksInMemory).toBeLessThanOrEqual(1);
    expect(archive.store.historyRanges().slice(0, -1)).toEqual(
      runs()
        .slice(0, -1)
        .map((run) => ({
          slotFirst: BigInt(run[0]?.slot as number),
          slotLast: BigInt(run.at(-1)?.slot as number),
        })),
    );
    await expectHistory(archive, SAMPLED_SLOTS);
    expect(archive.logged).toEqual([]);
  }, 300_000);

  it('says the same of blocks that came out of order, twice, with gaps that were filled', async () => {
    const archive = newArchive();
    await archive.store.applySlot(tip());
    // Every third first, backwards; then all of them; what is held already changes nothing.
    const gaps = updates.filter((_, at) => at % 3 === 0).reverse();
    for (const update of gaps) await archive.store.applyHistory(update);
    await archive.store.settle();
    for (const update of updates) await archive.store.applyHistory(update);
    await archive.reopen();
    await archive.store.settle();
    await expectHistory(archive, [39824205]);
    expect(archive.logged).toEqual([]);
  }, 300_000);
});
