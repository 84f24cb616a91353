// kill -9 of a real process at seeded points: a restart stands at some applied slot, whole, with
// nothing lost before it and nothing after it, and goes on from there.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressBytes, parseSlot, signatureBytes } from '@streamsync/domain';
import { afterAll, describe, expect, it } from 'vitest';
import { ABSENT_TRANSACTION_ITEM, ChainStore } from '../src/index.ts';
import {
  ACCOUNTS,
  addressOf,
  signatureOf,
  statesUpTo,
  TRANSACTIONS_PER_SLOT,
  UNDONE_SLOTS,
  WINDOW_SLOTS,
} from './support/made-up-chain.ts';

const ROUNDS = 8;
const folder = mkdtempSync(join(tmpdir(), 'streamsync-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the writer until it has said `steps` things, and kills it at once. */
async function writeAndKill(steps: number): Promise<void> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'support/write-chain.ts'), folder],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = 0;
  let errors = '';
  child.stderr.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  child.stdout.on('data', (text: Buffer) => {
    said += text.length;
    if (said >= steps) child.kill('SIGKILL');
  });
  const signal = await new Promise((resolve) => child.once('exit', (_code, name) => resolve(name)));
  expect(signal, errors).toBe('SIGKILL');
}

describe('a journal whose process is killed', () => {
  it('restarts as of an applied slot each time, and goes on', { timeout: 120_000 }, async () => {
    const seed = Number(process.env.STREAMSYNC_SEED ?? Date.now() % 1_000_000);
    process.stdout.write(`kill seed: STREAMSYNC_SEED=${seed}\n`);
    let random = seed;
    let before = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      await writeAndKill(20 + (random % 90));
      const store = ChainStore.open({
        folder,
        windowSlots: WINDOW_SLOTS,
        keeps: { accounts: true, transactions: true },
      });
      const cursor = Number(store.cursor ?? 0n);
      expect(cursor).toBeGreaterThanOrEqual(before - UNDONE_SLOTS);
      expectWhole(store, cursor);
      before = cursor;
      await store.close();
    }
    // Kills within the first few slots of every round would prove little.
    expect(before).toBeGreaterThan(ROUNDS * 5);
  });
});

function expectWhole(store: ChainStore, cursor: number): void {
  const states = statesUpTo(cursor);
  const slots = store.timeline.applied().map(({ slot }) => Number(slot));
  // What was undone has shortened the window until it fills again.
  expect(slots.length).toBeGreaterThanOrEqual(Math.min(cursor, WINDOW_SLOTS - UNDONE_SLOTS));
  const first = cursor - slots.length + 1;
  expect(slots).toEqual(Array.from(slots, (_, index) => first + index));
  for (const slot of slots) {
    for (let account = 0; account < ACCOUNTS; account += 1) {
      const held = store.accounts.get(addressBytes(addressOf(account)), parseSlot(slot));
      expect(plain(held), `account ${account} at ${slot}`).toEqual(
        plain(states.get(slot)?.get(account) ?? null),
      );
    }
  }
  store.transactions.setGenesisSlot(parseSlot(1));
  for (let slot = 1; slot <= cursor + 3; slot += 1) {
    for (let index = 0; index < TRANSACTIONS_PER_SLOT; index += 1) {
      const item = store.transactions.item(
        signatureBytes(signatureOf(slot, index)),
        parseSlot(cursor),
      );
      const isHeld = item !== 'notCovered' && item.length > ABSENT_TRANSACTION_ITEM.length;
      expect(isHeld, `transaction of ${slot} at ${cursor}`).toBe(slot <= cursor);
    }
  }
  expect(store.transactions.size).toBe(cursor * TRANSACTIONS_PER_SLOT);
  expect(store.transactions.coverage()).toMatchObject({ fromGenesis: cursor > 0, gaps: [] });
}

/** States with their data as text, so that a buffer equals an array of the same bytes. */
function plain(state: unknown) {
  if (typeof state !== 'object' || state === null) return state;
  return { ...state, data: Buffer.from((state as { data: Uint8Array }).data).toString('hex') };
}
