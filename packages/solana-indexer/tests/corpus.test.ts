// Every block, transaction and account of the corpus, read in place, against a plain reading of the
// same JSON. Without the corpus these tests are skipped, and say so.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseSlot, type SlotUpdate, type TransactionRecord } from '@streamsync/domain';
import { silentLog } from '@streamsync/runtime';
import { decodeTransactionItem, encodeTransactionItem } from '@streamsync/wire';
import { describe, expect, it } from 'vitest';
import {
  createFolderSource,
  isPlerkleView,
  readAccount,
  readBlock,
  readPlerkleView,
  readTransactionResult,
} from '../src/index.ts';

const corpus =
  process.env.STREAMSYNC_CORPUS ?? join(import.meta.dirname, '../../../../shared/corpus');
const isAbsent = !existsSync(join(corpus, 'manifest.json'));
if (isAbsent) process.stdout.write(`SKIPPED: no corpus in ${corpus}; set STREAMSYNC_CORPUS.\n`);

interface Entry {
  readonly file: string;
  readonly type: string;
  readonly kind: string;
  readonly slot?: number;
  readonly form: string;
  readonly cluster: string;
  readonly pubkey?: string | null;
  readonly owner?: string | null;
  readonly dataLength?: number;
  readonly signature?: string;
  readonly transactions?: number;
  readonly parentSlot?: number;
}

const entries: readonly Entry[] = isAbsent
  ? []
  : JSON.parse(readFileSync(join(corpus, 'manifest.json'), 'utf8')).files;
const ofType = (type: string) => entries.filter((entry) => entry.type === type);

