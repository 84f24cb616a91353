// The Yellowstone source before a server that repeats, reorders, leaves out, forks, lies and stops, with
// a real store behind it: it ends where the chain ends, nothing lost and nothing twice.
import { addressBytes, type Slot } from '@streamsync/domain';
import { silentLog } from '@streamsync/runtime';
import { ChainStore } from '@streamsync/storage-core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SourceEvent } from '../src/chain-source.ts';
import { YellowstoneSource } from '../src/yellowstone/yellowstone-source.ts';
import { StandInGeyser } from './support/stand-in-geyser.ts';
import { accountOf, type StandInBlock, StandInRpc } from './support/stand-in-rpc.ts';

const DEADLINE_MS = 20_000;
/** Short, so that what the source waits for in vain does not hold the tests up. */
const REORDER_MS = 150;

let server: StandInRpc;
let geyser: StandInGeyser;
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  server = await StandInRpc.start();
  geyser = await StandInGeyser.start(server);
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  geyser.stop();
  await server.stop();
});

/** Feeds a store as the ingest does, and keeps what it was fed. */
function follow(
  store = ChainStore.open({ folder: null, keeps: { accounts: true, transactions: true } }),
) {
  const source = new YellowstoneSource({
    url: geyser.url,
    rpcUrl: `http://127.0.0.1:${server.port}`,
    everyAccount: true,
    reorderMs: REORDER_MS,
    silentMs: 1_000,
    log: silentLog,
  });
  const controller = new AbortController();
  const { signal } = controller;
  const events: SourceEvent[] = [];
  let failure: unknown = null;
  const done = (async () => {
    for (let isDone = false; !isDone && !signal.aborted; ) {
      const recentPins = store.recentPins(1_024);
      isDone = true;
      for await (const event of source.events({ signal, cursor: store.cursor, recentPins })) {
        events.push(event);
        if (event.kind === 'snapshot') await store.addSnapshot(event.slot, event.accounts);
        if (event.kind === 'snapshotEnd') await store.endSnapshot(event.update);
        if (event.kind === 'slot') await store.applySlot(event.update);
        if (event.kind === 'history') await store.applyHistory(event.update);
        if (event.kind === 'rollback' && !(await store.rollback(event.slot))) {
          await store.forgetAccounts();
          isDone = false;
          break;
        }
      }
    }
  })().catch((error: unknown) => {
    failure = error;
  });
  const stop = async () => {
    controller.abort();
    await done;
    if (failure !== null) throw failure;
  };
  stops.push(stop);
  return { source, store, events, stop };
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`late: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const slots = (events: readonly SourceEvent[]): string[] =>
  events.flatMap((event) => {
    if (event.kind === 'slot') return [`${event.update.slot}`];
    if (event.kind === 'snapshotEnd') return [`snapshot ${event.update.slot}`];
    return event.kind === 'rollback' ? [`back to ${event.slot}`] : [];
  });

const tipOf = (store: ChainStore): string => {
  const tip = store.timeline.tip;
  return tip === null ? 'none' : `${tip.slot} ${tip.blockhash}`;
};

/** The store is at the server's tip, has only pins of its chain, and exactly its accounts. */
function expectSame(store: ChainStore): void {
  expect(tipOf(store)).toBe(server.pins().at(-1));
  const pins = store.recentPins(1_024).map(({ slot, blockhash }) => `${slot} ${blockhash}`);
  expect(pins.filter((pin) => !server.pins().includes(pin))).toEqual([]);
  const held = new Map<string, number>();
  for (let number = 0; number < 100; number += 1) {
    const state = store.accounts.get(addressBytes(accountOf(number)), store.cursor as Slot);
    if (typeof state === 'object' && state !== null) {
      held.set(accountOf(number), Number(state.lamports));
    }
  }
  expect(held).toEqual(server.accounts());
}

const atTip = (store: ChainStore) => until('the tip', () => tipOf(store) === server.pins().at(-1));

const branchOff = (parent: StandInBlock, slot: number, branch: number, lamports: number) =>
  server.extend({
    slot,
    parentSlot: parent.slot,
    branch,
    parentBranch: parent.branch,
    writes: new Map([[accountOf(branch), lamports]]),
  });

async function startAt(blocks: number) {
  for (let count = 1; count <= blocks; count += 1) server.next([[1, count]]);
  const feed = follow();
  await atTip(feed.store);
  await until('a listener', () => geyser.listeners === 1);
  return feed;
}

describe('the Yellowstone source before an unruly server', () => {
  it('takes each slot once, however often its parts come', async () => {
    const { source, store, events } = await startAt(3);
    const four = server.next([[2, 4]]);
    geyser.announce(four, four);
    const five = server.next([[2, 5]]);
    geyser.announce(five, four, five, four);
    await atTip(store);
    await until('the repeats', () => source.stats().progress.repeated >= 12);
    expect(slots(events)).toEqual(['snapshot 3', '4', '5']);
    expectSame(store);
    expect(source.stats()).toMatchObject({ errors: 0, snapshots: 1 });
  });

  it('takes slots in their order, whatever order their parts come in', async () => {
    const { store, events } = await startAt(3);
    const parts = [server.next([[2, 4]]), server.next([[2, 5]], 1), server.next([[2, 6]])].map(
      (block) => geyser.partsOf(block),
    );
    // Writes before the end of their slot; everything else backwards.
    for (const { writes, settled } of parts.toReversed()) geyser.send(settled, ...writes);
    for (const { meta } of parts.toReversed()) geyser.send(meta);
    await atTip(store);
    expect(slots(events)).toEqual(['snapshot 3', '4', '6', '7']);
    expectSame(store);
  });

  it('keeps of two writes of one slot the later one, though it comes first', async () => {
    const { store } = await startAt(3);
    const four = server.next([[2, 4]]);
    const { writes, meta, settled } = geyser.partsOf(four);
    const [write] = writes as { account: { account: object; slot: number } }[];
    if (write === undefined) throw new Error('the block writes');
    const stale = {
      account: {
        ...write.account,
        account: { ...write.account.account, lamports: 77, writeVersion: 0 },
      },
    };
    geyser.send(...writes, stale, meta, settled);
    await atTip(store);
    expectSame(store);
  });

  it('asks RPC for the block where its message never comes', async () => {
    const { source, store, events } = await startAt(3);
    const four = server.next([[2, 4]]);
    const { writes, settled } = geyser.partsOf(four);
    geyser.send(...writes, settled);
    await atTip(store);
    expect(slots(events)).toEqual(['snapshot 3', '4']);
    expectSame(store);
    expect(source.stats().skipped).toEqual({ 'slots whose rest was asked of RPC': 1 });
  });

  it('shows its lag, and asks for what was left out by a stream from there', async () => {
    const { source, store, events } = await startAt(3);
    const [, five] = [server.next([[2, 4]]), server.next([[2, 5]])];
    for (const block of [server.tip]) geyser.partsOf(block);
    const four = { ...five, slot: 4, parentSlot: 3, writes: new Map([[accountOf(2), 4]]) };
    geyser.partsOf(four);
    geyser.announce(five);
    await until('the gap', () => source.stats().progress.gaps === 1);
    expect(source.stats().progress).toMatchObject({ lagSlots: 2, slotSeen: 5n });
    await atTip(store);
    expect(slots(events)).toEqual(['snapshot 3', '4', '5']);
    expect(geyser.began).toEqual([null, '4']);
    expectSame(store);
    expect(source.stats()).toMatchObject({ snapshots: 1, reconnects: 1 });
    expect(source.stats().progress.lagSlots).toBe(0);
  });

  it('takes a snapshot where no replay brings what was left out', async () => {
    const { source, store, events } = await startAt(3);
    geyser.forgotten.add(4);
    server.next([[2, 4]]);
    const five = server.next([[3, 5]]);
    geyser.announce(five);
    await atTip(store);
    expect(slots(events)).toEqual(['snapshot 3', 'snapshot 5']);
    expectSame(store);
    expect(geyser.began).toEqual([null, '4', null]);
    expect(source.stats().snapshots).toBe(2);
  });

  it('takes a snapshot where the server has no replay', async () => {
    const { store, events } = await startAt(3);
    geyser.hasReplay = false;
    geyser.cut();
    await until('the cut', () => geyser.listeners === 0);
    server.next([[2, 4]]);
    await atTip(store);
    expect(slots(events)).toEqual(['snapshot 3', 'snapshot 4']);
    expectSame(store);
  });

  it('takes a slot back of which a part came late, and has it whole', async () => {
    const { source, store, events } = await startAt(3);
    const four = server.next([[2, 4]]);
    const { writes, meta, settled } = geyser.partsOf(four);
    geyser.send(meta, settled);
    await atTip(store);
    geyser.send(...writes);
    await until('the whole slot', () => slots(events).length === 4);
    await atTip(store);
    expect(slots(events)).toEqual(['snapshot 3', '4', 'back to 3', '4']);
    expectSame(store);
    expect(source.stats().skipped).toEqual({ 'slots of which parts came late': 1 });
  });

  it('rolls back what the chain left while it listens', async () => {
    const { store, events } = await startAt(3);
    const three = server.tip;
    geyser.announce(server.next([[2, 4]]), server.next([[2, 5]]));
    await atTip(store);
    geyser.announce(branchOff(three, 6, 9, 60));
    await atTip(store);
    expect(slots(events)).toEqual(['snapshot 3', '4', '5', 'back to 3', '6']);
    expectSame(store);
  });

  it('rolls back a slot that turns out to be another block', async () => {
    const { store, events } = await startAt(3);
    const three = server.tip;
    geyser.announce(server.next([[2, 4]]));
    await atTip(store);
    const other = branchOff(three, 4, 9, 60);
    geyser.announce(other, server.next([[2, 5]]));
    await atTip(store);
    expect(slots(events)).toEqual(['snapshot 3', '4', 'back to 3', '4', '5']);
    expectSame(store);
  });

  it('finds after a restart where the chain left what was applied', async () => {
    const first = await startAt(3);
    const three = server.tip;
    geyser.announce(server.next([[2, 4]]), server.next([[2, 5]]));
    await atTip(first.store);
    await first.stop();
    geyser.partsOf(branchOff(three, 4, 9, 60));
    geyser.partsOf(server.next([[2, 7]]));
    const second = follow(first.store);
    await atTip(second.store);
    expect(slots(second.events)).toEqual(['back to 3', '4', '5']);
    expect(second.source.stats().snapshots).toBe(0);
    expectSame(second.store);
  });

  it('passes over a slot that is settled and is not there', async () => {
    const { source, store, events } = await startAt(3);
    geyser.send({ slot: { slot: 900, parent: 899, status: 1 } });
    await until('the lie', () => 'announced without a block' in source.stats().skipped);
    geyser.announce(server.next([[2, 4]]));
    await atTip(store);
    expect(slots(events)).toEqual(['snapshot 3', '4']);
    expectSame(store);
  });

  it('goes on beside a forged block that nothing links to', async () => {
    const { store, events } = await startAt(3);
    geyser.send(
      {
        blockMeta: {
          slot: 900,
          blockhash: accountOf(90),
          parentSlot: 899,
          parentBlockhash: accountOf(91),
        },
      },
      { slot: { slot: 900, parent: 899, status: 1 } },
    );
    geyser.announce(server.next([[2, 4]]));
    await atTip(store);
    await until('a new stream', () => geyser.began.length > 1 && geyser.listeners === 1);
    geyser.announce(server.next([[2, 5]]));
    await atTip(store);
    expect(slots(events).filter((slot) => !slot.startsWith('snapshot'))).toEqual(['4', '5']);
    expectSame(store);
  });

  it('opens another stream where one has stopped, and says that it did', async () => {
    const { source, store, events } = await startAt(3);
    await until('another stream', () => geyser.began.length > 1 && geyser.listeners === 1);
    expect(source.stats().lastError).toMatch(/told of no slot/);
    geyser.announce(server.next([[2, 4]]));
    await atTip(store);
    expect(slots(events)).toEqual(['snapshot 3', '4']);
  });

  it('survives what is not of the protocol, and goes on', async () => {
    const { source, store } = await startAt(3);
    geyser.send({ account: { slot: 4, account: { pubkey: new Uint8Array(5), lamports: 1 } } });
    await until('a new stream', () => source.stats().reconnects === 1 && geyser.listeners === 1);
    expect(source.stats().lastError).toMatch(/cannot be read/);
    geyser.announce(server.next([[2, 4]]));
    await atTip(store);
    expectSame(store);
  });

  it('ends in the chain of the server, however the parts of slots are mixed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(1_000_000)), async (numbers) => {
        for (const stop of stops.splice(0)) await stop();
        const random = () => numbers.next().value as number;
        const { store } = await startAt(2);
        const updates: object[] = [];
        for (let count = 0; count < 8; count += 1) {
          const block = server.next([[10 + (random() % 5), random()]], random() % 2);
          const { writes, meta, settled } = geyser.partsOf(block);
          for (const part of [...writes, meta, settled]) {
            updates.push(part);
            if (random() % 4 === 0) updates.push(part);
          }
        }
        const mixed = updates
          .map((update) => ({ update, at: random() }))
          .sort((left, right) => left.at - right.at);
        geyser.send(...mixed.map(({ update }) => update));
        await atTip(store);
        // What came late has been taken back and has come again.
        await until('the same accounts', () => {
          try {
            expectSame(store);
            return true;
          } catch {
            return false;
          }
        });
      }),
      { numRuns: 5 },
    );
  }, 120_000);
});
