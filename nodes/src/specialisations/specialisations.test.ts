import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountState, Slot } from '@streamsync/domain';
import { addressBytes, blockhashFromBytes, parseSlot } from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM, SYSTEM_PROGRAM } from '@streamsync/program-parser';
import type { SourceCoverage } from '@streamsync/solana-indexer';
import {
  decodeAccountItem,
  decodeAccountPage,
  decodeTransactionItem,
  encodeKeyArguments,
  encodePageArguments,
} from '@streamsync/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  addressOf,
  bytesOf,
  signatureBytesOf,
  slotUpdate,
  systemAccount,
  tokenAccount,
  transaction,
} from '../../tests/support/slot-updates.ts';
import { SPECIALISATION_DEFINITIONS } from './index.ts';
import type { SpecialisedStore } from './specialisation.ts';

const everything: SourceCoverage = {
  absentIsKnown: () => true,
  followsProgram: () => true,
  isFed: false,
};
const nothing: SourceCoverage = {
  absentIsKnown: () => false,
  followsProgram: () => false,
  isFed: false,
};

let folder: string;
const opened: SpecialisedStore[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streamsync-store-'));
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.chain.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(name: 'speed' | 'cache' | 'archive', coverage = everything): SpecialisedStore {
  const store = SPECIALISATION_DEFINITIONS[name].openStore({
    folder,
    genesisHash: blockhashFromBytes(bytesOf(0)),
    coverage,
  });
  opened.push(store);
  return store;
}

async function reopen(name: 'speed' | 'cache' | 'archive', store: SpecialisedStore) {
  await store.chain.close();
  return open(name);
}

const at = (slot: number): Slot => parseSlot(slot);

describe('speed', () => {
  const get = (store: SpecialisedStore, address: Uint8Array, slot: number) => {
    const found = store.operations['account.get']?.(encodeKeyArguments(address), at(slot));
    return found instanceof Uint8Array ? decodeAccountItem(found) : found;
  };

  it('answers as of the pinned slot, also when the account changed since, and after a restart', async () => {
    const store = open('speed');
    const write = (state: AccountState | null) => [{ address: addressOf(1), state }];
    await store.chain.applySlot(slotUpdate(5, write(systemAccount(5n))));
    await store.chain.applySlot(slotUpdate(6, write(systemAccount(6n))));
    await store.chain.applySlot(slotUpdate(7, write(null)));
    const answers = (each: SpecialisedStore) =>
      [5, 6, 7].map((slot) => {
        const state = get(each, bytesOf(1), slot);
        return typeof state === 'object' ? (state?.lamports ?? null) : state;
      });
    expect(answers(store)).toEqual([5n, 6n, null]);
    expect(answers(await reopen('speed', store))).toEqual([5n, 6n, null]);
  });

  it('says null only where the source knows that there is nothing', async () => {
    const known = open('speed', everything);
    await known.chain.applySlot(slotUpdate(5));
    expect(get(known, bytesOf(9), 5)).toBeNull();
    await known.chain.close();
    const unknown = open('speed', nothing);
    expect(get(unknown, bytesOf(9), 5)).toBe('NOT_COVERED');
  });

  it('does not answer ahead of what it applied', async () => {
    const store = open('speed');
    await store.chain.applySlot(slotUpdate(5));
    expect(get(store, bytesOf(1), 6)).toBe('SLOT_NOT_AVAILABLE');
  });
});

describe('cache', () => {
  const [alice, bob, mint] = [bytesOf(101), bytesOf(102), bytesOf(103)];
  const holds = (owner: Uint8Array) => tokenAccount({ program: SPL_TOKEN_PROGRAM, mint, owner });

  type ListOperation =
    | 'tokenAccounts.byOwner'
    | 'tokenAccounts.byMint'
    | 'programAccounts.byProgram';
  const list = (
    store: SpecialisedStore,
    operation: ListOperation,
    key: Uint8Array,
    slot: number,
    page: { after: Uint8Array | null; limit: number } = { after: null, limit: 100 },
  ) => {
    const found = store.operations[operation]?.(encodePageArguments({ key, ...page }), at(slot));
    if (!(found instanceof Uint8Array)) return found;
    const { entries, more } = decodeAccountPage(found);
    return { addresses: entries.map((entry) => addressBytes(entry.address)[0]), more };
  };

  it('lists what belonged to a key as of the pinned slot, and after a restart', async () => {
    const store = open('cache');
    await store.chain.applySlot(
      slotUpdate(5, [
        { address: addressOf(1), state: holds(alice) },
        { address: addressOf(2), state: holds(alice) },
      ]),
    );
    await store.chain.applySlot(slotUpdate(6, [{ address: addressOf(1), state: holds(bob) }]));
    await store.chain.applySlot(slotUpdate(7, [{ address: addressOf(2), state: null }]));
    const lists = (each: SpecialisedStore) =>
      [5, 6, 7].map((slot) => ({
        alice: list(each, 'tokenAccounts.byOwner', alice, slot),
        bob: list(each, 'tokenAccounts.byOwner', bob, slot),
        mint: list(each, 'tokenAccounts.byMint', mint, slot),
        program: list(each, 'programAccounts.byProgram', addressBytes(SPL_TOKEN_PROGRAM), slot),
      }));
    const page = (...addresses: number[]) => ({ addresses, more: false });
    const expected = [
      { alice: page(1, 2), bob: page(), mint: page(1, 2), program: page(1, 2) },
      { alice: page(2), bob: page(1), mint: page(1, 2), program: page(1, 2) },
      { alice: page(), bob: page(1), mint: page(1), program: page(1) },
    ];
    expect(lists(store)).toEqual(expected);
    expect(lists(await reopen('cache', store))).toEqual(expected);
  });

  it('pages in order of addresses', async () => {
    const store = open('cache');
    await store.chain.applySlot(
      slotUpdate(
        5,
        [3, 1, 2].map((byte) => ({ address: addressOf(byte), state: systemAccount(1n) })),
      ),
    );
    const program = addressBytes(SYSTEM_PROGRAM);
    const page = (after: Uint8Array | null, limit: number) =>
      list(store, 'programAccounts.byProgram', program, 5, { after, limit });
    expect(page(null, 2)).toEqual({ addresses: [1, 2], more: true });
    expect(page(bytesOf(2), 2)).toEqual({ addresses: [3], more: false });
  });

  it('states no list that its source does not follow', async () => {
    const store = open('cache', nothing);
    await store.chain.applySlot(slotUpdate(5, [{ address: addressOf(1), state: holds(alice) }]));
    expect(list(store, 'tokenAccounts.byOwner', alice, 5)).toBe('NOT_COVERED');
  });

  it('of a folder feed lists what was fed, and never states an empty list', async () => {
    const store = open('cache', { ...nothing, isFed: true });
    await store.chain.applySlot(slotUpdate(5, [{ address: addressOf(1), state: holds(alice) }]));
    expect(list(store, 'tokenAccounts.byOwner', alice, 5)).toEqual({ addresses: [1], more: false });
    expect(list(store, 'tokenAccounts.byOwner', bob, 5)).toBe('NOT_COVERED');
  });
});

describe('archive', () => {
  const get = (store: SpecialisedStore, signature: Uint8Array, slot: number) => {
    const found = store.operations['transaction.get']?.(encodeKeyArguments(signature), at(slot));
    return found instanceof Uint8Array ? (decodeTransactionItem(found)?.slot ?? null) : found;
  };

  it('answers a transaction from its slot on, and after a restart', async () => {
    const store = open('archive');
    await store.chain.applySlot(slotUpdate(5, [], [transaction(1, 5)]));
    await store.chain.applySlot(slotUpdate(6, [], [transaction(2, 6)]));
    expect(get(store, signatureBytesOf(1), 5)).toBe(5n);
    expect(get(store, signatureBytesOf(2), 6)).toBe(6n);
    expect(get(await reopen('archive', store), signatureBytesOf(2), 6)).toBe(6n);
  });

  it('says null only where its history begins with the chain', async () => {
    const store = open('archive');
    await store.chain.applySlot(slotUpdate(5));
    expect(get(store, signatureBytesOf(9), 5)).toBe('HISTORY_NOT_COVERED');
    store.chain.transactions.setGenesisSlot(at(5));
    expect(get(store, signatureBytesOf(9), 5)).toBeNull();
  });
});
