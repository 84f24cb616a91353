import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AccountState,
  type AccountWrite,
  addressBytes,
  addressFromBytes,
  blockhashFromBytes,
  parseSlot,
  type SlotUpdate,
} from '@streamsync/domain';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type AccountChange, ChainStore, type ChainStoreOptions } from './chain-store.ts';

const folders: string[] = [];
const makeFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'streamsync-store-'));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const addressOf = (number: number) => addressFromBytes(new Uint8Array(32).fill(number));
const blockhashOf = (slot: number) => blockhashFromBytes(new Uint8Array(32).fill(slot % 256));
const stateOf = (lamports: number): AccountState => ({
  lamports: BigInt(lamports),
  owner: addressOf(200),
  executable: false,
  data: new Uint8Array(lamports % 7).fill(lamports),
});

function updateOf(slot: number, parent: number | null, accounts: AccountWrite[]): SlotUpdate {
  return {
    slot: parseSlot(slot),
    parentSlot: parent === null ? null : parseSlot(parent),
    blockhash: blockhashOf(slot),
    previousBlockhash: null,
    blockTimeSeconds: BigInt(slot),
    blockHeight: null,
    provenance: 'STREAMED',
    accounts,
    transactions: [],
  };
}

/** Slots with their writes: address number to lamports, 0 closes. */
type History = { skip: number; writes: [number, number][] }[];

const history: fc.Arbitrary<History> = fc.array(
  fc.record({
    skip: fc.integer({ min: 0, max: 3 }),
    writes: fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 5 })), {
      maxLength: 6,
    }),
  }),
  { minLength: 1, maxLength: 40 },
);

/** The simplest thing that can be right: a copy of all accounts for each slot. */
function naive(slots: History) {
  const states = new Map<number, Map<number, number>>();
  const updates: SlotUpdate[] = [];
  let current = new Map<number, number>();
  let slot = 0;
  for (const { skip, writes } of slots) {
    const parent = slot === 0 ? null : slot;
    slot += 1 + skip;
    current = new Map(current);
    for (const [address, lamports] of writes) {
      if (lamports === 0) current.delete(address);
      else current.set(address, lamports);
    }
    states.set(slot, current);
    updates.push(
      updateOf(
        slot,
        parent,
        // A slot states each address once, as it left it.
        [...new Map(writes)].map(([address, lamports]) => ({
          address: addressOf(address),
          state: lamports === 0 ? null : stateOf(lamports),
        })),
      ),
    );
  }
  return { states, updates };
}

function expectSame(store: ChainStore, states: Map<number, Map<number, number>>): void {
  for (const { slot } of store.timeline.applied()) {
    const expected = states.get(Number(slot));
    for (let number = 1; number <= 8; number += 1) {
      const lamports = expected?.get(number);
      expect(store.accounts.get(addressBytes(addressOf(number)), slot)).toEqual(
        lamports === undefined ? null : stateOf(lamports),
      );
    }
  }
}

const memory: ChainStoreOptions = {
  folder: null,
  windowSlots: 10,
  keeps: { accounts: true, transactions: true },
};

describe('a store of chain data', () => {
  it('answers as of every slot of its window as a naive one does', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (slots) => {
        const { states, updates } = naive(slots);
        const store = ChainStore.open(memory);
        for (const update of updates) {
          await store.applySlot(update);
          expectSame(store, states);
        }
        expect(store.timeline.size).toBe(Math.min(10, updates.length));
      }),
      { numRuns: 60 },
    );
  });

  it('drops what it closed once the window has passed', async () => {
    const store = ChainStore.open({ ...memory, windowSlots: 3 });
    await store.applySlot(updateOf(1, null, [{ address: addressOf(1), state: stateOf(9) }]));
    await store.applySlot(updateOf(2, 1, [{ address: addressOf(1), state: null }]));
    for (let slot = 3; slot <= 5; slot += 1) await store.applySlot(updateOf(slot, slot - 1, []));
    expect(store.stats()).toMatchObject({ accounts: 0, accountBytes: 0 });
  });

  it('keeps nothing of an account that was opened and closed within a slot', async () => {
    const store = ChainStore.open(memory);
    await store.applySlot(
      updateOf(1, null, [
        { address: addressOf(1), state: stateOf(9) },
        { address: addressOf(1), state: null },
      ]),
    );
    expect(store.stats()).toMatchObject({ accounts: 0, accountBytes: 0 });
    expect(store.accounts.get(addressBytes(addressOf(1)), parseSlot(1))).toBeNull();
  });

  it('tells a pin that it cannot answer from one that it can', async () => {
    const store = ChainStore.open({ ...memory, windowSlots: 2 });
    for (const slot of [3, 5, 6]) await store.applySlot(updateOf(slot, null, []));
    const check = (slot: number, hash: number) =>
      store.timeline.check({ slot: parseSlot(slot), blockhash: blockhashOf(hash) });
    expect([check(6, 6), check(6, 5), check(4, 4), check(7, 7), check(5, 5)]).toEqual([
      'applied',
      'blockhashDiffers',
      'beforeWindow',
      'notApplied',
      'applied',
    ]);
    expect(store.timeline.pins(5).map((pin) => Number(pin.slot))).toEqual([6, 5]);
    const anyone = addressBytes(addressOf(1));
    expect(store.accounts.get(anyone, parseSlot(4))).toBe('beforeWindow');
    expect(store.accounts.get(anyone, parseSlot(7))).toBe('notApplied');
  });

  it('says not covered only of absent addresses outside of its coverage', async () => {
    const covered = addressBytes(addressOf(1));
    const store = ChainStore.open({ ...memory, covers: (address) => address[0] === covered[0] });
    await store.applySlot(updateOf(1, null, [{ address: addressOf(2), state: stateOf(9) }]));
    const get = (number: number) =>
      store.accounts.get(addressBytes(addressOf(number)), parseSlot(1));
    expect([get(1), get(2), get(3)]).toEqual([null, stateOf(9), 'notCovered']);
  });

  it('replaces everything by a snapshot, and keeps older slots readable', async () => {
    await fc.assert(
      fc.asyncProperty(history, history, fc.boolean(), async (before, after, givenUp) => {
        const { states, updates } = naive(before);
        const store = ChainStore.open({ ...memory, windowSlots: 60 });
        for (const update of updates) await store.applySlot(update);
        const tip = Number(updates.at(-1)?.slot ?? 0);
        if (givenUp) {
          await store.addSnapshot(parseSlot(tip + 5), [
            { address: addressOf(7), state: stateOf(3) },
            { address: addressOf(8), state: stateOf(4) },
          ]);
        }
        const final = naive(after).states;
        const newest = [...final.values()].at(-1) ?? new Map<number, number>();
        const slot = tip + 10;
        const accounts = [...newest].map(([number, lamports]) => ({
          address: addressOf(number),
          state: stateOf(lamports),
        }));
        await store.addSnapshot(parseSlot(slot), accounts.slice(0, 2));
        await store.addSnapshot(parseSlot(slot), accounts.slice(2));
        expectSame(store, states);
        await store.endSnapshot(updateOf(slot, null, []));
        expectSame(store, new Map([...states, [slot, newest]]));
      }),
      { numRuns: 40 },
    );
  });
});

