// The chain out of real blocks: parent links and skipped slots of the corpus's three mainnet runs, the
// same feed whatever the order, repeats and forks of the files, and the linker before a real stream
// of slot status. Without the corpus this is skipped, and says so.

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  addressFromBytes,
  type Blockhash,
  parseAddress,
  parseSlot,
  type SlotUpdate,
} from '@streamsync/domain';
import { silentLog } from '@streamsync/runtime';
import { encodeTransactionItem } from '@streamsync/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFolderSource } from '../src/folders/folder-source.ts';
import { type SlotLink, SlotLinker } from '../src/linking/slot-linker.ts';

const CORPUS =
  process.env.STREAMSYNC_CORPUS ?? join(import.meta.dirname, '../../../../shared/corpus');
const MAINNET = join(CORPUS, 'blocks/mainnet');
const GEYSER = join(CORPUS, 'blocks/geyser');
const isAbsent = !existsSync(MAINNET);
if (isAbsent) process.stdout.write(`SKIPPED: no corpus in ${CORPUS}; set STREAMSYNC_CORPUS.\n`);

interface Head {
  readonly blockhash: string;
  readonly previousBlockhash: string;
  readonly parentSlot: number;
  readonly transactions: readonly unknown[];
}
const headOf = (name: string): Head =>
  JSON.parse(gunzipSync(readFileSync(join(MAINNET, name))).toString('utf8'));
const names = isAbsent ? [] : readdirSync(MAINNET).filter((name) => /^\d+\.json\.gz$/.test(name));
/** The run of 2020 with its six stretches of skipped slots. */
const run = names.filter((name) => name.startsWith('55065'));

async function feed(
  folder: string,
): Promise<{ updates: SlotUpdate[]; skipped: Record<string, number> }> {
  const source = createFolderSource({ blocks: folder, log: silentLog });
  const updates: SlotUpdate[] = [];
  const { signal } = new AbortController();
  for await (const event of source.events({ signal, cursor: null })) {
    if (event.kind === 'slot') updates.push(event.update);
  }
  return { updates, skipped: { ...source.stats().skipped } };
}

function digest(updates: readonly SlotUpdate[]): string {
  const hash = createHash('sha256');
  for (const { slot, blockhash, parentSlot, previousBlockhash, transactions } of updates) {
    hash.update(`${slot} ${blockhash} ${parentSlot} ${previousBlockhash} ${transactions.length}`);
    for (const each of transactions) hash.update(encodeTransactionItem(each));
  }
  return hash.digest('hex');
}

