// Forks: whatever is applied, undone, applied again and cut off in between, what is readable in the
// end is what the surviving chain alone would have left.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressBytes, type Slot, type SlotUpdate, signatureBytes } from '@streamsync/domain';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  addressOf,
  blockhashOf,
  slotOf,
  stateOf,
  transactionOf,
  updateOf,
} from '../tests/support/updates.ts';
import { ChainStore, type ChainStoreOptions } from './chain-store.ts';
import { VersionedIndex } from './versioned-index.ts';

const WINDOW_SLOTS = 6;
const ADDRESSES = 6;
const SIGNATURES = 12;
const KEY = new Uint8Array(32).fill(9);

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
const makeFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'streamsync-rollback-'));
  folders.push(folder);
  return folder;
};

/** A store with an index of the accounts of odd lamports. */
interface Subject {
  readonly store: ChainStore;
  readonly index: VersionedIndex;
}

function open(folder: string | null): Subject {
  const index = new VersionedIndex();
  const isOdd = (item: Uint8Array | null) => item !== null && item.length % 2 === 1;
  const options: ChainStoreOptions = {
    folder,
    windowSlots: WINDOW_SLOTS,
    keeps: { accounts: true, transactions: true },
    onChange: ({ slot, address, before, after }) => {
      if (isOdd(before) && !isOdd(after)) index.remove(slot, KEY, address);
      if (!isOdd(before) && isOdd(after)) index.add(slot, KEY, address);
    },
    onAdvance: (slot, slotFirst) => index.advance(slot, slotFirst),
    onRollback: (slot) => (slot === null ? index.clear() : index.rollback(slot)),
  };
  return { store: ChainStore.open(options), index };
}

type Step =
  | { kind: 'apply'; skip: number; writes: [number, number][]; signatures: number[] }
  | { kind: 'rollback'; back: number }
  | { kind: 'fork'; back: number; writes: [number, number][]; signatures: number[] }
  | { kind: 'repeat'; back: number }
  | { kind: 'snapshot'; writes: [number, number][]; isEnded: boolean }
  | { kind: 'reopen' };

