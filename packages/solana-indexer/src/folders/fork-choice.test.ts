import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { addressFromBytes, type Pin, parseSlot, signatureFromBytes } from '@streamsync/domain';
import { silentLog } from '@streamsync/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceEvent } from '../chain-source.ts';
import { createFolderSource } from './folder-source.ts';

interface Block {
  readonly slot: number;
  readonly id: number;
  readonly parentSlot: number;
  readonly parentId: number;
}

const hashOf = (slot: number, id: number) => {
  const bytes = new Uint8Array(32).fill(1);
  new DataView(bytes.buffer).setUint32(0, slot);
  new DataView(bytes.buffer).setUint32(4, id);
  return addressFromBytes(bytes);
};
const signatureOf = (slot: number, id: number) => {
  const bytes = new Uint8Array(64).fill(2);
  new DataView(bytes.buffer).setUint32(0, slot);
  new DataView(bytes.buffer).setUint32(4, id);
  return signatureFromBytes(bytes);
};
const transactionOf = (slot: number, id: number) => ({
  transaction: {
    signatures: [signatureOf(slot, id)],
    message: {
      accountKeys: [hashOf(0, 0)],
      header: {
        numRequiredSignatures: 1,
        numReadonlySignedAccounts: 0,
        numReadonlyUnsignedAccounts: 0,
      },
      recentBlockhash: hashOf(0, 0),
      instructions: [],
    },
  },
  meta: null,
});
/** The head's place differs from tool to tool: before the transactions or behind them. */
const jsonOf = ({ slot, id, parentSlot, parentId }: Block, isHeadFirst: boolean): string => {
  const head = {
    blockhash: hashOf(slot, id),
    previousBlockhash: hashOf(parentSlot, parentId),
    parentSlot,
  };
  const transactions = { transactions: [transactionOf(slot, id)] };
  return JSON.stringify(isHeadFirst ? { ...head, ...transactions } : { ...transactions, ...head });
};

