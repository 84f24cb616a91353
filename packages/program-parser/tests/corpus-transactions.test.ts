// Every transaction of the corpus: instructions parse to types or stay raw with a reason, changes of
// token balances equal the JSON, calls that were logged are the instructions that ran, and what RPC
// parsed has the same name and fields here. The corpus is read in place and never copied.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseSlot, StreamSyncError, type TransactionRecord } from '@streamsync/domain';
import {
  isPlerkleView,
  parseExactJson,
  readBlock,
  readPlerkleView,
  readTransactionResult,
} from '@streamsync/solana-indexer';
import { describe, expect, it } from 'vitest';
import { eachInstruction, INSTRUCTION_TABLES, parseTransaction, roleOf } from '../src/index.ts';
import { RPC_NAMES, RPC_PROGRAMS } from './support/rpc-names.ts';

const CORPUS =
  process.env.STREAMSYNC_CORPUS ?? join(import.meta.dirname, '../../../../shared/corpus');
const hasCorpus = existsSync(join(CORPUS, 'manifest.json'));
if (!hasCorpus) {
  process.stderr.write(
    `SKIPPED: no corpus at ${CORPUS}; set STREAMSYNC_CORPUS to test real transactions\n`,
  );
}

const TEST_TIMEOUT_MS = 60_000;

// The corpus is other people's JSON.
// biome-ignore lint/suspicious/noExplicitAny: its shape is what the test is about
type Json = any;

interface Sample {
  readonly record: TransactionRecord;
  /** The entry of the block, or the result of getTransaction. */
  readonly json: Json;
}

const plain = (path: string): Json => {
  const bytes = readFileSync(path);
  return JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
};

function* blockSamples(): Generator<Sample> {
  for (const cluster of ['mainnet', 'devnet']) {
    const folder = join(CORPUS, 'blocks', cluster);
    for (const file of readdirSync(folder)) {
      const text = gunzipSync(readFileSync(join(folder, file))).toString();
      const exact = parseExactJson(text) as Json;
      const { transactions } = readBlock(
        exact.result ?? exact,
        parseSlot(file.split('.')[0] ?? ''),
      );
      const json = (exact.result ?? exact).transactions ?? [];
      for (const [index, record] of transactions.entries()) yield { record, json: json[index] };
    }
  }
}

function* singleSamples(): Generator<Sample> {
  for (const kind of ['json', 'base64', 'jsonParsed', 'plerkle']) {
    const folder = join(CORPUS, 'transactions', kind);
    for (const file of readdirSync(folder)) {
      const parsed = parseExactJson(readFileSync(join(folder, file), 'utf8')) as Json;
      const json = parsed.result ?? parsed;
      const read = isPlerkleView(json) ? readPlerkleView : readTransactionResult;
      const record = readOrNull(() => read(json));
      if (record !== null) yield { record, json };
    }
  }
}

/** Null where someone blotted out keys in the file, which then are no addresses. */
function readOrNull(read: () => TransactionRecord): TransactionRecord | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof StreamSyncError && error.code === 'SOURCE_FAILED') return null;
    throw error;
  }
}

/** Post minus pre by account and mint, straight from the JSON; amounts are text in it. */
function changesOf(meta: Json): Map<string, bigint> {
  const changes = new Map<string, bigint>();
  const add = (balances: Json[], sign: bigint) => {
    for (const { accountIndex, mint, uiTokenAmount } of balances) {
      const key = `${accountIndex} ${mint}`;
      changes.set(key, (changes.get(key) ?? 0n) + sign * BigInt(uiTokenAmount.amount));
    }
  };
  add(meta.preTokenBalances, -1n);
  add(meta.postTokenBalances, 1n);
  return changes;
}