const writes = fc.uniqueArray(
  fc.tuple(fc.integer({ min: 1, max: ADDRESSES }), fc.integer({ min: 0, max: 5 })),
  { maxLength: 5, selector: ([address]) => address },
);
const signatures = fc.uniqueArray(fc.integer({ min: 1, max: SIGNATURES }), { maxLength: 3 });
const back = fc.integer({ min: 0, max: WINDOW_SLOTS + 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('apply' as const),
      skip: fc.integer({ min: 0, max: 2 }),
      writes,
      signatures,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rollback' as const), back }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('fork' as const), back, writes, signatures }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), back }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('snapshot' as const),
      writes,
      isEnded: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
);

interface Block {
  readonly update: SlotUpdate;
  /** A snapshot's slot states every account; its update's writes are those. */
  readonly isSnapshot: boolean;
}

const accountsOf = (list: readonly [number, number][]) =>
  list.map(([address, lamports]) => ({
    address: addressOf(address),
    state: lamports === 0 ? null : stateOf(lamports),
  }));

async function applyBlock({ store }: Subject, { update, isSnapshot }: Block): Promise<void> {
  if (!isSnapshot) return store.applySlot(update);
  await store.addSnapshot(update.slot, update.accounts.slice(0, 2));
  await store.addSnapshot(update.slot, update.accounts.slice(2));
  await store.endSnapshot({ ...update, accounts: [] });
}

/** Runs the steps on a journaled store, and returns it with the chain that they leave. */
async function run(steps: readonly Step[]): Promise<{ subject: Subject; chain: Block[] }> {
  const folder = makeFolder();
  let subject = open(folder);
  const chain: Block[] = [];
  let fork = 0;
  const blockOf = (
    slot: number,
    parent: Slot | null,
    list: [number, number][],
    names: number[],
  ): SlotUpdate => {
    // A signature is on a chain once.
    const used = new Set(
      chain.flatMap(({ update }) => update.transactions.map((t) => t.signature)),
    );
    return {
      ...updateOf(slot, parent === null ? null : Number(parent), accountsOf(list)),
      blockhash: blockhashOf(slot, fork),
      transactions: names
        .map((name) => transactionOf(name, slot))
        .filter(({ signature }) => !used.has(signature)),
    };
  };
  for (const each of steps) {
    const { store } = subject;
    const tip = chain.at(-1)?.update.slot ?? null;
    const keep = 'back' in each ? Math.max(0, chain.length - each.back) : chain.length;
    switch (each.kind) {
      case 'apply': {
        const slot = Number(tip ?? 0n) + 1 + each.skip;
        const update = blockOf(slot, tip, each.writes, each.signatures);
        await store.applySlot(update);
        chain.push({ update, isSnapshot: false });
        break;
      }
      case 'rollback': {
        const target = chain[keep - 1]?.update.slot;
        if (target === undefined) break;
        const isKept = target >= (store.timeline.first?.slot ?? 0n);
        expect(await store.rollback(target)).toBe(isKept);
        if (isKept) chain.length = keep;
        fork += 1;
        break;
      }
      case 'fork': {
        const parent = chain[keep - 1]?.update.slot;
        if (parent === undefined || parent < (store.timeline.first?.slot ?? 0n)) break;
        fork += 1;
        // A slot in a gap below a snapshot may be late: there the source has to say that it is a fork.
        if (chain[keep]?.isSnapshot) await store.rollback(parent);
        chain.length = keep;
        const update = blockOf(Number(parent) + 1, parent, each.writes, each.signatures);
        await store.applySlot(update);
        chain.push({ update, isSnapshot: false });
        break;
      }
      case 'repeat': {
        const repeated = chain[keep - 1];
        if (repeated !== undefined) await applyBlock(subject, repeated);
        break;
      }
      case 'snapshot': {
        const slot = Number(tip ?? 0n) + 5;
        const update = blockOf(slot, slotOf(slot - 1), each.writes, []);
        const accounts = update.accounts.filter(({ state }) => state !== null);
        await store.addSnapshot(slotOf(slot - 1), accountsOf([[1, 5]]));
        if (!each.isEnded) {
          expect(await store.rollback(slotOf(slot - 2))).toBe(true);
          break;
        }
        const block: Block = { update: { ...update, accounts }, isSnapshot: true };
        await applyBlock(subject, block);
        chain.push(block);
        break;
      }
      case 'reopen':
        await store.close();
        subject = open(folder);
        break;
    }
  }
  return { subject, chain };
}

/** Everything that can be read at the slots from `slotFirst` on. */
function readable({ store, index }: Subject, slotFirst: Slot) {
  const slots = store.timeline.applied().filter(({ slot }) => slot >= slotFirst);
  const tip = store.cursor ?? slotFirst;
  return {
    slots,
    states: slots.map(({ slot }) =>
      Array.from({ length: ADDRESSES }, (_, address) =>
        store.accounts.get(addressBytes(addressOf(address + 1)), slot),
      ),
    ),
    lists: slots.map(({ slot }) => index.page(KEY, slot, null, 100)),
    versions: slots.map(({ slot }) =>
      store.accounts
        .slotsWritten(slot, tip)
        .flatMap((at) => store.accounts.versionsAt(at))
        .map(({ slot: at, address, item, before }) =>
          [at, address, item, before].map((part) =>
            part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part,
          ),
        ),
    ),
    transactions: Array.from({ length: SIGNATURES }, (_, name) => {
      const { signature } = transactionOf(name + 1, 1);
      const item = store.transactions.item(signatureBytes(signature), tip);
      return typeof item === 'string' ? item : Buffer.from(item).toString('hex');
    }),
    ranges: store.transactions.ranges(),
  };
}

async function expectAsStraight(subject: Subject, chain: readonly Block[]): Promise<void> {
  const straight = open(null);
  for (const block of chain) await applyBlock(straight, block);
  const slotFirst = subject.store.timeline.first?.slot ?? slotOf(0);
  expect(readable(subject, slotFirst)).toEqual(readable(straight, slotFirst));
  // Once the window has moved on, nothing is left over of what was undone.
  const tip = Number(subject.store.cursor ?? 0n);
  for (let slot = tip + 1; slot <= tip + WINDOW_SLOTS + 1; slot += 1) {
    for (const { store } of [subject, straight])
      await store.applySlot(updateOf(slot, slot - 1, []));
  }
  await subject.store.flush();
  const { accounts, accountBytes } = straight.store.stats();
  expect(subject.store.stats()).toMatchObject({ accounts, accountBytes });
  expect(subject.index.size).toBe(straight.index.size);
}

describe('a store whose chain forks', () => {
  it('reads as the surviving chain applied straight, also after it is opened again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        async (steps, isReopened) => {
          const { subject, chain } = await run([
            ...steps,
            ...(isReopened ? [{ kind: 'reopen' as const }] : []),
          ]);
          await expectAsStraight(subject, chain);
          await subject.store.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('says that it cannot undo what its window has left, and then begins anew', async () => {
    const folder = makeFolder();
    const { store } = open(folder);
    for (let slot = 1; slot <= 10; slot += 1) {
      await store.applySlot({
        ...updateOf(slot, slot - 1, accountsOf([[1, slot % 5]])),
        transactions: [transactionOf(slot, slot)],
      });
    }
    const first = store.timeline.first?.slot ?? slotOf(0);
    expect(await store.rollback(slotOf(Number(first) - 1))).toBe(false);
    expect(store.cursor).toBe(10n);
    await store.forgetAccounts();
    expect(store.cursor).toBeNull();
    expect(store.stats().accounts).toBe(0);
    // What finality settled long ago stays: the slots below the window.
    expect(store.transactions.ranges()).toEqual([{ slotFirst: 1n, slotLast: first - 1n }]);
    await store.addSnapshot(slotOf(8), accountsOf([[2, 4]]));
    await store.endSnapshot(updateOf(8, 7, []));
    await store.close();
    const again = open(folder);
    expect(again.store.cursor).toBe(8n);
    expect(again.store.stats()).toMatchObject({ accounts: 1, transactions: Number(first) - 1 });
    await again.store.close();
  });

  it('refuses a slot of a fork whose parent it never applied', async () => {
    const { store } = open(null);
    await store.applySlot(updateOf(5, 4, []));
    await store.applySlot(updateOf(8, 5, []));
    const refused = expect.objectContaining({ code: 'FORK_TOO_DEEP' });
    await expect(store.applySlot(updateOf(9, 6, []))).rejects.toEqual(refused);
    const other = { ...updateOf(8, 7, []), blockhash: blockhashOf(8, 1) };
    await expect(store.applySlot(other)).rejects.toEqual(refused);
    expect(store.cursor).toBe(8n);
  });

  it('passes over what is late, and does not take it for a fork', async () => {
    const { store } = open(null);
    await store.applySlot(updateOf(3, 2, []));
    await store.applySlot(updateOf(7, 6, []));
    await store.applySlot(updateOf(4, 3, accountsOf([[1, 1]])));
    await store.applySlot(updateOf(2, 1, accountsOf([[1, 1]])));
    expect(store.timeline.applied().map(({ slot }) => slot)).toEqual([3n, 7n]);
    expect(store.stats().accounts).toBe(0);
  });
});
