// Every transaction of the corpus's blocks, as an archive node answers it from its journal, against a
// plain reading of the same JSON. Without the corpus this is skipped, and says so.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseSignature, parseSlot, signatureBytes } from '@streamsync/domain';
import { silentLog } from '@streamsync/runtime';
import { createFolderSource } from '@streamsync/solana-indexer';
import { decodeTransactionItem, encodeKeyArguments } from '@streamsync/wire';
import { expect, it } from 'vitest';
import { archive } from '../src/specialisations/archive/archive.ts';

const CORPUS = process.env.STREAMSYNC_CORPUS ?? join(import.meta.dirname, '../../../shared/corpus');
const BLOCKS = join(CORPUS, 'blocks');
const isAbsent = !existsSync(BLOCKS);
if (isAbsent) process.stdout.write(`SKIPPED: no corpus in ${CORPUS}; set STREAMSYNC_CORPUS.\n`);

// biome-ignore lint/suspicious/noExplicitAny: the plain side of the comparison has no types.
type Json = any;

/** A plain reading: numbers of 16 digits and more as text, by the JSON's own source. */
function plain(file: string): Json {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const revive = (_key: string, value: unknown, context: { source?: string }) =>
    typeof value === 'number' && (context.source?.length ?? 0) >= 16 ? context.source : value;
  // The third argument is in Node 24 and not yet in TypeScript's library.
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

it.skipIf(isAbsent)(
  'answers every transaction of the blocks as their JSON states it',
  {
    timeout: 300_000,
  },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'streamsync-archive-'));
    const source = createFolderSource({ blocks: BLOCKS, log: silentLog });
    const { signal } = new AbortController();
    const { genesisHash } = await source.genesis(signal);
    const store = archive.openStore({ folder, genesisHash, coverage: source.coverage });
    try {
      for await (const event of source.events({ signal, cursor: null })) {
        if (event.kind === 'slot') await store.chain.applySlot(event.update);
      }
      await store.chain.flush();
      const answer = store.operations['transaction.get'];
      const pin = parseSlot(store.chain.cursor ?? -1);
      let count = 0;
      for (const name of readdirSync(BLOCKS, { recursive: true, encoding: 'utf8' })) {
        const slot = /(\d+)\.json(\.gz)?$/.exec(name)?.[1];
        if (slot === undefined) continue;
        for (const { transaction, meta } of plain(join(BLOCKS, name)).transactions) {
          const signature = Array.isArray(transaction)
            ? // One byte counts the signatures, of which the first names the transaction.
              Buffer.from(transaction[0], 'base64').subarray(1, 65)
            : signatureBytes(parseSignature(transaction.signatures[0]));
          const item = answer?.(encodeKeyArguments(signature), pin);
          const record = item instanceof Uint8Array ? decodeTransactionItem(item) : null;
          // Texts, because a deep equality of 70,000 transactions takes minutes.
          const found = record && [
            record.slot,
            record.feeLamports,
            record.succeeded,
            record.error,
            record.preBalancesLamports?.join(),
            record.postBalancesLamports?.join(),
          ];
          const stated = [
            slot,
            meta.fee,
            meta.err === null,
            meta.err && JSON.stringify(meta.err),
            meta.preBalances.join(),
            meta.postBalances.join(),
          ];
          if (String(found) !== String(stated)) expect(found, name).toEqual(stated);
          count += 1;
        }
      }
      expect(count).toBe(store.chain.stats().transactions);
      expect(count).toBeGreaterThan(70_000);
    } finally {
      await store.chain.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
