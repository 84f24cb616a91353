// How fast blocks are read on one core: from the packed files of a corpus to typed records, without
// storing. Prints one line of JSON. Run: node packages/solana-indexer/bench/read-blocks.ts [rounds]
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseSlot } from '@streamsync/domain';
import { readBlock } from '../src/parse/block.ts';
import { parseExactJson } from '../src/parse/json.ts';

const CORPUS =
  process.env.STREAMSYNC_CORPUS ?? join(import.meta.dirname, '../../../../shared/corpus');
const ROUNDS_DEFAULT = 3;
const MS_PER_SECOND = 1_000;

const folder = join(CORPUS, 'blocks/mainnet');
const names = readdirSync(folder).filter((name) => name.endsWith('.json.gz'));
const rounds = Number(process.argv[2] ?? ROUNDS_DEFAULT);
const perSecond: number[] = [];
let stages = { unpackMs: 0, jsonMs: 0, readMs: 0 };
for (let round = 0; round < rounds; round += 1) {
  stages = { unpackMs: 0, jsonMs: 0, readMs: 0 };
  let transactions = 0;
  const startMs = performance.now();
  for (const name of names) {
    const packed = readFileSync(join(folder, name));
    const beginMs = performance.now();
    const text = gunzipSync(packed).toString('utf8');
    const unpackedMs = performance.now();
    const json = parseExactJson(text);
    const parsedMs = performance.now();
    transactions += readBlock(json, parseSlot(name.split('.')[0] ?? '')).transactions.length;
    stages.unpackMs += unpackedMs - beginMs;
    stages.jsonMs += parsedMs - unpackedMs;
    stages.readMs += performance.now() - parsedMs;
  }
  perSecond.push(Math.round((transactions * MS_PER_SECOND) / (performance.now() - startMs)));
}
const rounded = Object.fromEntries(
  Object.entries(stages).map(([name, ms]) => [name, Math.round(ms)]),
);
process.stdout.write(`${JSON.stringify({ transactionsPerSecond: perSecond, ...rounded })}\n`);
