// kill -9 at random points of the ingest, many times, in a real process with a real journal: in the
// end every answer is the one that an operator gives that was never killed, and everything is in
// exactly once. The seed is printed; STREAMSYNC_SEED repeats a run.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  addressFromBytes,
  OPERATIONS,
  parseSignature,
  signatureFromBytes,
} from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM, TOKEN_2022_PROGRAM } from '@streamsync/program-parser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askNode } from '../src/cli/status/ask-node.ts';
import { writeOperatorConfig } from './support/operator-config.ts';
import { OperatorUnderTest } from './support/operator-under-test.ts';
import { listAt, signatureItem, transactionsAt } from './support/read-answers.ts';
import {
  type Running,
  startLocalnetProcess,
  type TemporaryFolder,
  temporaryFolder,
} from './support/run-command.ts';
import { SolanaRpc } from './support/solana-rpc.ts';
import { until } from './support/until.ts';

const COMMAND = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const KILLS = 8;
/** Of the kills one in so many falls into the start of the process, the others behind it. */
const EARLY_EACH = 4;
const READY_DEADLINE_MS = 60_000;

const seed = Number(process.env.STREAMSYNC_SEED ?? Date.now() % 1_000_000_007);
const random = mulberry32(seed);

/** A small seeded generator (mulberry32), from 0 to 1. */
function mulberry32(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

let folder: TemporaryFolder;
const running: ChildProcess[] = [];
beforeEach(() => {
  folder = temporaryFolder();
  process.stdout.write(`kill-anywhere: STREAMSYNC_SEED=${seed}\n`);
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  folder.remove();
});

/**
 * Starts the operator and kills it at a random point, before or behind its readiness; returns its log.
 */
async function runAndKill(config: string, kill: number, withinMs: number): Promise<string> {
  const child = spawn(process.execPath, [COMMAND, 'run', '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const exited = once(child, 'exit');
  const lateMs = random() * withinMs;
  if (kill % EARLY_EACH !== 0) {
    const ready = once(createInterface({ input: child.stdout }), 'line', {
      signal: AbortSignal.timeout(READY_DEADLINE_MS),
    });
    await Promise.race([ready, exited]);
    expect(child.exitCode, 'the operator came up').toBeNull();
  }
  await wait(lateMs);
  child.kill('SIGKILL');
  await exited;
  return log;
}

const facts = (operator: OperatorUnderTest, name: string) => askNode(operator.address(name), null);

const ITEMS_MAX = OPERATIONS['transaction.get'].itemsMax;
const BLOCKS = 400;
const PER_BLOCK = 60;
const FIRST_SLOT = 1_000;

const keyOf = (slot: number, index: number, size: 32 | 64): Uint8Array => {
  const bytes = new Uint8Array(size).fill(3);
  new DataView(bytes.buffer).setUint32(0, slot);
  new DataView(bytes.buffer).setUint32(4, index);
  return bytes;
};
const slotOf = (index: number): number => FIRST_SLOT + index + Math.floor(index / 10);
const hashOf = (index: number) => addressFromBytes(keyOf(slotOf(index), 0xffff, 32));
const signaturesOf = (index: number) =>
  Array.from({ length: PER_BLOCK }, (_, each) =>
    signatureFromBytes(keyOf(slotOf(index), each, 64)),
  );

/** Blocks with every tenth slot skipped, as getBlock gives them. */
function writeBlocks(path: string): void {
  mkdirSync(path);
  for (let index = 0; index < BLOCKS; index += 1) {
    const block = {
      blockhash: hashOf(index),
      previousBlockhash: hashOf(index - 1),
      parentSlot: slotOf(index - 1),
      blockTime: 1_700_000_000 + index,
      blockHeight: index,
      transactions: signaturesOf(index).map((signature, each) => ({
        transaction: {
          signatures: [signature],
          message: {
            accountKeys: [addressFromBytes(keyOf(each, 1, 32))],
            header: {
              numRequiredSignatures: 1,
              numReadonlySignedAccounts: 0,
              numReadonlyUnsignedAccounts: 0,
            },
            recentBlockhash: hashOf(index - 1),
            instructions: [],
          },
        },
        meta: { err: null, fee: 5_000, preBalances: [9_000 + each], postBalances: [4_000 + each] },
      })),
    };
    writeFileSync(join(path, `${slotOf(index)}.json`), JSON.stringify(block));
  }
}

describe('an operator that is killed anywhere', () => {
  it('has everything that folders feed exactly once', { timeout: 240_000 }, async () => {
    const blocks = join(folder.path, 'blocks');
    writeBlocks(blocks);
    const config = writeOperatorConfig(folder.path, `kind = "folders"\nblocks = "${blocks}"`);
    let cut = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const log = await runAndKill(config, kill, 400);
      if (log.includes('operator is ready') && !log.includes('chain data were read')) cut += 1;
    }
    // Otherwise the kills fell behind the ingest, and this test says nothing.
    expect(cut).toBeGreaterThan(0);
    const operator = await OperatorUnderTest.start(config);
    try {
      const last = BigInt(slotOf(BLOCKS - 1));
      const pin = await operator.pinAt('archive', last);
      for (const name of ['speed', 'cache', 'archive']) {
        expect(await facts(operator, name)).toMatchObject({
          appliedSlot: last,
          appliedBlockhash: hashOf(BLOCKS - 1),
        });
      }
      expect((await facts(operator, 'archive')).transactions).toBe(BigInt(BLOCKS * PER_BLOCK));
      for (let index = 0; index < BLOCKS; index += 1) {
        const records = await transactionsAt(operator, pin, signaturesOf(index).slice(0, 4));
        expect(records.map((record) => [record?.slot, record?.blockIndex])).toEqual(
          [0, 1, 2, 3].map((each) => [BigInt(slotOf(index)), each]),
        );
      }
    } finally {
      await operator.stop();
    }
  });

  it('is where the chain is, with all of its transactions once', { timeout: 300_000 }, async () => {
    const localnet: Running = await startLocalnetProcess(
      '--slot-ms',
      '150',
      '--transactions-per-slot',
      '4',
    );
    running.push(localnet.child);
    const rpc = new SolanaRpc(localnet.ready.httpUrl as string);
    const config = writeOperatorConfig(
      folder.path,
      `kind = "rpc"
rpcUrl = "${localnet.ready.httpUrl as string}"
wsUrl = "${localnet.ready.wsUrl as string}"
completeStream = true`,
    );
    for (let kill = 0; kill < KILLS; kill += 1) await runAndKill(config, kill, 1_200);
    const operator = await OperatorUnderTest.start(config);
    try {
      const known = new Map<number, string[]>();
      /** Signatures of every block up to a slot, by the chain's own word. */
      const signaturesUpTo = async (slot: number): Promise<string[]> => {
        const slots = await rpc.call<number[]>('getBlocks', 0, slot, { commitment: 'confirmed' });
        for (const each of slots) {
          if (known.has(each)) continue;
          const block = await rpc.call<{ signatures: string[] }>('getBlock', each, {
            transactionDetails: 'signatures',
            maxSupportedTransactionVersion: 0,
            commitment: 'confirmed',
          });
          known.set(each, block.signatures);
        }
        return slots.flatMap((each) => known.get(each) ?? []);
      };
      await until(
        'exactly the transactions of the chain',
        async () => {
          const { appliedSlot, transactions } = await facts(operator, 'archive');
          if (typeof appliedSlot !== 'bigint') return false;
          const there = await signaturesUpTo(Number(appliedSlot));
          // For a moment what is being committed counts twice; what was in twice would stay so.
          return Number(transactions) === there.length;
        },
        60_000,
      );
      const pin = await operator.node('archive').pin();
      const signatures = (await signaturesUpTo(Number(pin.slot))).map((text) =>
        parseSignature(text),
      );
      for (let start = 0; start < signatures.length; start += ITEMS_MAX) {
        const part = signatures.slice(start, start + ITEMS_MAX);
        const latest = await operator.node('archive').pin();
        const records = await operator.items(
          'archive',
          'transaction.get',
          latest,
          ...part.map(signatureItem),
        );
        expect(records.every((item) => item[0] !== 0xf6)).toBe(true);
      }
      for (const program of [SPL_TOKEN_PROGRAM, TOKEN_2022_PROGRAM]) {
        const { slot, value } = await rpc.programAccounts(program);
        const at = await operator.pinAt('cache', slot);
        expect(await listAt(operator, 'programAccounts.byProgram', at, program)).toEqual(value);
      }
    } finally {
      await operator.stop();
      await localnet.stop();
    }
  });
});
