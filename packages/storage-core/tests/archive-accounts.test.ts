import {
  type AccountState,
  type AccountWrite,
  addressBytes,
  parseSlot,
  type Slot,
  type SlotUpdate,
} from '@streamsync/domain';
import { encodeAccountItem } from '@streamsync/wire';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type ArchiveReader, ChainStore, type HistoryQuery } from '../src/index.ts';
import { ArchiveUnderTest, hexOf } from './support/archive-under-test.ts';
import { ADDRESSES, addressOf, blockOf } from './support/history-model.ts';

const SNAPSHOT = 5;
const stateOf = (lamports: number): AccountState => ({
  lamports: BigInt(lamports),
  owner: addressOf(50),
  executable: false,
  data: new Uint8Array(lamports),
});
const writeOf = ([address, lamports]: readonly [number, number]): AccountWrite => ({
  address: ADDRESSES[address] as AccountWrite['address'],
  state: lamports === 0 ? null : stateOf(lamports),
});
const itemOf = (lamports: number) =>
  hexOf(encodeAccountItem(lamports === 0 ? null : stateOf(lamports)));

/** A slot's writes: account to lamports; 0 closes. */
const writes = fc
  .uniqueArray(fc.tuple(fc.nat(5), fc.nat(3)), { maxLength: 4, selector: ([address]) => address })
  .map((pairs) => pairs as readonly (readonly [number, number])[]);
const history = fc.record({
  snapshot: writes,
  slots: fc.array(fc.record({ skipped: fc.nat(1), writes }), { minLength: 1, maxLength: 10 }),
});

function updatesOf(
  slots: readonly { skipped: number; writes: readonly (readonly [number, number])[] }[],
) {
  let slot = SNAPSHOT;
  return slots.map(({ skipped, writes: written }) => {
    const parent = slot;
    slot += 1 + skipped;
    return { ...blockOf(slot, parent), accounts: written.map(writeOf) };
  });
}

async function begin(archive: ArchiveUnderTest, snapshot: readonly (readonly [number, number])[]) {
  const slot = parseSlot(SNAPSHOT);
  await archive.store.addSnapshot(
    slot,
    snapshot.filter(([, lamports]) => lamports > 0).map(writeOf),
  );
  await archive.store.endSnapshot(blockOf(SNAPSHOT, SNAPSHOT - 1));
}

const at = async (reader: ArchiveReader, address: number, slot: number) => {
  const found = await reader.accountAt(addressBytes(ADDRESSES[address] as never), parseSlot(slot));
  if (typeof found === 'string') return found;
  return { slot: found.slot === null ? null : Number(found.slot), item: hexOf(found.item) };
};

async function listOf(reader: ArchiveReader, query: HistoryQuery) {
  const found: { slot: number; item: string }[] = [];
  let after: HistoryQuery['after'] = null;
  for (;;) {
    const page = await reader.accountHistory({ ...query, after });
    if (typeof page === 'string') return page;
    found.push(
      ...page.entries.map(({ slot, item }) => ({ slot: Number(slot), item: hexOf(item) })),
    );
    if (!page.more) return found;
    after = { slot: parseSlot(found.at(-1)?.slot ?? 0), index: 0 };
  }
}

/** The states after each slot, and which slot wrote them: a copy of all accounts for each. */
function naive(
  snapshot: readonly (readonly [number, number])[],
  updates: readonly SlotUpdate[],
  slots: readonly { writes: readonly (readonly [number, number])[] }[],
) {
  const versions = new Map<number, { slot: number | null; lamports: number }[]>();
  for (let address = 0; address < 6; address += 1) {
    const first = snapshot.find(([named]) => named === address)?.[1] ?? 0;
    versions.set(address, [{ slot: null, lamports: first }]);
  }
  slots.forEach(({ writes: written }, index) => {
    for (const [address, lamports] of written) {
      const list = versions.get(address);
      if (list === undefined || list.at(-1)?.lamports === lamports) continue;
      list.push({ slot: Number(updates[index]?.slot), lamports });
    }
  });
  return versions;
}

async function expectAccounts(
  archive: ArchiveUnderTest,
  versions: ReturnType<typeof naive>,
  slotLast: number,
) {
  const { history } = archive.store;
  for (const [address, list] of versions) {
    for (let slot = SNAPSHOT; slot <= slotLast; slot += 1) {
      const expected = list.filter((each) => (each.slot ?? 0) <= slot).at(-1);
      expect(await at(history, address, slot)).toEqual({
        slot: expected?.slot ?? null,
        item: itemOf(expected?.lamports ?? 0),
      });
    }
    for (const ascending of [true, false]) {
      const written = list
        .filter((each) => each.slot !== null)
        .map(({ slot, lamports }) => ({ slot, item: itemOf(lamports) }));
      const found = await listOf(history, {
        address: addressBytes(ADDRESSES[address] as never),
        slotFirst: parseSlot(SNAPSHOT + 1),
        slotLast: parseSlot(slotLast),
        ascending,
        after: null,
        limit: 2,
      });
      expect(found).toEqual(ascending ? written : written.reverse());
    }
  }
}