describe.skipIf(isAbsent)('the blocks of the corpus', () => {
  it('are linked by their parents; what no link names between them is skipped', {
    timeout: 120_000,
  }, async () => {
    const { updates, skipped } = await feed(MAINNET);
    expect(skipped).toEqual({});
    expect(updates.length).toBe(names.length);
    const skippedSlots: string[] = [];
    let missing = 0;
    updates.forEach((update, index) => {
      const json = headOf(`${update.slot}.json.gz`);
      expect(String(update.parentSlot)).toBe(String(json.parentSlot));
      expect(update.previousBlockhash).toBe(json.previousBlockhash);
      expect(update.transactions.length).toBe(json.transactions.length);
      const before = updates[index - 1];
      if (before === undefined) return;
      if (update.parentSlot !== before.slot) missing += 1;
      else
        for (let slot = before.slot + 1n; slot < update.slot; slot += 1n)
          skippedSlots.push(`${slot}`);
    });
    const between = (first: number, last: number) =>
      Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
    expect(skippedSlots).toEqual([
      ...between(39_824_216, 39_824_216),
      ...between(55_065_030, 55_065_032),
      ...between(55_065_036, 55_065_039),
      ...between(55_065_068, 55_065_071),
      ...between(55_065_084, 55_065_084),
      ...between(55_065_124, 55_065_127),
      ...between(55_065_137, 55_065_140),
    ]);
    // Runs and single blocks: between them slots are missing, and no link says that they are skipped.
    expect(missing).toBe(6);
    const excerpts = updates.filter(({ transactionsComplete }) => transactionsComplete === false);
    expect(excerpts.map(({ slot }) => Number(slot))).toEqual([
      100_000_000, 195_545_750, 241_043_141,
    ]);
  });

  it('are the same feed out of order, twice, with gaps and with a fork', {
    timeout: 120_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'streamsync-corpus-'));
    const plain = join(folder, 'plain');
    const unruly = join(folder, 'unruly');
    // With the gap of ten slots that were there, and not skipped.
    const lastKept = run.filter((name) => name < '55065120' && !name.startsWith('5506505'));
    try {
      for (const path of [plain, unruly]) mkdirSync(path);
      for (const [index, name] of lastKept.entries()) {
        symlinkSync(join(MAINNET, name), join(plain, name));
        // Folders by a number that runs against the slots, and every seventh file twice.
        const place = join(unruly, String(1_000 - index));
        mkdirSync(place);
        symlinkSync(join(MAINNET, name), join(place, name));
        if (index % 7 === 0) {
          mkdirSync(join(place, 'again'));
          symlinkSync(join(MAINNET, name), join(place, 'again', name));
        }
      }
      // Two branches that the chain left: one in a skipped slot, one beside real blocks.
      const dead = (slot: number, parent: { slot: number; blockhash: string }) => {
        const hash = createHash('sha256').update(`dead ${slot}`).digest();
        const blockhash = addressFromBytes(hash);
        const json = { blockhash, previousBlockhash: parent.blockhash, parentSlot: parent.slot };
        writeFileSync(
          join(unruly, `${slot}.9.json`),
          JSON.stringify({ ...json, transactions: headOf(run[0] ?? '').transactions.slice(0, 3) }),
        );
        return { slot, blockhash };
      };
      const at = (slot: number) => ({ slot, blockhash: headOf(`${slot}.json.gz`).blockhash });
      dead(55_065_031, dead(55_065_030, at(55_065_029)));
      dead(55_065_101, dead(55_065_100, at(55_065_099)));
      const [one, other] = [await feed(plain), await feed(unruly)];
      expect(digest(other.updates)).toBe(digest(one.updates));
      expect(one.updates.length).toBe(lastKept.length);
      expect(other.skipped).toEqual({
        'another file of the same block': Math.ceil(lastKept.length / 7),
        'of a fork that the chain left': 4,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe.skipIf(isAbsent)('the linker before a real stream of slot status', () => {
  const lines = (isAbsent ? [] : readdirSync(GEYSER)).flatMap((name) =>
    readFileSync(join(GEYSER, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line)),
  );
  const metas: SlotLink[] = lines.flatMap(({ blockMeta }) =>
    blockMeta === undefined
      ? []
      : [
          {
            slot: parseSlot(blockMeta.slot),
            blockhash: parseAddress(blockMeta.blockhash) as string as Blockhash,
            parentSlot: parseSlot(blockMeta.parentSlot),
            previousBlockhash: parseAddress(blockMeta.parentBlockhash) as string as Blockhash,
          },
        ],
  );

  it('delivers the slots that the stream finalises, in order, as they arrive', () => {
    const linker = new SlotLinker<SlotLink>();
    const delivered: string[] = [];
    for (const meta of metas) {
      for (const step of linker.offer(meta)) {
        delivered.push(step.kind === 'slot' ? String(step.item.slot) : 'rollback');
      }
    }
    const finalised = lines.flatMap(({ slot }) =>
      slot?.status === 'finalized' && slot.slot >= 398_202_772 ? [String(slot.slot)] : [],
    );
    expect(delivered).toEqual(metas.map(({ slot }) => String(slot)));
    expect(delivered.slice(0, finalised.length)).toEqual(finalised);
    expect(finalised.length).toBeGreaterThan(10);
    expect(linker.missing()).toEqual([]);
  });

  it('ends in the same chain in any order', () => {
    const [first, ...rest] = metas as [SlotLink, ...SlotLink[]];
    fc.assert(
      fc.property(fc.shuffledSubarray(rest, { minLength: rest.length }), (shuffled) => {
        const linker = new SlotLinker<SlotLink>([first]);
        const slots = shuffled.flatMap((meta) =>
          linker.offer(meta).map((step) => (step.kind === 'slot' ? step.item.slot : -1n)),
        );
        expect(slots).toEqual(rest.map(({ slot }) => slot));
      }),
    );
  });
});
