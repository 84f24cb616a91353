import {
  type Address,
  addressBytes,
  parseSlot,
  type Slot,
  type SlotUpdate,
  type TransactionRecord,
} from '@streamsync/domain';
import { decodeBlockItem, encodeTransactionItem } from '@streamsync/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArchiveUnderTest, hexOf, newestFirst, type Span } from './support/archive-under-test.ts';
import {
  ADDRESSES,
  addressOf,
  blockOf,
  chainOfBlocks,
  lamportEntriesIn,
  MINTS,
  mentionsIn,
  tokenEntriesIn,
} from './support/history-model.ts';

const RUNS = 12;
/** So far above a chain's blocks that all of them may be sealed. */
const FAR = 200;
const INDEX_ADDRESSES = [...ADDRESSES, addressOf(201), addressOf(77)];

const itemOf = (record: TransactionRecord) => hexOf(encodeTransactionItem(record));
const slotsOf = (blocks: readonly SlotUpdate[]) => blocks.map(({ slot }) => Number(slot));

function within(blocks: readonly SlotUpdate[], { slotFirst, slotLast }: Span): SlotUpdate[] {
  return blocks.filter(({ slot }) => slot >= slotFirst && slot <= slotLast);
}

async function expectLists(
  archive: ArchiveUnderTest,
  blocks: readonly SlotUpdate[],
  span: Span,
  limit: number,
): Promise<void> {
  const held = within(blocks, span);
  for (const ascending of [true, false]) {
    const options = { ...span, ascending, limit };
    const inOrder = <Entry extends { slot: bigint; blockIndex: number | null }>(
      entries: Entry[],
    ) => (ascending ? entries : newestFirst(entries));
    for (const address of INDEX_ADDRESSES) {
      expect(await archive.transactions(address, options)).toEqual(
        inOrder(mentionsIn(held, address)).map(itemOf),
      );
      expect(await archive.lamports(address, options)).toEqual(
        inOrder(lamportEntriesIn(held, address)),
      );
      for (const mint of MINTS) {
        expect(await archive.tokens(address, mint, options)).toEqual(
          inOrder(tokenEntriesIn(held, address, mint)),
        );
      }
    }
  }
  for (const address of INDEX_ADDRESSES) {
    const { slotFirst, slotLast } = span;
    const count = archive.store.history.transactionCount(
      addressBytes(address),
      slotFirst,
      slotLast,
    );
    expect(await count).toBe(mentionsIn(held, address).length);
  }
}

function expectBlocks(
  archive: ArchiveUnderTest,
  blocks: readonly SlotUpdate[],
  { slotFirst, slotLast }: Span,
): void {
  const { history } = archive.store;
  for (let slot: bigint = slotFirst; slot <= slotLast; slot += 1n) {
    const block = blocks.find((each) => each.slot === slot);
    const item = history.block(slot as Slot);
    if (!(item instanceof Uint8Array)) throw new Error('not covered');
    expect(decodeBlockItem(item)?.blockhash).toBe(block?.blockhash);
    const page = history.transactionsOfSlot(slot as Slot, null, 100);
    if (page === 'notCovered') throw new Error('not covered');
    expect(page.entries.map(hexOf)).toEqual((block?.transactions ?? []).map(itemOf));
  }
  for (const ascending of [true, false]) {
    const page = history.blocks({ slotFirst, slotLast, ascending, after: null, limit: 100 });
    if (page === 'notCovered') throw new Error('not covered');
    const slots = slotsOf(within(blocks, { slotFirst, slotLast }));
    expect(page.entries.map(({ slot }) => Number(slot))).toEqual(
      ascending ? slots : slots.reverse(),
    );
  }
}

/** How blocks come: in any order, some twice, with seals and restarts in between. */
const feeding = chainOfBlocks.chain((blocks) =>
  fc.record({
    blocks: fc.constant(blocks),
    order: fc.shuffledSubarray([...blocks, ...blocks], { minLength: blocks.length }),
    sealAfter: fc.uniqueArray(fc.nat(blocks.length * 2), { maxLength: 4 }),
    reopenAfter: fc.option(fc.nat(blocks.length * 2)),
    limit: fc.integer({ min: 1, max: 7 }),
  }),
);