describe('the accounts of an archive', () => {
  it('are at every slot as the writes left them, in memory, sealed, and after a restart', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(2), async ({ snapshot, slots }, mode) => {
        const archive = new ArchiveUnderTest();
        try {
          await begin(archive, snapshot);
          const updates = updatesOf(slots);
          for (const update of updates) await archive.store.applySlot(update);
          const last = Number(updates.at(-1)?.slot);
          // Far above, so that all of them may be sealed.
          if (mode > 0) await archive.store.applySlot(blockOf(last + 100, last));
          if (mode > 0) await archive.store.settle();
          if (mode > 1) await archive.reopen();
          await expectAccounts(archive, naive(snapshot, updates, slots), last);
          expect(await at(archive.store.history, 0, SNAPSHOT - 1)).toBe('notCovered');
          expect(archive.logged).toEqual([]);
        } finally {
          await archive.end();
        }
      }),
      { numRuns: 10 },
    );
  });

  it('are after a fork what the chain that stands wrote', async () => {
    await fc.assert(
      fc.asyncProperty(history, writes, fc.nat(), async ({ snapshot, slots }, left, seed) => {
        const archive = new ArchiveUnderTest();
        try {
          await begin(archive, snapshot);
          const updates = updatesOf(slots);
          const stands = seed % updates.length;
          for (const update of updates.slice(0, stands)) await archive.store.applySlot(update);
          const parent = stands === 0 ? SNAPSHOT : Number(updates[stands - 1]?.slot);
          const fork = { ...blockOf(parent + 1, parent, [], 1), accounts: left.map(writeOf) };
          await archive.store.applySlot(fork);
          await archive.store.applySlot({
            ...blockOf(parent + 2, parent + 1, [], 1),
            // What the chain writes next: it is a change there, whatever the fork wrote.
            accounts: updates[stands]?.accounts ?? [],
          });
          expect(await archive.store.rollback(parseSlot(parent))).toBe(true);
          for (const update of updates.slice(stands)) await archive.store.applySlot(update);
          const last = Number(updates.at(-1)?.slot);
          await expectAccounts(archive, naive(snapshot, updates, slots), last);
        } finally {
          await archive.end();
        }
      }),
      { numRuns: 15 },
    );
  });

  it('are known again from the next snapshot on, which closes what it does not name', async () => {
    const archive = new ArchiveUnderTest();
    try {
      await begin(archive, [
        [0, 1],
        [1, 1],
      ]);
      await archive.store.applySlot({ ...blockOf(6, 5), accounts: [writeOf([1, 2])] });
      await archive.store.addSnapshot(parseSlot(20), [writeOf([1, 2])]);
      await archive.store.endSnapshot(blockOf(20, 19));
      const { history } = archive.store;
      expect(await at(history, 0, 6)).toEqual({ slot: null, item: itemOf(1) });
      expect(await at(history, 1, 6)).toEqual({ slot: 6, item: itemOf(2) });
      for (const slot of [7, 19]) expect(await at(history, 0, slot)).toBe('notCovered');
      expect(await at(history, 0, 20)).toEqual({ slot: null, item: itemOf(0) });
      // What happened between the two is not known, so neither is the slot of the last write.
      expect(await at(history, 1, 20)).toEqual({ slot: null, item: itemOf(2) });
      const query = {
        address: addressBytes(ADDRESSES[1] as never),
        ascending: true,
        after: null,
        limit: 5,
      };
      const across = { ...query, slotFirst: parseSlot(6), slotLast: parseSlot(20) };
      expect(await listOf(history, across)).toBe('notCovered');
    } finally {
      await archive.end();
    }
  });

  it('have nothing of a slot that the index had and the chain store lost in a crash', async () => {
    const archive = new ArchiveUnderTest();
    try {
      await begin(archive, [[0, 1]]);
      vi.spyOn(ChainStore.prototype, 'applySlot').mockRejectedValueOnce(new Error('power cut'));
      const lost = { ...blockOf(6, 5, [], 1), accounts: [writeOf([0, 2])] };
      await expect(archive.store.applySlot(lost)).rejects.toThrow('power cut');
      await archive.reopen();
      expect(archive.store.holdsHistory(parseSlot(6))).toBe(false);
      await archive.store.applySlot(blockOf(7, 5));
      expect(await at(archive.store.history, 0, 7)).toEqual({ slot: null, item: itemOf(1) });
    } finally {
      await archive.end();
    }
  });

  it('that no source names are not claimed to be absent', async () => {
    const archive = new ArchiveUnderTest({ absentIsKnown: false });
    try {
      await begin(archive, [[0, 1]]);
      expect(await at(archive.store.history, 3, SNAPSHOT)).toBe('unknownAddress');
    } finally {
      await archive.end();
    }
  });

  it('are not known from blocks alone, nor from polled slots, while balances are', async () => {
    const archive = new ArchiveUnderTest();
    try {
      const shapes = [{ keys: [0], lamports: [[1n, 2n] as const], tokens: [] }];
      await archive.store.applySlot({ ...blockOf(6, 5, shapes), provenance: 'FED' });
      expect(await at(archive.store.history, 0, 6)).toBe('notCovered');
      const slot: Slot = parseSlot(6);
      const balances = archive.lamports(ADDRESSES[0] as never, {
        slotFirst: slot,
        slotLast: slot,
        ascending: true,
        limit: 5,
      });
      expect(await balances).toHaveLength(1);
      await archive.store.addSnapshot(parseSlot(7), [writeOf([0, 1])]);
      await archive.store.endSnapshot({ ...blockOf(7, 6), provenance: 'POLLED' });
      expect(await at(archive.store.history, 0, 7)).toBe('notCovered');
    } finally {
      await archive.end();
    }
  });
});