/** A plain reading: every number of 16 digits and more as text, by the JSON's own source. */
// biome-ignore lint/suspicious/noExplicitAny: the plain side of the comparison has no types.
function plain(file: string): any {
  const bytes = readFileSync(join(corpus, file));
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const revive = (_key: string, value: unknown, context: { source?: string }) =>
    typeof value === 'number' && (context.source?.length ?? 0) >= 16 ? context.source : value;
  // The third argument is in Node 24 and not yet in TypeScript's library.
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

const texts = (list: readonly unknown[] | null | undefined) => list?.map(String) ?? null;

// biome-ignore lint/suspicious/noExplicitAny: the plain side of the comparison has no types.
function expectFacts(record: TransactionRecord, meta: any, where: string): void {
  const found = {
    fee: String(record.feeLamports),
    error: record.error,
    succeeded: record.succeeded,
    pre: texts(record.preBalancesLamports),
    post: texts(record.postBalancesLamports),
    logs: record.logs,
    tokens: record.postTokenBalances?.map(({ amount }) => String(amount)) ?? null,
  };
  const stated = {
    fee: String(meta.fee),
    error: meta.err === null ? null : JSON.stringify(meta.err),
    succeeded: meta.err === null,
    pre: texts(meta.preBalances),
    post: texts(meta.postBalances),
    logs: meta.logMessages ?? null,
    tokens:
      meta.postTokenBalances?.map((each: { uiTokenAmount: { amount: string } }) =>
        String(each.uiTokenAmount.amount),
      ) ?? null,
  };
  // Comparing texts first: a deep equality of 70,000 transactions takes minutes.
  if (JSON.stringify(found) !== JSON.stringify(stated)) expect(found, where).toEqual(stated);
  if (record.accountKeys.length !== stated.pre?.length) {
    expect(record.accountKeys.length, where).toBe(stated.pre?.length);
  }
}

describe.skipIf(isAbsent)('the corpus', () => {
  it('has blocks whose transactions all read as their JSON says', { timeout: 240_000 }, () => {
    let count = 0;
    for (const { file, slot, transactions, parentSlot } of ofType('block')) {
      const json = plain(file);
      const block = readBlock(json, parseSlot(slot ?? -1));
      expect(block.transactions.length, file).toBe(transactions);
      expect(String(block.parentSlot), file).toBe(String(parentSlot));
      expect(block.blockhash, file).toBe(json.blockhash);
      expect(block.blockTimeSeconds === null, file).toBe(json.blockTime === null);
      block.transactions.forEach((record, index) => {
        expectFacts(record, json.transactions[index].meta, `${file} ${index}`);
        if (record.blockIndex !== index) expect(record.blockIndex, file).toBe(index);
      });
      count += block.transactions.length;
    }
    expect(count).toBe(ofType('block').reduce((sum, entry) => sum + (entry.transactions ?? 0), 0));
    expect(count).toBeGreaterThan(70_000);
  });

  it('has transactions in every encoding that read as their JSON says', {
    timeout: 240_000,
  }, () => {
    const malformed: string[] = [];
    for (const { file, slot, signature } of ofType('transaction')) {
      const json = plain(file);
      let record: TransactionRecord;
      try {
        record = isPlerkleView(json) ? readPlerkleView(json) : readTransactionResult(json);
      } catch {
        malformed.push(file);
        continue;
      }
      expect(record.signature, file).toBe(signature);
      expect(String(record.slot), file).toBe(String(slot));
      if (isPlerkleView(json)) {
        expect([record.feeLamports, record.succeeded, record.preBalancesLamports]).toEqual([
          null,
          null,
          null,
        ]);
      } else expectFacts(record, json.meta, file);
      expect(decodeTransactionItem(encodeTransactionItem(record)), file).toEqual(record);
    }
    // Fixtures whose signatures or keys are made up, and so no transactions of any chain.
    expect(malformed.every((file) => isMadeUp(file))).toBe(true);
    expect(malformed.length).toBeLessThan(10);
  });

  it('has accounts that read as their JSON says', () => {
    let count = 0;
    for (const { file, form, owner, dataLength } of ofType('account')) {
      if (!form.startsWith('solana-account-json')) continue;
      const json = plain(file);
      const state = readAccount(json.account);
      expect(String(state.lamports), file).toBe(String(json.account.lamports));
      expect(state.owner, file).toBe(json.account.owner);
      if (owner) expect(state.owner, file).toBe(owner);
      expect(state.data.length, file).toBe(dataLength);
      expect(Buffer.from(state.data).toString('base64'), file).toBe(json.account.data[0]);
      count += 1;
    }
    expect(count).toBe(429);
  });

  it('feeds accounts, blocks and transactions twice as the same bytes', {
    timeout: 240_000,
  }, async () => {
    const [first, second] = await Promise.all([digestOfFeed(), digestOfFeed()]);
    expect(first).toEqual(second);
    const dumps = ofType('account').filter((entry) => entry.form.startsWith('solana-account-json'));
    const addresses = new Set(dumps.flatMap(({ pubkey }) => (pubkey ? [pubkey] : [])));
    expect(first.accounts).toBe(addresses.size);
    expect(first.skipped).toMatchObject({
      'bare data, lamports unknown': 52,
      'no address': 20,
      'another state of the same address': dumps.length - 20 - addresses.size,
    });
    const slots = entries.map(({ slot, type }) => (type === 'stream' ? 0 : (slot ?? 0)));
    expect(first.tip).toBe(String(Math.max(...slots)));
  });

  it('serves one cluster alone when it is chosen', async () => {
    const source = createFolderSource({
      accounts: join(corpus, 'accounts'),
      blocks: join(corpus, 'blocks'),
      cluster: 'devnet',
      log: silentLog,
    });
    const slots: string[] = [];
    let accounts = 0;
    for await (const update of updatesOf(source)) {
      if (update.transactions.length > 0) slots.push(String(update.slot));
      accounts += update.accounts.length;
    }
    expect(slots).toEqual(['270893658', '380876342']);
    const chosen = ofType('account').filter(
      ({ cluster, form, pubkey }) => cluster === 'devnet' && form.includes('json') && pubkey,
    );
    expect(accounts).toBe(new Set(chosen.map(({ pubkey }) => pubkey)).size);
  });
});

function isMadeUp(file: string): boolean {
  const { transaction } = plain(file);
  const keys: readonly string[] = transaction.message.accountKeys;
  const isBase58Of = (text: string, least: number) =>
    /^[1-9A-HJ-NP-Za-km-z]+$/.test(text) && text.length >= least;
  return (
    transaction.signatures.some((text: string) => !isBase58Of(text, 64)) ||
    keys.some((text) => !isBase58Of(text, 32)) ||
    keys.some((text) => text.length > 44)
  );
}

async function* updatesOf(source: ReturnType<typeof createFolderSource>) {
  const { signal } = new AbortController();
  for await (const event of source.events({ signal, cursor: null })) {
    if (event.kind === 'slot') yield event.update;
  }
}

async function digestOfFeed() {
  const source = createFolderSource({
    accounts: join(corpus, 'accounts'),
    blocks: join(corpus, 'blocks/mainnet'),
    transactions: join(corpus, 'transactions'),
    log: silentLog,
  });
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256');
  let accounts = 0;
  let tip = '';
  let before: SlotUpdate | null = null;
  for await (const update of updatesOf(source)) {
    expect(before === null || update.slot > before.slot).toBe(true);
    before = update;
    accounts += update.accounts.length;
    tip = String(update.slot);
    hash.update(`${tip} ${update.blockhash}`);
    for (const { address } of update.accounts) hash.update(address);
    for (const record of update.transactions) hash.update(record.signature);
  }
  const { genesisHash } = await source.genesis(AbortSignal.timeout(1_000));
  return {
    digest: hash.digest('hex'),
    accounts,
    tip,
    genesisHash,
    skipped: source.stats().skipped,
  };
}