describe.skipIf(!hasCorpus)('the transactions of the corpus', () => {
  it('parse to types or raw instructions, and their changes are those of the JSON', {
    timeout: TEST_TIMEOUT_MS,
  }, () => {
    const typed = new Map<string, number>();
    const raw = new Map<string, number>();
    const malformed = new Map<string, string>();
    let transactions = 0;
    let parseMs = 0;
    let tokenChanges = 0;
    let calls = 0;
    const count = (counts: Map<string, number>, key: string) =>
      counts.set(key, (counts.get(key) ?? 0) + 1);

    for (const samples of [blockSamples(), singleSamples()]) {
      for (const { record, json } of samples) {
        const startedMs = performance.now();
        const parsed = parseTransaction(record);
        parseMs += performance.now() - startedMs;
        transactions += 1;

        let seen = 0;
        for (const instruction of eachInstruction(parsed.instructions ?? [])) {
          seen += 1;
          if (instruction.kind === 'parsed') {
            count(typed, instruction.program);
            // A layout that is too short would show here: no real client writes bytes behind the fields.
            if (instruction.unreadBytes > 0) {
              malformed.set(`${instruction.program} ${instruction.name}`, 'bytes left unread');
            }
          } else {
            count(raw, instruction.reason);
            if (instruction.reason !== 'UNKNOWN_PROGRAM') {
              malformed.set(
                `${instruction.programId} ${instruction.reason}`,
                Buffer.from(instruction.data).toString('hex'),
              );
            }
          }
        }
        if (record.instructions !== null) {
          const inner = (record.innerInstructions ?? []).reduce(
            (sum, { instructions }) => sum + instructions.length,
            0,
          );
          if (seen !== record.instructions.length + inner) {
            expect.fail(`${record.signature}: ${seen} instructions`);
          }
        }

        const meta = json?.meta;
        if (meta?.preTokenBalances != null && meta.postTokenBalances != null) {
          const expected = changesOf(meta);
          const changes = parsed.tokenBalanceChanges ?? [];
          tokenChanges += changes.length;
          if (changes.length !== expected.size) expect.fail(record.signature);
          for (const { accountIndex, mint, change } of changes) {
            if (change !== expected.get(`${accountIndex} ${mint}`)) {
              expect.fail(`${record.signature}: ${accountIndex} changed by ${change}`);
            }
          }
        } else expect(parsed.tokenBalanceChanges).toBeNull();

        calls += checkCalls(record, parsed);
      }
    }
    process.stdout.write(
      `${transactions} transactions, ${Math.round((transactions / parseMs) * 1_000)}/s; typed ${show(typed)}; raw ${show(raw)}; ${tokenChanges} token balance changes; ${calls} logged calls\n`,
    );
    expect(Object.fromEntries(malformed)).toEqual({});
    expect(transactions).toBeGreaterThan(70_000);
    expect(tokenChanges).toBeGreaterThan(1_000);
    expect(calls).toBeGreaterThan(10_000);
  });

  it('have the names and fields that RPC gave those which it parsed', () => {
    const seen = new Set<string>();
    const folders = ['transactions/jsonParsed', 'blocks/mainnet'];
    const files = folders.flatMap((folder) =>
      readdirSync(join(CORPUS, folder)).map((file) => join(CORPUS, folder, file)),
    );
    // Of the mainnet blocks only these two have instructions that RPC parsed.
    const wanted = files.filter((file) => /jsonParsed|195545750|241043141/.test(file));
    for (const file of wanted) {
      const json = plain(file);
      for (const { transaction, meta } of (json.result ?? json).transactions ?? [
        json.result ?? json,
      ]) {
        const inner = (meta?.innerInstructions ?? []).flatMap((each: Json) => each.instructions);
        for (const { program, parsed } of [
          ...(transaction.message?.instructions ?? []),
          ...inner,
        ]) {
          if (typeof parsed !== 'object') continue;
          seen.add(`${program}.${parsed.type}`);
          expect(fieldsHere(program, parsed.type), `${program}.${parsed.type}`).toEqual(
            expect.arrayContaining(fieldsOfRpc(program, parsed)),
          );
        }
      }
    }
    expect([...seen].sort()).toEqual([
      'spl-associated-token-account.create',
      'spl-token.closeAccount',
      'spl-token.getAccountDataSize',
      'spl-token.initializeAccount',
      'spl-token.initializeAccount3',
      'spl-token.initializeImmutableOwner',
      'spl-token.transfer',
      'spl-token.transferChecked',
      'system.advanceNonce',
      'system.createAccount',
      'system.createAccountWithSeed',
      'system.transfer',
      'system.transferWithSeed',
    ]);
  });
});

const show = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([key, many]) => `${key} ${many}`).join(', ');

/** How many calls were logged; each at the top is the program of an instruction, in their order. */
function checkCalls(
  record: TransactionRecord,
  { logs, instructions }: ReturnType<typeof parseTransaction>,
): number {
  if (logs === null || instructions === null) return 0;
  let at = 0;
  for (const call of logs.invocations) {
    while (at < instructions.length && instructions[at]?.programId !== call.programId) at += 1;
    if (at === instructions.length)
      expect.fail(`${record.signature}: ${call.programId} was logged`);
    at += 1;
  }
  const last = logs.invocations.at(-1);
  if (record.succeeded === false && last !== undefined && !logs.isTruncated) {
    if (
      last.outcome === 'succeeded' &&
      !/InsufficientFundsForRent|Duplicate/.test(record.error ?? '')
    ) {
      expect.fail(`${record.signature}: its last call succeeded, yet it failed: ${record.error}`);
    }
  }
  return logs.invocations.length;
}

function fieldsHere(rpcProgram: string, rpcType: string): readonly string[] {
  const name = RPC_NAMES[rpcProgram]?.types?.[rpcType] ?? rpcType;
  const table = INSTRUCTION_TABLES.find(({ program }) => program === RPC_PROGRAMS[rpcProgram]);
  const layouts: Readonly<Record<string, { roles: readonly string[]; fields: object }>> =
    table?.instructions ?? {};
  const layout = layouts[name];
  if (layout === undefined) return [];
  return [...layout.roles.map((role) => roleOf(role).name), ...Object.keys(layout.fields)];
}

function fieldsOfRpc(program: string, { type, info }: Json): string[] {
  const names = RPC_NAMES[program]?.fields?.[type] ?? {};
  return Object.keys(info).flatMap((field) => names[field] ?? field);
}
