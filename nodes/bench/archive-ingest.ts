// How fast blocks become history: the corpus's mainnet blocks from their JSON files through the folder
// source and the ingest into an archive node's store, durable, sealed, and then asked. Prints one line
// of JSON. Run it on one core: `taskset -c 0 node nodes/bench/archive-ingest.ts [blocks folder]`.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Address,
  addressBytes,
  invariant,
  type Slot,
  signatureBytes,
} from '@streamsync/domain';
import { silentLog } from '@streamsync/runtime';
import { createFolderSource } from '@streamsync/solana-indexer';
import { ArchiveStore } from '@streamsync/storage-core';
import {
  decodeBalancesPage,
  decodeBlockItem,
  decodeCount,
  decodeTransactionItem,
  decodeTransactionsPage,
  encodeCountArguments,
  encodeHistoryArguments,
  encodeKeyArguments,
  encodeSlotArguments,
} from '@streamsync/wire';
import { IngestProgress } from '../src/ingest/ingest-progress.ts';
import { ingestSlots } from '../src/ingest/ingest-slots.ts';
import { archive } from '../src/specialisations/archive/archive.ts';

const MS_PER_SECOND = 1_000;
const US_PER_SECOND = 1_000_000;
/** Pages whose times are told. */
const PAGES = 300;

const corpus = process.env.STREAMSYNC_CORPUS ?? join(import.meta.dirname, '../../../shared/corpus');
const blocks = process.argv[2] ?? join(corpus, 'blocks/mainnet');
if (!existsSync(blocks)) {
  process.stderr.write(`There are no blocks in ${blocks}: set STREAMSYNC_CORPUS.\n`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'streamsync-archive-bench-'));
try {
  process.stdout.write(`${JSON.stringify(await measure(), null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure() {
  const source = createFolderSource({ blocks, log: silentLog });
  const genesis = await source.genesis(new AbortController().signal);
  const store = archive.openStore({
    folder,
    genesisHash: genesis.genesisHash,
    coverage: source.coverage,
  });
  const { chain } = store;
  invariant(chain instanceof ArchiveStore, 'an archive node has an archive store');

  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  const progress = new IngestProgress(() => source.stats());
  await ingestSlots({
    source,
    stores: [store],
    announce: () => {},
    caughtUp: () => {},
    rolledBack: () => {},
    progress,
    signal: new AbortController().signal,
  });
  // Durable, and what lies deep enough in Parquet segments.
  await chain.settle();
  const seconds = (performance.now() - startMs) / MS_PER_SECOND;
  const { user, system } = process.cpuUsage(startCpu);
  const { transactions, segments } = chain.stats();
  const checked = await check();
  await chain.close();
  return {
    transactions,
    seconds,
    cpuSeconds: (user + system) / US_PER_SECOND,
    transactionsPerSecond: Math.round(transactions / seconds),
    segments,
    ...checked,
  };

  /** Asks the node's operations, and holds some answers against each other. */
  async function check() {
    const pin = chain.cursor as Slot;
    const [span] = [...store.historyRanges()].sort(
      (left, right) =>
        Number(right.slotLast - right.slotFirst) - Number(left.slotLast - left.slotFirst),
    );
    invariant(span !== undefined, 'blocks that were ingested are covered');
    const now = (name: 'block.get' | 'transaction.get', item: Uint8Array) => {
      const answer = store.operations[name]?.(item, pin);
      invariant(answer instanceof Uint8Array, `${name} is answered`);
      return answer;
    };
    const later = async (
      name: 'transactions.byAddress' | 'transactions.count' | 'balanceHistory.byAddress',
      item: Uint8Array,
    ) => {
      const answer = await store.operationsLater?.[name]?.(item, pin);
      invariant(answer instanceof Uint8Array, `${name} is answered`);
      return answer;
    };
    const slots = await addressesOf(span.slotLast);
    const times: number[] = [];
    let answers = 0;
    for (const address of slots.slice(0, PAGES)) {
      const query = {
        address: addressBytes(address),
        mint: null,
        ...span,
        ascending: false,
        after: null,
        limit: 100,
      };
      const beganMs = performance.now();
      const page = decodeTransactionsPage(
        await later('transactions.byAddress', encodeHistoryArguments(query)),
      );
      times.push(performance.now() - beganMs);
      const counted = encodeCountArguments({ address: query.address, ...span });
      const count = decodeCount(await later('transactions.count', counted));
      invariant(
        page.more ? count > page.entries.length : count === page.entries.length,
        'a page and the count agree',
      );
      const [newest] = page.entries;
      const record = newest === undefined ? null : decodeTransactionItem(newest);
      invariant(newest !== undefined && record !== null, 'an address of a block is in its history');
      const single = now('transaction.get', encodeKeyArguments(signatureBytes(record.signature)));
      invariant(Buffer.from(single).equals(newest), 'a page carries the bytes of transaction.get');
      decodeBalancesPage(await later('balanceHistory.byAddress', encodeHistoryArguments(query)));
      invariant(
        decodeBlockItem(now('block.get', encodeSlotArguments(record.slot)))?.slot === record.slot,
        'a transaction is in its block',
      );
      answers += 5;
    }
    times.sort((left, right) => left - right);
    return {
      answersChecked: answers,
      pageMsP50: times[Math.floor(times.length * 0.5)],
      pageMsP99: times[Math.floor(times.length * 0.99)],
    };
  }

  /** The addresses of a block's transactions. */
  async function addressesOf(slot: Slot): Promise<Address[]> {
    invariant(chain instanceof ArchiveStore, 'an archive node has an archive store');
    const page = chain.history.transactionsOfSlot(slot, null, 100);
    invariant(page !== 'notCovered', 'the last block of a range is covered');
    const records = page.entries.map(decodeTransactionItem);
    return [...new Set(records.flatMap((record) => record?.accountKeys ?? []))];
  }
}
