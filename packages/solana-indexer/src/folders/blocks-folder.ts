// A folder of getBlock results named by their slots, plain or gzipped: `39824200.json.gz`, and
// `39824200.1.json` for another block of the slot. The files may be of several forks, name a block
// twice and leave slots out: which of them are the chain is found from their heads before any is read
// whole, so that nothing is fed and then undone. The chain is the one that the highest slot links to;
// of several blocks of one slot without a child, a whole one goes before an excerpt, and then the
// first path. Files of dead branches are reported and left out.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { parseSlot, type Slot } from '@streamsync/domain';
import { type SlotLink, SlotLinker } from '../linking/slot-linker.ts';
import { type BlockRecord, readBlock, readBlockHead } from '../parse/block.ts';
import { type FeedFile, jsonStem, readJsonFile } from './feed-files.ts';
import type { FeedReport } from './feed-report.ts';
import type { Manifest } from './manifest.ts';

/** A block's head with its file. */
export interface BlockFile extends SlotLink {
  readonly file: FeedFile;
  /** Whether the file holds only some of the block's transactions, by the manifest's word. */
  readonly isExcerpt: boolean;
}

const EXCERPT_KIND = 'block-excerpt';
/** The head stands before the transactions; packed bytes that hold it with ease. */
const HEAD_PACKED_BYTES = 16_384;

/** The blocks of the chain, ascending. */
export function chooseChain(
  files: readonly FeedFile[],
  manifest: Manifest,
  report: FeedReport,
): BlockFile[] {
  const heads = readHeads(files, manifest, report);
  const linker = new SlotLinker<BlockFile>([], { pendingMax: heads.length });
  const chain: BlockFile[] = [];
  for (const head of heads) {
    const undone: BlockFile[] = [];
    for (const step of [...linker.offer(head), ...linker.bridge()]) {
      if (step.kind === 'slot') chain.push(step.item);
      else {
        const stands = chain.findLastIndex(({ slot }) => slot <= step.slot) + 1;
        undone.push(...chain.splice(stands));
      }
    }
    // The linker forgets what it undoes, and a later block may name it as its parent again.
    for (const left of undone) linker.offer(left);
  }
  const chosen = new Set(chain);
  const hashes = new Set(chain.map(({ slot, blockhash }) => `${slot} ${blockhash}`));
  for (const head of heads) {
    if (chosen.has(head)) continue;
    const isRepeated = hashes.has(`${head.slot} ${head.blockhash}`);
    report.skipped(
      head.file.path,
      isRepeated ? 'another file of the same block' : 'of a fork that the chain left',
    );
  }
  return chain;
}

/** The block, or null when the file is malformed, which is reported. */
export function readBlockFile(
  { file, slot, isExcerpt }: BlockFile,
  report: FeedReport,
): BlockRecord | null {
  try {
    const block = readBlock(readJsonFile(file.path), slot);
    if (!isExcerpt) return block;
    // Its place in the file says nothing of a transaction's place in the block.
    const transactions = block.transactions.map((each) => ({ ...each, blockIndex: null }));
    return { ...block, transactions };
  } catch (error) {
    report.malformed(file.path, error);
    return null;
  }
}

/** Ascending by slot, in the order in which blocks of one slot are preferred. */
function readHeads(
  files: readonly FeedFile[],
  manifest: Manifest,
  report: FeedReport,
): BlockFile[] {
  const heads: BlockFile[] = [];
  for (const file of files) {
    const stem = jsonStem(file.path);
    if (stem === 'manifest') continue;
    const slot = stem === null ? undefined : /^(\d{1,20})(?:\.\d{1,9})?$/.exec(stem)?.[1];
    if (slot === undefined) {
      report.skipped(file.path, 'not named by a slot');
      continue;
    }
    try {
      const link = headOf(file, parseSlot(slot));
      const isExcerpt = manifest.get(resolve(file.path))?.kind === EXCERPT_KIND;
      heads.push({ ...link, file, isExcerpt });
    } catch (error) {
      report.malformed(file.path, error);
    }
  }
  return heads.sort((left, right) =>
    left.slot !== right.slot
      ? left.slot < right.slot
        ? -1
        : 1
      : Number(left.isExcerpt) - Number(right.isExcerpt),
  );
}

/** Where the fields of the head do not stand before the transactions, the whole file is read. */
function headOf(file: FeedFile, slot: Slot): SlotLink {
  const bytes = readFileSync(file.path);
  const start = bytes.subarray(0, HEAD_PACKED_BYTES);
  const text = file.path.endsWith('.gz')
    ? gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH })
    : start;
  const head = readBlockHead(text.toString('latin1'), slot);
  if (head !== null) return head;
  const { parentSlot, blockhash, previousBlockhash } = readBlock(readJsonFile(file.path), slot);
  return { slot, parentSlot, blockhash, previousBlockhash };
}