async function feed(
  files: Record<string, string>,
  options: {
    transactions?: Record<string, string>;
    accounts?: Record<string, string>;
    cursor?: Pin;
  } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'streamsync-forks-'));
  try {
    const write = (kind: string, all: Record<string, string>) => {
      for (const [name, text] of Object.entries(all)) {
        const path = join(folder, kind, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
      }
    };
    write('blocks', files);
    write('transactions', options.transactions ?? {});
    write('accounts', options.accounts ?? {});
    const source = createFolderSource({
      blocks: join(folder, 'blocks'),
      ...(options.transactions ? { transactions: join(folder, 'transactions') } : {}),
      ...(options.accounts ? { accounts: join(folder, 'accounts') } : {}),
      log: silentLog,
    });
    const events: SourceEvent[] = [];
    const { signal } = new AbortController();
    const { cursor } = options;
    for await (const event of source.events({
      signal,
      cursor: cursor?.slot ?? null,
      recentPins: cursor === undefined ? [] : [cursor],
    })) {
      events.push(event);
    }
    const updates = events.flatMap((event) => (event.kind === 'slot' ? [event.update] : []));
    return { updates, events, stats: source.stats() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A tree over a root, as files of which some are left out. */
const forest = fc
  .array(
    fc.record({ back: fc.nat(5), ahead: fc.integer({ min: 1, max: 3 }), isThere: fc.boolean() }),
    { minLength: 1, maxLength: 25 },
  )
  .map((steps) => {
    const all: Block[] = [{ slot: 10, id: 0, parentSlot: 9, parentId: 999 }];
    const there: Block[] = [...all];
    for (const [index, { back, ahead, isThere }] of steps.entries()) {
      const parent = all[Math.max(0, all.length - 1 - back)] as Block;
      const block = {
        slot: parent.slot + ahead,
        id: index + 1,
        parentSlot: parent.slot,
        parentId: parent.id,
      };
      all.push(block);
      if (isThere) there.push(block);
    }
    const top = all.reduce((best, each) => (each.slot > best.slot ? each : best));
    there.push({ slot: top.slot + 1, id: 500, parentSlot: top.slot, parentId: top.id });
    return there;
  });

describe('blocks of several forks in one folder', () => {
  it('are one chain of parents, whatever the order, repeats and gaps of the files', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        forest.chain((blocks) =>
          fc.tuple(
            fc.constant(blocks),
            fc.array(fc.tuple(fc.nat(9), fc.boolean(), fc.boolean()), {
              minLength: 2 * blocks.length,
              maxLength: 2 * blocks.length,
            }),
          ),
        ),
        async ([blocks, places]) => {
          const files: Record<string, string> = {};
          [...blocks, ...blocks.filter(({ id }) => id % 3 === 0)].forEach((block, index) => {
            const [folder, isPacked, isHeadFirst] = places[index] ?? [0, false, true];
            const name = `${folder}/${index}/${block.slot}.json${isPacked ? '.gz' : ''}`;
            files[name] = jsonOf(block, isHeadFirst);
          });
          const { updates, stats } = await feed(files);
          const fed = updates.map(({ slot, blockhash }) => `${slot} ${blockhash}`);
          // The chain of the highest slot, as far down as parents are there: all of it is fed.
          const top = blocks.at(-1) as Block;
          const chain: string[] = [];
          for (let next: Block | undefined = top; next !== undefined; ) {
            chain.unshift(`${next.slot} ${hashOf(next.slot, next.id)}`);
            const { parentSlot, parentId }: Block = next;
            next = blocks.find(({ slot, id }) => slot === parentSlot && id === parentId);
          }
          expect(fed.slice(-chain.length)).toEqual(chain);
          // And of the rest only what no link contradicts.
          updates.forEach((update, index) => {
            const before = updates[index - 1];
            if (before === undefined) return;
            expect(before.slot).toBeLessThanOrEqual(update.parentSlot ?? -1n);
            if (before.slot === update.parentSlot) {
              expect(before.blockhash).toBe(update.previousBlockhash);
            }
          });
          expect(new Set(fed).size).toBe(fed.length);
          const left = Object.values(stats.skipped).reduce((sum, count) => sum + count, 0);
          expect(left + fed.length).toBe(Object.keys(files).length);
          // A feed of the chain alone is the same feed.
          const alone = await feed(
            Object.fromEntries(
              blocks
                .filter(({ slot, id }) => fed.includes(`${slot} ${hashOf(slot, id)}`))
                .map((block) => [`${block.slot}.json`, jsonOf(block, true)]),
            ),
          );
          expect(updates).toEqual(alone.updates);
        },
      ),
      { numRuns: 25 },
    );
  });

  it.each([1, 2, 3, 4, 6, 12])(
    'are the chain of the highest slot where two branches of %i blocks are in the same slots',
    async (count) => {
      const block = (slot: number, id: number, parentId: number): Block => ({
        slot,
        id,
        parentSlot: slot - 1,
        parentId,
      });
      const chain = [block(10, 0, 0)];
      const files: Record<string, string> = { '10.json': jsonOf(block(10, 0, 0), true) };
      for (let slot = 11; slot < 11 + count; slot += 1) {
        chain.push(block(slot, 1, slot === 11 ? 0 : 1));
        // In each slot another branch stands first.
        const names = slot % 2 === 0 ? ['1', '2'] : ['2', '1'];
        for (const [index, name] of names.entries()) {
          const id = index + 1;
          const text = jsonOf(block(slot, id, slot === 11 ? 0 : id), true);
          files[`${slot}.${name}.json`] = text;
        }
      }
      const top = block(11 + count, 1, 1);
      files[`${top.slot}.json`] = jsonOf(top, true);
      const { updates, stats } = await feed(files);
      expect(updates.map(({ slot, blockhash }) => `${slot} ${blockhash}`)).toEqual(
        [...chain, top].map(({ slot, id }) => `${slot} ${hashOf(slot, id)}`),
      );
      expect(stats.skipped).toEqual({ 'of a fork that the chain left': count });
    },
  );

  it('take from a child the blockhash of a slot that has only transactions', async () => {
    const { updates, stats } = await feed(
      {
        '10.json': jsonOf({ slot: 10, id: 0, parentSlot: 9, parentId: 0 }, true),
        '13.json': jsonOf({ slot: 13, id: 0, parentSlot: 12, parentId: 7 }, true),
      },
      {
        transactions: {
          'a.json': JSON.stringify({ slot: 12, blockTime: null, ...transactionOf(12, 1) }),
          'b.json': JSON.stringify({ slot: 11, blockTime: null, ...transactionOf(11, 1) }),
          'c.json': JSON.stringify({ slot: 15, blockTime: null, ...transactionOf(15, 1) }),
        },
      },
    );
    expect(updates.map(({ slot, parentSlot }) => [slot, parentSlot])).toEqual([
      [10n, 9n],
      [11n, null],
      [12n, null],
      [13n, 12n],
      [15n, null],
    ]);
    expect(updates[2]?.blockhash).toBe(hashOf(12, 7));
    expect(updates.map(({ transactionsComplete }) => transactionsComplete ?? true)).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
    expect(stats.skipped).toEqual({});
  });

  it('leave out what was fed for a skipped slot, and hold its dumps from the next one', async () => {
    const account = { lamports: 1, owner: hashOf(1, 1), executable: false, data: ['', 'base64'] };
    const { updates, stats } = await feed(
      {
        '10.json': jsonOf({ slot: 10, id: 0, parentSlot: 9, parentId: 0 }, true),
        '13.json': jsonOf({ slot: 13, id: 0, parentSlot: 10, parentId: 0 }, true),
      },
      {
        transactions: {
          'a.json': JSON.stringify({ slot: 12, blockTime: null, ...transactionOf(12, 1) }),
        },
        accounts: {
          'manifest.json': JSON.stringify({ files: [{ file: 'x.json', slot: 12 }] }),
          'x.json': JSON.stringify({ pubkey: hashOf(5, 5), account }),
        },
      },
    );
    expect(updates.map(({ slot, accounts }) => [slot, accounts.length])).toEqual([
      [10n, 0],
      [13n, 1],
    ]);
    expect(stats.skipped).toEqual({ 'of a slot that the chain skipped': 1 });
  });

  it('say that an excerpt is not a whole block, and no place in it a place in the block', async () => {
    const { updates } = await feed({
      'manifest.json': JSON.stringify({ files: [{ file: '10.json', kind: 'block-excerpt' }] }),
      '10.json': jsonOf({ slot: 10, id: 0, parentSlot: 9, parentId: 0 }, true),
      '11.json': jsonOf({ slot: 11, id: 0, parentSlot: 10, parentId: 0 }, true),
    });
    expect(updates.map(({ transactionsComplete }) => transactionsComplete)).toEqual([
      false,
      undefined,
    ]);
    expect(updates.map(({ transactions }) => transactions[0]?.blockIndex)).toEqual([null, 0]);
  });

  it('undo what was applied of other files of the same listing', async () => {
    const files = {
      '10.json': jsonOf({ slot: 10, id: 0, parentSlot: 9, parentId: 0 }, true),
      '11.json': jsonOf({ slot: 11, id: 1, parentSlot: 10, parentId: 0 }, true),
    };
    const at = (slot: number, id: number): Pin => ({
      slot: parseSlot(slot),
      blockhash: hashOf(slot, id) as string as Pin['blockhash'],
    });
    const same = await feed(files, { cursor: at(11, 1) });
    expect(same.events.map(({ kind }) => kind)).toEqual(['caughtUp']);
    const other = await feed(files, { cursor: at(11, 2) });
    expect(other.events.map(({ kind }) => kind)).toEqual(['rollback', 'slot', 'slot', 'caughtUp']);
  });
});
