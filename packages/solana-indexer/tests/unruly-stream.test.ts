// The streamed source before a server that forks, repeats, reorders, leaves out, lies and stops, with
// a real store behind it: it ends where the server's chain ends, nothing lost and nothing twice.
import { addressBytes, type Slot } from '@streamsync/domain';
import { silentLog } from '@streamsync/runtime';
import { ChainStore } from '@streamsync/storage-core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChainSource, SourceEvent } from '../src/chain-source.ts';
import { createRpcSource } from '../src/rpc/rpc-source.ts';
import { accountOf, type StandInBlock, StandInRpc } from './support/stand-in-rpc.ts';

const DEADLINE_MS = 20_000;

let server: StandInRpc;
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  server = await StandInRpc.start();
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await server.stop();
});

const newStore = () =>
  ChainStore.open({ folder: null, keeps: { accounts: true, transactions: true } });

/** Feeds a store as the ingest does, and keeps what it was fed. */
function follow(store = newStore()) {
  const source: ChainSource = createRpcSource({
    rpcUrl: `http://127.0.0.1:${server.port}`,
    wsUrl: `ws://127.0.0.1:${server.port}`,
    completeStream: true,
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
  events.flatMap((event) =>
    event.kind === 'slot' || event.kind === 'snapshotEnd'
      ? [`${event.update.slot}`]
      : event.kind === 'rollback'
        ? [`back to ${event.slot}`]
        : [],
  );

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
  for (let number = 0; number < 40; number += 1) {
    const state = store.accounts.get(addressBytes(accountOf(number)), store.cursor as Slot);
    if (typeof state === 'object' && state !== null) {
      held.set(accountOf(number), Number(state.lamports));
    }
  }
  expect(held).toEqual(server.accounts());
}

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
  await until('the snapshot', () => tipOf(feed.store) === server.pins().at(-1));
  await until('a listener', () => server.listeners === 1);
  return feed;
}

describe('the polled source before a server that forks', () => {
  it('undoes the polled slots that the server left', async () => {
    for (let count = 1; count <= 3; count += 1) server.next([[1, count]]);
    const source = createRpcSource({
      rpcUrl: `http://127.0.0.1:${server.port}`,
      wsUrl: '',
      completeStream: false,
      addresses: [accountOf(1)],
      pollMs: 10,
      log: silentLog,
    });
    const controller = new AbortController();
    const seen: string[] = [];
    const three = server.tip;
    for await (const event of source.events({ signal: controller.signal, cursor: null })) {
      if (slots([event]).length === 0) continue;
      seen.push(...slots([event]));
      if (seen.length === 1) server.next([[1, 4]]);
      else if (seen.length === 2) branchOff(three, 6, 9, 60);
      else if (seen.at(-1) === '6') controller.abort();
    }
    expect(seen).toEqual(['3', '4', 'back to 3', '6']);
    expect(source.stats().progress.rollbacks).toBe(1);
  });
});

describe('the streamed source before an unruly server', () => {
  it('takes each slot once, whatever comes again, late or between others', async () => {
    const { store, events, source } = await startAt(3);
    const [four, five, seven] = [server.next([[2, 4]]), server.next([[3, 5]]), server.next([], 1)];
    for (const block of [four, five, seven]) server.announce(block, 'writes');
    for (const block of [five, four, four, seven, five]) server.announce(block, 'slot');
    await until('slot 7', () => tipOf(store) === server.pins().at(-1));
    server.announce(four, 'slot');
    await until('the repeats', () => source.stats().progress.repeated >= 3);
    expect(slots(events)).toEqual(['3', '4', '5', '7']);
    expectSame(store);
    expect(source.stats().progress).toMatchObject({ lagSlots: 0, gaps: 0, rollbacks: 0 });
  });

  it('rolls back what the server left while it listens', async () => {
    const { store, events } = await startAt(3);
    const three = server.tip;
    for (const block of [server.next([[2, 4]]), server.next([[2, 5]])]) server.announce(block);
    await until('slot 5', () => tipOf(store) === server.pins().at(-1));
    server.announce(branchOff(three, 6, 9, 60));
    await until('the other branch', () => tipOf(store) === server.pins().at(-1));
    expect(slots(events)).toEqual(['3', '4', '5', 'back to 3', '6']);
    expectSame(store);
  });

  it('finds after a restart where the server left what was applied', async () => {
    const first = await startAt(3);
    const three = server.tip;
    for (const block of [server.next([[2, 4]]), server.next([[2, 5]])]) server.announce(block);
    await until('slot 5', () => tipOf(first.store) === server.pins().at(-1));
    await first.stop();
    const six = branchOff(three, 6, 9, 60);
    branchOff(six, 7, 9, 70);
    const second = follow(first.store);
    await until('the other branch', () => tipOf(first.store) === server.pins().at(-1));
    expect(slots(second.events)).toEqual(['back to 3', '7']);
    expectSame(first.store);
  });

  it('begins anew where nothing that was applied stands', async () => {
    const first = await startAt(3);
    await first.stop();
    const zero = { slot: 0, branch: 0 } as StandInBlock;
    branchOff(branchOff(zero, 2, 9, 20), 5, 9, 50);
    const second = follow(first.store);
    await until('the other chain', () => tipOf(first.store) === server.pins().at(-1));
    expect(slots(second.events)).toEqual(['back to 0', '5']);
    expectSame(first.store);
  });

  it('fetches what the stream leaves out, and shows the gap until then', async () => {
    const { store, events, source } = await startAt(3);
    const lost = server.next([[2, 4]]);
    server.announce(server.next([[3, 5]]));
    await until('the gap', () => source.stats().progress.gaps === 1);
    expect(source.stats().progress.lagSlots).toBe(2);
    await until('slot 5', () => tipOf(store) === server.pins().at(-1));
    await until('the history of the slot', () =>
      events.some(({ kind, ...event }) => {
        return kind === 'history' && 'update' in event && event.update.slot === BigInt(lost.slot);
      }),
    );
    expectSame(store);
    expect(source.stats().progress).toMatchObject({ gaps: 0, lagSlots: 0 });
  });

  it('passes over slots that are announced and are not there', async () => {
    const { store, events, source } = await startAt(3);
    server.announceLie(1_000_000, 3);
    await until('the lie', () => source.stats().skipped['announced without a block'] === 1);
    expect(source.stats().progress.lagSlots).toBe(0);
    server.announceLie(4, 1);
    const four = server.next([[2, 4]]);
    server.announce(four, 'writes');
    server.announce(server.next([[2, 5]]));
    await until('slot 5', () => tipOf(store) === server.pins().at(-1));
    expect(events.filter(({ kind }) => kind === 'rollback')).toEqual([]);
    expectSame(store);
  });

  it('ends where the server ends, whatever it does on the way', { timeout: 120_000 }, async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('next'), account: fc.nat(5) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('fork'), account: fc.nat(3) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('again'), account: fc.nat(3) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('late'), account: fc.nat(3) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 15 }), async (steps) => {
        const own = await StandInRpc.start();
        const before = server;
        server = own;
        try {
          const { store, stop } = await startAt(3);
          const chain: StandInBlock[] = [server.tip];
          let held: StandInBlock | null = null;
          let lamports = 100;
          const announce = (block: StandInBlock) => {
            server.announce(block, 'writes');
            server.announce(block, 'slot');
          };
          for (const { kind, account } of steps) {
            lamports += 1;
            if (kind === 'again') announce(server.tip);
            else if (kind === 'late' && held === null) {
              held = server.next([[account, lamports]]);
              server.announce(held, 'writes');
              chain.push(held);
            } else {
              const depth = kind === 'fork' ? Math.min(account, chain.length - 1) : 0;
              const parent = chain.at(-1 - depth) as StandInBlock;
              const block =
                depth === 0
                  ? server.next([[account, lamports]])
                  : branchOff(parent, server.tip.slot + 1, lamports - 90, lamports);
              chain.length -= depth;
              chain.push(block);
              announce(block);
              if (held !== null) server.announce(held, 'slot');
              held = null;
            }
          }
          if (held !== null) server.announce(held, 'slot');
          // Whatever was lost on the way, the next slot shows.
          announce(server.next([[7, lamports]]));
          await until('the end', () => tipOf(store) === server.pins().at(-1));
          expectSame(store);
          await stop();
        } finally {
          await own.stop();
          server = before;
        }
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });
});
