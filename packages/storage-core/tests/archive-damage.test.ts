import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Address, parseSlot, type Slot, type SlotUpdate } from '@streamsync/domain';
import { encodeTransactionItem } from '@streamsync/wire';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ArchiveUnderTest, hexOf } from './support/archive-under-test.ts';
import { ADDRESSES, blockOf, mentionsIn } from './support/history-model.ts';

const shape = (number: number) => ({
  keys: [number % 6, (number + 1) % 6],
  lamports: [[BigInt(number), 1n] as const],
  tokens: [],
});
/** Linked blocks of two transactions, one slot after the other. */
const chain = (count: number): SlotUpdate[] =>
  Array.from({ length: count }, (_, at) => blockOf(at + 1, at, [shape(at), shape(at + 2)]));
const spanOf = (blocks: readonly SlotUpdate[]) => ({
  slotFirst: blocks[0]?.slot as Slot,
  slotLast: blocks.at(-1)?.slot as Slot,
});

const archives: ArchiveUnderTest[] = [];
afterEach(async () => {
  for (const archive of archives.splice(0)) await archive.end();
});
const newArchive = (options: ConstructorParameters<typeof ArchiveUnderTest>[0] = {}) => {
  const archive = new ArchiveUnderTest(options);
  archives.push(archive);
  return archive;
};

const segmentsFolder = (archive: ArchiveUnderTest) => join(archive.folder, 'segments');
const segmentNames = (archive: ArchiveUnderTest) =>
  readdirSync(segmentsFolder(archive)).filter((name) => /^\d+$/.test(name));

function flipByte(file: string): void {
  const bytes = readFileSync(file);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 0x40;
  writeFileSync(file, bytes);
}

async function expectWhole(archive: ArchiveUnderTest, blocks: readonly SlotUpdate[]) {
  for (const address of ADDRESSES) {
    const found = await archive.transactions(address, {
      ...spanOf(blocks),
      ascending: true,
      limit: 50,
    });
    expect(found).toEqual(
      mentionsIn(blocks, address).map((each) => hexOf(encodeTransactionItem(each))),
    );
  }
}

describe('segments', () => {
  it('stay few: eight of a level become one of the next, with the same answers', async () => {
    const archive = newArchive();
    const blocks = chain(140);
    for (const [at, block] of blocks.entries()) {
      await archive.store.applySlot(block);
      // Each seal makes a segment of the one or two slots that have come deep enough.
      if (at > 64) await archive.store.settle();
    }
    const { segments, blocksInMemory } = archive.store.stats();
    expect(segments).toBeLessThanOrEqual(14);
    expect(segmentNames(archive)).toHaveLength(segments);
    expect(blocksInMemory).toBe(64);
    await expectWhole(archive, blocks);
    await archive.reopen();
    await expectWhole(archive, blocks);
  }, 120_000);

  it('are never made of slots that the chain may still leave', async () => {
    const archive = newArchive();
    const blocks = chain(100);
    for (const block of blocks) await archive.store.applySlot(block);
    await archive.store.settle();
    expect(archive.store.stats().blocksInMemory).toBe(64);
    expect(await archive.store.rollback(parseSlot(36))).toBe(true);
    expect(await archive.store.rollback(parseSlot(35))).toBe(false);
    await expectWhole(archive, blocks.slice(0, 36));
  });

  it('with a flipped byte are named, set aside, not covered, and rebuilt from the journal', async () => {
    const archive = newArchive();
    const blocks = chain(90);
    for (const block of blocks) await archive.store.applySlot(block);
    await archive.store.settle();
    const [name] = segmentNames(archive);
    const file = join(segmentsFolder(archive), name as string, 'mentions.parquet');
    await archive.store.close();
    flipByte(file);
    archive.logged.length = 0;
    await archive.reopen();
    expect(archive.logged.join('\n')).toContain('mentions.parquet has another checksum');
    expect(archive.store.stats().damagedSegments).toBe(1);
    expect(readdirSync(join(segmentsFolder(archive), 'damaged'))).toEqual([name]);
    await archive.store.settle();
    expect(archive.store.historyRanges()).toEqual([spanOf(blocks)]);
    await expectWhole(archive, blocks);
  });

  it('that are damaged are no longer covered, and fetched again, where the journal lacks them', async () => {
    const archive = newArchive();
    const blocks = chain(90);
    for (const block of blocks) await archive.store.applySlot(block);
    await archive.store.settle();
    const [name] = segmentNames(archive);
    await archive.store.close();
    rmSync(join(segmentsFolder(archive), name as string, 'mentions.parquet'));
    // The journal's own transactions are gone too.
    for (const part of ['data.mdb', 'lock.mdb']) rmSync(join(archive.folder, part));
    await archive.reopen();
    // Neither the sealed ones nor those above the cursor that the journal went back to.
    expect(blocks.filter(({ slot }) => archive.store.holdsHistory(slot))).toEqual([]);
    expect(archive.store.historyRanges()).toEqual([]);
    for (const block of blocks) await archive.store.applySlot(block);
    await expectWhole(archive, blocks);
  });

  it('that cannot be read while the node runs are given up without a restart', async () => {
    const archive = newArchive();
    const blocks = chain(90);
    for (const block of blocks) await archive.store.applySlot(block);
    await archive.store.settle();
    const [name] = segmentNames(archive);
    writeFileSync(join(segmentsFolder(archive), name as string, 'mentions.parquet'), 'x');
    const query = { ...spanOf(blocks), ascending: true, limit: 5 };
    await expect(archive.transactions(ADDRESSES[0] as Address, query)).rejects.toThrow();
    await vi.waitFor(
      async () => {
        expect(archive.store.historyRanges()).toEqual([spanOf(blocks)]);
        await expectWhole(archive, blocks);
      },
      { timeout: 10_000 },
    );
    expect(archive.store.stats().damagedSegments).toBe(1);
  });

  it('that were not finished are removed at the start', async () => {
    const archive = newArchive();
    await archive.store.applySlot(blockOf(1, 0));
    await archive.store.close();
    const folder = segmentsFolder(archive);
    for (const leftover of ['0000000007', '0000000008.writing']) {
      const path = join(folder, leftover);
      writeFileSync(path, 'x');
    }
    await archive.reopen();
    expect(segmentNames(archive)).toEqual([]);
    expect(readdirSync(folder)).not.toContain('0000000008.writing');
  });
});

describe('kill -9', () => {
  it('at any point leaves an archive that goes on to the same answers', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'streamsync-archive-kill-'));
    const blocks = chain(240);
    // The child applies the chain from its cursor on, and seals and merges all the while.
    for (const afterSlots of [3, 70, 12, 40, 25]) {
      const child = fork(join(import.meta.dirname, 'support/archive-child.ts'), [folder], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        execArgv: [],
      });
      let applied = 0;
      child.on('message', () => {
        applied += 1;
        if (applied === afterSlots) child.kill('SIGKILL');
      });
      const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
      expect(signal).toBe('SIGKILL');
    }
    const archive = newArchive({ folder });
    await archive.store.ready();
    const cursor = Number(archive.store.cursor);
    expect(cursor).toBeGreaterThan(100);
    expect(archive.store.historyRanges()).toEqual([spanOf(blocks.slice(0, cursor))]);
    await expectWhole(archive, blocks.slice(0, cursor));
    for (const block of blocks) await archive.store.applySlot(block);
    await archive.store.settle();
    await expectWhole(archive, blocks);
    expect(archive.logged).toEqual([]);
  }, 120_000);
});
