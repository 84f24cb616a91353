// Real blocks as a chain to be replayed: a run of the corpus, then blocks of later years with token
// balances, moved to the slots behind it. And branches of it that no chain ever had: copies of blocks
// with other hashes, other transactions and other balances. Made at test time; nothing is kept.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { addressFromBytes, signatureFromBytes } from '@streamsync/domain';
import type { ReplayedBlock } from './replayed-chain.ts';

const CORPUS =
  process.env.STREAMSYNC_CORPUS ?? join(import.meta.dirname, '../../../../shared/corpus');
const MAINNET = join(CORPUS, 'blocks/mainnet');
export const isCorpusAbsent = !existsSync(MAINNET);
if (isCorpusAbsent) {
  process.stdout.write(`SKIPPED: no corpus in ${CORPUS}; set STREAMSYNC_CORPUS.\n`);
}

/** The slots of the first run of mainnet, with more blocks than stay outside of segments. */
const RUN = /^(398242\d\d)\.json\.gz$/;
/** With token balances, inner instructions and versioned transactions. */
const LATER = ['133447493.json.gz', '254170887.json.gz'];
/** Of each later block: as many as a block of the run has. */
const LATER_TRANSACTIONS = 300;

// biome-ignore lint/suspicious/noExplicitAny: the JSON of blocks is edited, not interpreted.
type Json = any;

const read = (name: string): Json =>
  JSON.parse(gunzipSync(readFileSync(join(MAINNET, name))).toString());

export const hashOf = (...parts: readonly (string | number)[]): Buffer =>
  createHash('sha256').update(parts.join(' ')).digest();

function blockOf(slot: number, json: Json): ReplayedBlock {
  const { parentSlot, blockhash } = json;
  return { slot, parentSlot, blockhash, text: JSON.stringify(json) };
}

/** Ascending, each the child of the one before. */
export function readChain(): ReplayedBlock[] {
  const chain = readdirSync(MAINNET)
    .flatMap((name) => RUN.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((left, right) => left - right)
    .map((slot) => blockOf(slot, read(`${slot}.json.gz`)));
  for (const name of LATER) {
    const tip = chain.at(-1) as ReplayedBlock;
    const json = read(name);
    json.transactions = json.transactions.slice(0, LATER_TRANSACTIONS);
    // A slot is skipped before each.
    Object.assign(json, { parentSlot: tip.slot, previousBlockhash: tip.blockhash });
    chain.push(blockOf(tip.slot + 2, json));
  }
  return chain;
}

export interface Branch {
  readonly blocks: readonly ReplayedBlock[];
  /** What only the branch has. */
  readonly signatures: readonly string[];
  readonly address: string;
}

/** Other blocks in the places of `count` blocks from `index` on. */
export function branchOf(chain: readonly ReplayedBlock[], index: number, count: number): Branch {
  const blocks: ReplayedBlock[] = [];
  const signatures: string[] = [];
  const address = addressFromBytes(hashOf('address of the branch at', index));
  for (const { slot, text } of chain.slice(index, index + count)) {
    const parent = blocks.at(-1) ?? (chain[index - 1] as ReplayedBlock);
    const json = JSON.parse(text);
    json.blockhash = addressFromBytes(hashOf('block of the branch', index, slot));
    json.previousBlockhash = parent.blockhash;
    json.parentSlot = parent.slot;
    // Most transactions come on both branches, in other places; some are of this one alone.
    json.transactions = json.transactions.filter((_: Json, at: number) => at % 3 !== 0).reverse();
    for (const [at, { transaction, meta }] of json.transactions.entries()) {
      if (at % 10 !== 0 || Array.isArray(transaction)) continue;
      const hash = hashOf('signature of the branch', index, slot, at);
      const signature = signatureFromBytes(Buffer.concat([hash, hash]));
      transaction.signatures[0] = signature;
      transaction.message.accountKeys[1] = address;
      meta.postBalances[1] += 7;
      signatures.push(signature);
    }
    blocks.push(blockOf(slot, json));
  }
  return { blocks, signatures, address };
}
