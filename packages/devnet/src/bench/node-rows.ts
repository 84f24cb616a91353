// What a single node reaches in a process of its own: a million accounts in memory, and real blocks
// into an archive on one core. The programs of nodes/bench print one JSON report each.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type BenchRow, formatNumber } from './row.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');
const BENCH = join(ROOT, 'nodes', 'bench');
const MB = 1_000_000;
const RSS_ANON_BYTES_MAX = 400 * MB;
const READ_US_MAX = 5;
const TRANSACTIONS_PER_SECOND_MIN = 5_000;
const INGEST_REPETITIONS = 3;
const REPORT_BYTES_MAX = 1_000_000;
const TIMEOUT_MS = 10 * 60_000;

const storeReport = z.object({
  accounts: z.number(),
  rssAnonBytes: z.number(),
  readP50Us: z.number(),
  readP99Us: z.number(),
  reopened: z.object({ rssAnonBytes: z.number() }),
});
const ingestReport = z.object({
  transactions: z.number(),
  transactionsPerSecond: z.number(),
  cpuSeconds: z.number(),
});

const run = promisify(execFile);
const once = (value: number) => ({ best: value, min: value, max: value });

async function reportOf(command: string, args: readonly string[]): Promise<unknown> {
  const { stdout } = await run(command, [...args], {
    maxBuffer: REPORT_BYTES_MAX,
    timeout: TIMEOUT_MS,
  });
  return JSON.parse(stdout);
}

export async function measureStore(): Promise<BenchRow[]> {
  const script = join(BENCH, 'store-bench.ts');
  const report = storeReport.parse(await reportOf(process.execPath, [script, 'speed']));
  const accounts = report.accounts.toLocaleString('en-US');
  return [
    {
      what: `${accounts} token accounts in one speed node: anonymous memory (RssAnon)`,
      unit: 'MB',
      figure: once(report.rssAnonBytes / MB),
      bar: '≤ 400 MB',
      isMet: report.rssAnonBytes <= RSS_ANON_BYTES_MAX,
      beside: `after a restart ${formatNumber(report.reopened.rssAnonBytes / MB)} MB`,
    },
    {
      what: 'the same: read as of a slot, in the node, p50',
      unit: 'us',
      figure: once(report.readP50Us),
      bar: '≤ 5 us',
      isMet: report.readP50Us <= READ_US_MAX,
      beside: `p99 ${formatNumber(report.readP99Us)} us`,
    },
  ];
}

/** Needs the corpus; without it there is no row. */
export async function measureIngest(say: (line: string) => void): Promise<BenchRow[]> {
  const corpus = process.env.STREAMSYNC_CORPUS ?? join(ROOT, '..', 'shared', 'corpus');
  if (!existsSync(corpus)) {
    say('  left out: set STREAMSYNC_CORPUS to the folder of real chain data');
    return [];
  }
  const script = join(BENCH, 'archive-ingest.ts');
  const rates: number[] = [];
  let transactions = 0;
  for (let repetition = 0; repetition < INGEST_REPETITIONS; repetition += 1) {
    const args = ['-c', '0', process.execPath, script];
    const report = ingestReport.parse(await reportOf('taskset', args));
    rates.push(report.transactionsPerSecond);
    transactions = report.transactions;
  }
  const best = Math.max(...rates);
  return [
    {
      what: 'mainnet blocks into an archive node on one core, durable, then served: transactions/s',
      unit: '',
      figure: { best, min: Math.min(...rates), max: best },
      bar: '≥ 5,000',
      isMet: best >= TRANSACTIONS_PER_SECOND_MIN,
      beside: `${transactions.toLocaleString('en-US')} transactions, ${INGEST_REPETITIONS} runs`,
    },
  ];
}