describe('a journaled store', () => {
  it('holds after a restart what it held before, changes replayed', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.integer({ min: 0, max: 39 }), async (slots, stop) => {
        const { states, updates } = naive(slots);
        const options = { ...memory, folder: makeFolder() };
        const first = ChainStore.open(options);
        for (const update of updates.slice(0, stop)) await first.applySlot(update);
        await first.flush();
        const stats = first.stats();
        await first.close();
        const live = new Map<string, string>();
        const onChange = ({ address, after }: AccountChange) => {
          const key = Buffer.from(address).toString('hex');
          if (after === null) live.delete(key);
          else live.set(key, Buffer.from(after).toString('hex'));
        };
        const second = ChainStore.open({ ...options, onChange });
        expect(second.cursor).toBe(updates[Math.min(stop, updates.length) - 1]?.slot ?? null);
        expect(second.stats()).toEqual({ ...stats, journalPending: 0 });
        expectSame(second, states);
        for (const update of updates) await second.applySlot(update);
        expectSame(second, states);
        expect(live.size).toBe([...second.accounts.newest()].length);
        await second.close();
      }),
      { numRuns: 15 },
    );
  });

  it('removes what a killed snapshot left above the cursor', async () => {
    const options = { ...memory, folder: makeFolder() };
    const first = ChainStore.open(options);
    await first.applySlot(updateOf(1, null, [{ address: addressOf(1), state: stateOf(1) }]));
    await first.addSnapshot(parseSlot(9), [
      { address: addressOf(1), state: stateOf(2) },
      { address: addressOf(2), state: stateOf(3) },
    ]);
    await first.close();
    const second = ChainStore.open(options);
    expect(second.cursor).toBe(1n);
    expect(second.stats().accounts).toBe(1);
    expect(second.accounts.get(addressBytes(addressOf(1)), parseSlot(1))).toEqual(stateOf(1));
    await second.close();
  });

  it('stays bounded: versions that the window has passed leave the disk', async () => {
    const options = { ...memory, folder: makeFolder(), windowSlots: 5 };
    const store = ChainStore.open(options);
    for (let slot = 1; slot <= 200; slot += 1) {
      const accounts = [1, 2, 3].map((number) => ({
        address: addressOf(number),
        state: (slot + number) % 5 === 0 ? null : stateOf(slot),
      }));
      await store.applySlot(updateOf(slot, slot - 1, accounts));
      await store.flush();
    }
    await store.close();
    let versions = 0;
    const again = ChainStore.open({ ...options, onChange: () => (versions += 1) });
    expect(versions).toBeLessThanOrEqual(3 * 6);
    expect(again.timeline.size).toBe(5);
    await again.close();
  });

  it('refuses the journal of another chain', async () => {
    const options = { ...memory, folder: makeFolder() };
    await ChainStore.open({ ...options, genesisHash: blockhashOf(1) }).close();
    await ChainStore.open({ ...options, genesisHash: blockhashOf(1) }).close();
    expect(() => ChainStore.open({ ...options, genesisHash: blockhashOf(2) })).toThrow(
      expect.objectContaining({ code: 'STORE_FAILED' }),
    );
  });

  it('names the owners of its accounts, and takes nothing twice', async () => {
    const store = ChainStore.open(memory);
    await store.applySlot(updateOf(5, null, [{ address: addressOf(1), state: stateOf(3) }]));
    await store.addSnapshot(parseSlot(5), [{ address: addressOf(2), state: stateOf(3) }]);
    await store.endSnapshot(updateOf(5, null, []));
    await store.applySlot(updateOf(4, null, [{ address: addressOf(1), state: null }]));
    expect(store.stats().accounts).toBe(1);
    expect(store.owners()).toEqual([addressOf(200)]);
  });

  it('says in one sentence that its folder cannot be written', () => {
    const file = join(makeFolder(), 'file');
    writeFileSync(file, '');
    expect(() => ChainStore.open({ ...memory, folder: join(file, 'store') })).toThrow(
      expect.objectContaining({
        code: 'FOLDER_NOT_WRITABLE',
        message: expect.stringContaining(file),
      }),
    );
  });
});
