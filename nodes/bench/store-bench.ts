// One node of a million token accounts in a process of its own: what it weighs and how long it takes
// to answer, as one line of JSON. Prints the resident memory that is the process's own (RssAnon of
// Linux; LMDB's map is the disk's cache) after loading, after a window of slots, and after a restart.
//
//   node nodes/bench/store-bench.ts speed|cache [accounts] [--reopen folder]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blockhashFromBytes, parseSlot, type Slot } from '@streamsync/domain';
import { createLog, createMetrics, identityFromSeed, systemClock } from '@streamsync/runtime';
import { SourceCounters } from '@streamsync/solana-indexer';
import { encodeKeyArguments } from '@streamsync/wire';
import { createOperatorMetrics } from '../src/http/node-metrics.ts';
import { IngestProgress } from '../src/ingest/ingest-progress.ts';
import { openNode } from '../src/open-node.ts';
import { SPECIALISATION_DEFINITIONS } from '../src/specialisations/index.ts';
import type { SpecialisedStore } from '../src/specialisations/specialisation.ts';
import { accountBytes, tokenAccountOf, updateOf } from './made-up-tokens.ts';
import { measureLists } from './measure-lists.ts';
import { microsecondsOf, percentile } from './timing.ts';

const ACCOUNTS = 1_000_000;
/** Accounts of one part of a snapshot: a source's page. */
const PART = 5_000;
const SLOT_FIRST = 300_000_000;
/** Slots behind the snapshot: more than a window, so that versions come and go as they do in use. */
const SLOTS = 400;
const CHANGES_PER_SLOT = 300;
const PACED_SLOTS = 60;
const SLOT_MS = 400;
const READS = 50_000;
const CHILD_TIMEOUT_MS = 10 * 60_000;

const [kind = 'speed', accountsText, flag, folderGiven] = process.argv.slice(2);
const accounts = Number(accountsText ?? ACCOUNTS);
const isReopened = flag === '--reopen' && folderGiven !== undefined;
if (kind !== 'speed' && kind !== 'cache')
  throw new Error('usage: store-bench speed|cache [accounts]');

const folder = isReopened ? folderGiven : mkdtempSync(join(tmpdir(), 'streamsync-bench-'));
try {
  process.stdout.write(`${JSON.stringify(await measure(kind))}\n`);
} finally {
  if (!isReopened) rmSync(folder, { recursive: true, force: true });
}

async function measure(specialisation: 'speed' | 'cache') {
  const rssAnonIdleBytes = rssAnonBytes();
  const openedAtMs = performance.now();
  const store = SPECIALISATION_DEFINITIONS[specialisation].openStore({
    folder,
    genesisHash: blockhashFromBytes(new Uint8Array(32)),
    coverage: { absentIsKnown: () => true, followsProgram: () => true, isFed: false },
  });
  const openMs = Math.round(performance.now() - openedAtMs);
  const node = await listen(store, specialisation);
  const report: Record<string, unknown> = { kind, accounts, rssAnonIdleBytes };
  if (isReopened) Object.assign(report, { openMs });
  else {
    const startedAtMs = performance.now();
    await load(store);
    report.loadMs = Math.round(performance.now() - startedAtMs);
    report.rssAnonLoadedBytes = rssAnonBytes();
    const slotsAtMs = performance.now();
    for (let slot = 1; slot <= SLOTS; slot += 1) {
      await store.chain.applySlot(updateOf(SLOT_FIRST + slot, accounts, CHANGES_PER_SLOT));
      // As the ingest does before it announces a slot.
      await store.chain.flush();
    }
    report.slotMs = (performance.now() - slotsAtMs) / SLOTS;
  }
  report.rssAnonAfterBurstBytes = rssAnonBytes();
  // Then at a cluster's pace, at which V8 gives back what the burst has used.
  const tip = Number(store.chain.cursor ?? 0n);
  for (let slot = 1; slot <= PACED_SLOTS; slot += 1) {
    await store.chain.applySlot(updateOf(tip + slot, accounts, CHANGES_PER_SLOT));
    await store.chain.flush();
    await new Promise((resolve) => setTimeout(resolve, SLOT_MS));
  }
  report.rssAnonBytes = rssAnonBytes();
  Object.assign(report, memory(), measureReads(store));
  if (specialisation === 'cache') Object.assign(report, await measureLists(store, accounts));
  await node.stop();
  await store.chain.close();
  if (!isReopened) report.reopened = reopened();
  return report;
}

async function load({ chain }: SpecialisedStore): Promise<void> {
  const slot = parseSlot(SLOT_FIRST);
  for (let first = 0; first < accounts; first += PART) {
    const part = Array.from({ length: Math.min(PART, accounts - first) }, (_, index) =>
      tokenAccountOf(first + index, 0),
    );
    await chain.addSnapshot(slot, part);
  }
  await chain.endSnapshot(updateOf(SLOT_FIRST, accounts, 0));
  await chain.flush();
}

function measureReads({ chain, operations }: SpecialisedStore) {
  const read = operations['account.get'];
  if (read === undefined) return {};
  const pins = chain.timeline.applied().map(({ slot }) => slot);
  const asOf = (round: number): Slot => pins[(round * 7) % pins.length] ?? parseSlot(0);
  const items = Array.from({ length: READS }, (_, round) =>
    encodeKeyArguments(accountBytes((round * 7_919) % accounts)),
  );
  const microseconds: number[] = [];
  for (const [round, item] of items.entries()) {
    const slot = asOf(round);
    microseconds.push(microsecondsOf(() => read(item, slot)));
  }
  // The first tenth warms the compiler up.
  const warm = microseconds.slice(READS / 10);
  return { readP50Us: percentile(warm, 50), readP99Us: percentile(warm, 99) };
}

async function listen(store: SpecialisedStore, specialisation: 'speed' | 'cache') {
  const progress = new IngestProgress(() => new SourceCounters().snapshot());
  return openNode({
    operator: 'bench',
    node: {
      name: 'bench',
      specialisation,
      listen: 'tcp://127.0.0.1:0',
      publish: 'tcp://127.0.0.1:0',
      capacityUnitsPerSecond: 1_000_000,
      bidNanoUsd: 1,
      sessionsMax: 16,
    },
    identity: identityFromSeed(new Uint8Array(32).fill(7)),
    genesisHash: new Uint8Array(32),
    store,
    delayMs: 0,
    metrics: createOperatorMetrics(createMetrics({ operator: 'bench' })),
    clock: systemClock,
    ingest: () => progress.reading(),
    log: createLog({ name: 'bench', level: 'error' }),
  });
}

/** A restart of the same folder in a process of its own. */
function reopened(): unknown {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [import.meta.filename, kind, String(accounts), '--reopen', folder],
    { encoding: 'utf8', timeout: CHILD_TIMEOUT_MS },
  );
  if (stdout === '') throw new Error(stderr.slice(-2_000));
  return JSON.parse(stdout);
}

function memory() {
  const { heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
  return { heapUsed, heapTotal, external, arrayBuffers };
}

/** Anonymous resident memory of this process. */
function rssAnonBytes(): number {
  const line = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(line?.[1] ?? 0) * 1_024;
}