describe('the history of an archive', () => {
  it('is that of its blocks, whatever their order, seals and restarts, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(feeding, async ({ blocks, order, sealAfter, reopenAfter, limit }) => {
        const archive = new ArchiveUnderTest();
        try {
          const last = Number(blocks.at(-1)?.slot);
          await archive.store.applySlot(blockOf(last + FAR, last));
          for (const [at, block] of [...order, ...blocks].entries()) {
            await archive.store.applyHistory(block);
            if (sealAfter.includes(at)) await archive.store.settle();
            if (reopenAfter === at) await archive.reopen();
          }
          const slotFirst = blocks[0]?.slot as Slot;
          expect(archive.store.historyRanges()).toEqual([
            { slotFirst, slotLast: parseSlot(last + FAR) },
          ]);
          const span = { slotFirst, slotLast: parseSlot(last) };
          await expectLists(archive, blocks, span, limit);
          expectBlocks(archive, blocks, span);
          expect(archive.logged).toEqual([]);
        } finally {
          await archive.end();
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('is answered within what is linked, and not across a gap', async () => {
    await fc.assert(
      fc.asyncProperty(
        chainOfBlocks.filter((blocks) => blocks.length >= 3),
        fc.nat(),
        fc.boolean(),
        async (blocks, gapSeed, seals) => {
          const gap = 1 + (gapSeed % (blocks.length - 2));
          const archive = new ArchiveUnderTest();
          try {
            for (const [at, block] of blocks.entries()) {
              if (at !== gap) await archive.store.applySlot(block);
            }
            const last = Number(blocks.at(-1)?.slot);
            await archive.store.applySlot(blockOf(last + FAR, last));
            if (seals) await archive.store.settle();
            const at = (index: number) => blocks[index]?.slot as Slot;
            expect(archive.store.historyRanges()).toEqual([
              { slotFirst: at(0), slotLast: at(gap - 1) },
              { slotFirst: at(gap + 1), slotLast: parseSlot(last + FAR) },
            ]);
            expect(archive.store.holdsHistory(at(gap))).toBe(false);
            expect(archive.store.history.block(at(gap))).toBe('notCovered');
            const address = ADDRESSES[0] as Address;
            const whole = { slotFirst: at(0), slotLast: parseSlot(last) };
            await expect(
              archive.transactions(address, { ...whole, ascending: true, limit: 5 }),
            ).rejects.toThrow('not covered');
            await expectLists(archive, blocks, { slotFirst: at(0), slotLast: at(gap - 1) }, 3);
            await archive.store.applyHistory(blocks[gap] as SlotUpdate);
            await expectLists(archive, blocks, whole, 3);
          } finally {
            await archive.end();
          }
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('is after a fork that of the blocks that stand', async () => {
    await fc.assert(
      fc.asyncProperty(
        chainOfBlocks,
        fc.nat(),
        fc.boolean(),
        async (blocks, forkSeed, restarts) => {
          const archive = new ArchiveUnderTest();
          try {
            const stands = forkSeed % blocks.length;
            for (const block of blocks.slice(0, stands + 1)) await archive.store.applySlot(block);
            // The fork has blocks of its own at slots of the chain, and beyond its end.
            let parent = Number(blocks[stands]?.slot);
            for (const { slot } of blocks.slice(stands + 1)) {
              const shapes = [{ keys: [0, 1], lamports: [[1n, 2n] as const], tokens: [] }];
              await archive.store.applySlot(blockOf(Number(slot), parent, shapes, 1));
              parent = Number(slot);
            }
            await archive.store.applySlot(blockOf(parent + 1, parent, [], 1));
            if (restarts) await archive.reopen();
            const tail = blockOf(parent + 2, Number(blocks.at(-1)?.slot));
            const chain = [...blocks, tail];
            for (const block of chain.slice(stands + 1)) await archive.store.applySlot(block);
            if (restarts) await archive.reopen();
            const span = { slotFirst: blocks[0]?.slot as Slot, slotLast: tail.slot };
            expect(archive.store.historyRanges()).toEqual([span]);
            await expectLists(archive, chain, span, 4);
            expectBlocks(archive, chain, span);
          } finally {
            await archive.end();
          }
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('claims nothing by polled slots, by excerpts, or by transactions fed singly', async () => {
    const archive = new ArchiveUnderTest();
    try {
      const shapes = [{ keys: [0], lamports: [[1n, 2n] as const], tokens: [] }];
      const block = blockOf(10, 9, shapes);
      await archive.store.applySlot({ ...block, provenance: 'POLLED' });
      const second = blockOf(11, 10, shapes);
      await archive.store.applySlot({ ...second, transactionsComplete: false });
      const third = blockOf(12, 11, shapes);
      const alone = third.transactions.map((each) => ({ ...each, blockIndex: null }));
      await archive.store.applySlot({ ...third, transactions: alone });
      await archive.store.applySlot({ ...blockOf(13, null, []), provenance: 'FED' });
      expect(archive.store.historyRanges()).toEqual([]);
      expect(archive.store.history.block(parseSlot(10))).toBe('notCovered');
      await archive.store.applySlot(blockOf(14, 13, shapes));
      expect(archive.store.historyRanges()).toEqual([
        { slotFirst: parseSlot(14), slotLast: parseSlot(14) },
      ]);
    } finally {
      await archive.end();
    }
  });
});
