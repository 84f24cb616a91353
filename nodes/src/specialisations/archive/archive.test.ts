import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addressBytes,
  blockhashFromBytes,
  type OperationName,
  PAGE_BYTES_MAX,
  parseSlot,
  signatureBytes,
  type TransactionRecord,
} from '@streamsync/domain';
import {
  decodeAccountAtSlot,
  decodeBalancesPage,
  decodeBlockItem,
  decodeBlocksPage,
  decodeCount,
  decodeTransactionsPage,
  decodeVersionsPage,
  encodeAddressAtSlot,
  encodeBlocksArguments,
  encodeCountArguments,
  encodeHistoryArguments,
  encodeKeyArguments,
  encodeSlotArguments,
  encodeSlotTransactionsArguments,
} from '@streamsync/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  addressOf,
  bytesOf,
  slotUpdate,
  systemAccount,
  transaction,
} from '../../../tests/support/slot-updates.ts';
import type { SpecialisedStore } from '../specialisation.ts';
import { archive } from './archive.ts';

let folder: string;
let store: SpecialisedStore;
const PIN = parseSlot(20);
const ADDRESS = addressBytes(addressOf(1));
const record = (byte: number, slot: number): TransactionRecord => transaction(byte, slot);

function open(isFed: boolean): SpecialisedStore {
  return archive.openStore({
    folder,
    genesisHash: blockhashFromBytes(bytesOf(0)),
    coverage: { absentIsKnown: () => !isFed, followsProgram: () => !isFed, isFed },
  });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'streamsync-archive-'));
  store = open(false);
  await store.chain.addSnapshot(parseSlot(10), [
    { address: addressOf(1), state: systemAccount(1n) },
  ]);
  await store.chain.endSnapshot(slotUpdate(10));
  for (let slot = 11; slot <= 22; slot += 1) {
    const write = { address: addressOf(1), state: systemAccount(BigInt(slot)) };
    await store.chain.applySlot(slotUpdate(slot, [write], [record(slot, slot)]));
  }
});
afterEach(async () => {
  await store.chain.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(name: OperationName, item: Uint8Array) {
  const now = store.operations[name];
  return now === undefined ? store.operationsLater?.[name]?.(item, PIN) : now(item, PIN);
}
async function answer(name: OperationName, item: Uint8Array): Promise<Uint8Array> {
  const found = await ask(name, item);
  if (!(found instanceof Uint8Array)) throw new Error(String(found));
  return found;
}
const history = (slotFirst: number, slotLast: number, mint: Uint8Array | null = null) =>
  encodeHistoryArguments({
    address: ADDRESS,
    mint,
    slotFirst: parseSlot(slotFirst),
    slotLast: parseSlot(slotLast),
    ascending: false,
    after: null,
    limit: 3,
  });
const blocks = (slotFirst: number, slotLast: number) =>
  encodeBlocksArguments({
    slotFirst: parseSlot(slotFirst),
    slotLast: parseSlot(slotLast),
    ascending: true,
    after: null,
    limit: 2,
  });
const bySlot = (slot: number) =>
  encodeSlotTransactionsArguments({ slot: parseSlot(slot), afterIndex: null, limit: 5 });
const count = (slotFirst: number, slotLast: number) =>
  encodeCountArguments({
    address: ADDRESS,
    slotFirst: parseSlot(slotFirst),
    slotLast: parseSlot(slotLast),
  });
const atSlot = (slot: number) => encodeAddressAtSlot({ address: ADDRESS, slot: parseSlot(slot) });
const oneSlot = (slot: number) => encodeSlotArguments(parseSlot(slot));

/** Each operation of history with the arguments that ask about a range. */
const RANGED: readonly (readonly [OperationName, (first: number, last: number) => Uint8Array])[] = [
  ['block.get', (_first, last) => oneSlot(last)],
  ['blocks.range', blocks],
  ['transactions.bySlot', (_first, last) => bySlot(last)],
  ['transactions.byAddress', history],
  ['transactions.count', count],
  ['account.at', (_first, last) => atSlot(last)],
  ['accountHistory.byAddress', history],
  ['balanceHistory.byAddress', history],
];

describe('an archive node', () => {
  it.each(RANGED)('%s refuses what lies above the pin, which it may hold', async (name, item) => {
    expect(await ask(name, item(12, 21))).toBe('INVALID_ARGUMENT');
    expect(await ask(name, item(12, 20))).toBeInstanceOf(Uint8Array);
  });

  it.each(RANGED)(
    '%s says that it does not cover what lies before its history',
    async (name, item) => {
      expect(await ask(name, item(4, 9))).toBe('HISTORY_NOT_COVERED');
    },
  );

  it('answers the same bytes in a page as by the signature', async () => {
    const single = await answer(
      'transaction.get',
      encodeKeyArguments(signatureBytes(record(15, 15).signature)),
    );
    const page = decodeTransactionsPage(await answer('transactions.byAddress', history(13, 15)));
    expect(page.more).toBe(false);
    expect(page.entries).toHaveLength(3);
    expect(Buffer.from(page.entries[0] ?? []).equals(single)).toBe(true);
    const block = decodeTransactionsPage(await answer('transactions.bySlot', bySlot(15)));
    expect(block.entries.map((each) => Buffer.from(each).equals(single))).toEqual([true]);
  });

  it('answers blocks, counts, accounts and balances', async () => {
    expect(decodeBlockItem(await answer('block.get', oneSlot(15)))?.transactionCount).toBe(1);
    const range = decodeBlocksPage(await answer('blocks.range', blocks(12, 20)));
    expect([range.entries.map(({ slot }) => slot), range.more]).toEqual([[12n, 13n], true]);
    expect(decodeCount(await answer('transactions.count', count(12, 20)))).toBe(9);
    expect(decodeAccountAtSlot(await answer('account.at', atSlot(15))).slot).toBe(15n);
    const versions = decodeVersionsPage(await answer('accountHistory.byAddress', history(12, 20)));
    expect([versions.entries.map(({ slot }) => slot), versions.more]).toEqual([
      [20n, 19n, 18n],
      true,
    ]);
    const balances = decodeBalancesPage(await answer('balanceHistory.byAddress', history(12, 20)));
    expect(balances.entries[0]).toMatchObject({
      slot: 20n,
      preAmount: 10_000n,
      postAmount: 5_000n,
    });
    const tokens = await answer('balanceHistory.byAddress', history(12, 20, bytesOf(9)));
    expect(decodeBalancesPage(tokens)).toEqual({ entries: [], more: false });
  });

  it('refuses a mint where no balances are meant', async () => {
    for (const name of ['transactions.byAddress', 'accountHistory.byAddress'] as const) {
      expect(await ask(name, history(12, 20, bytesOf(9)))).toBe('INVALID_ARGUMENT');
    }
  });

  it('ends a page before the entry that would make it too large, and goes on behind it', async () => {
    const log = 'x'.repeat(PAGE_BYTES_MAX * 0.6);
    const large = [0, 1, 2].map((at) => ({
      ...record(100 + at, 23),
      blockIndex: at,
      logs: [at === 2 ? 'short' : log],
    }));
    await store.chain.applySlot(slotUpdate(23, [], large));
    const item = (afterIndex: number | null) =>
      encodeSlotTransactionsArguments({ slot: parseSlot(23), afterIndex, limit: 5 });
    const read = (afterIndex: number | null) => {
      const found = store.operations['transactions.bySlot']?.(item(afterIndex), parseSlot(23));
      if (!(found instanceof Uint8Array)) throw new Error(String(found));
      const { entries, more } = decodeTransactionsPage(found);
      return [entries.length, more];
    };
    expect(read(null)).toEqual([1, true]);
    expect(read(0)).toEqual([2, false]);
  });

  it('fed from folders does not claim to know accounts by their writes', async () => {
    await store.chain.close();
    rmSync(folder, { recursive: true, force: true });
    store = open(true);
    const write = { address: addressOf(1), state: systemAccount(5n) };
    await store.chain.applySlot({ ...slotUpdate(20, [write], [record(1, 20)]), provenance: 'FED' });
    expect(await ask('account.at', atSlot(20))).toBe('HISTORY_NOT_COVERED');
    expect(await ask('balanceHistory.byAddress', history(20, 20))).toBeInstanceOf(Uint8Array);
  });
});
