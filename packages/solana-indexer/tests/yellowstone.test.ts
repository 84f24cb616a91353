// The Yellowstone source against a real localnet over its sockets, with a real store behind it.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Connection, Keypair, SystemProgram, Transaction } from '@solana/web3.js';
import { addressBytes, parseAddress, type Slot, type SlotUpdate } from '@streamsync/domain';
import { type Localnet, silentLog as localnetLog, startLocalnet } from '@streamsync/localnet';
import { silentLog } from '@streamsync/runtime';
import { ChainStore } from '@streamsync/storage-core';
import { encodeAccountItem } from '@streamsync/wire';
import { afterEach, describe, expect, it } from 'vitest';
import type { ChainSource, SourceEvent } from '../src/chain-source.ts';
import { RpcHttpClient } from '../src/rpc/http-client.ts';
import { readProgram } from '../src/rpc/read-chain.ts';
import { ROOT_PROGRAMS } from '../src/rpc/rpc-options.ts';
import { createRpcSource } from '../src/rpc/rpc-source.ts';
import type { YellowstoneSourceOptions } from '../src/yellowstone/yellowstone-options.ts';
import { YellowstoneSource } from '../src/yellowstone/yellowstone-source.ts';

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function start(
  options: Partial<Parameters<typeof startLocalnet>[0]> = {},
): Promise<Localnet> {
  const localnet = await startLocalnet({
    httpPort: 0,
    wsPort: 0,
    slotMs: null,
    dir: null,
    activity: { seed: 7, transactionsPerSlot: 6 },
    log: localnetLog,
    ...options,
  });
  stops.push(() => localnet.stop());
  return localnet;
}

const sourceOf = (localnet: Localnet, options: Partial<YellowstoneSourceOptions> = {}) =>
  new YellowstoneSource({
    url: localnet.grpcUrl,
    rpcUrl: localnet.httpUrl,
    everyAccount: true,
    log: silentLog,
    ...options,
  });

const openStore = () =>
  ChainStore.open({ folder: null, keeps: { accounts: true, transactions: true } });

async function apply(store: ChainStore, event: SourceEvent): Promise<void> {
  if (event.kind === 'snapshot') await store.addSnapshot(event.slot, event.accounts);
  if (event.kind === 'snapshotEnd') await store.endSnapshot(event.update);
  if (event.kind === 'slot') await store.applySlot(event.update);
  if (event.kind === 'history') await store.applyHistory(event.update);
  if (event.kind === 'rollback') await store.rollback(event.slot);
}

/** Feeds the store in the background until the test ends. */
function follow(source: ChainSource, store: ChainStore) {
  const controller = new AbortController();
  const events: SourceEvent[] = [];
  let failure: unknown = null;
  const done = (async () => {
    for await (const event of source.events({
      signal: controller.signal,
      cursor: store.cursor,
      recentPins: store.recentPins(1_024),
      holdsHistory: (slot) => store.transactions.holdsSlot(slot),
      owners: store.owners(),
    })) {
      await apply(store, event);
      events.push(event);
    }
  })().catch((error: unknown) => {
    failure = error;
  });
  const stop = async () => {
    controller.abort();
    await done;
  };
  stops.push(stop);
  const until = async (condition: () => boolean) => {
    const giveUpAtMs = performance.now() + 20_000;
    while (!condition()) {
      if (failure !== null) throw failure;
      if (performance.now() > giveUpAtMs) {
        const shown = (_: string, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value;
        throw new Error(`late: ${JSON.stringify(source.stats(), shown)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { until, stop, events };
}

/** Everything that localnet says it has now, against everything that the store has at its tip. */
async function expectSameAsChain(localnet: Localnet, store: ChainStore): Promise<void> {
  const rpc = new RpcHttpClient(localnet.httpUrl);
  let count = 0;
  const differing: string[] = [];
  for (const program of ROOT_PROGRAMS) {
    const { slot, accounts } = await readProgram(rpc, program, AbortSignal.timeout(20_000));
    expect(slot).toBe(store.cursor);
    for (const { address, state } of accounts) {
      count += 1;
      const held = store.accounts.item(addressBytes(address), slot);
      if (typeof held === 'string') throw new Error(held);
      if (Buffer.compare(held, encodeAccountItem(state)) !== 0) differing.push(address);
    }
  }
  expect(differing).toEqual([]);
  expect([...store.accounts.newest()].length).toBe(count);
}

/** A TCP proxy whose connections can be cut or held still. */
async function proxyTo(url: string) {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  stops.push(() => {
    cut();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cut, open };
}

/** More than the payer has: it pays its fee and fails. */
async function sendFailing(connection: Connection, payer: Keypair): Promise<void> {
  const transfer = SystemProgram.transfer({
    fromPubkey: payer.publicKey,
    toPubkey: Keypair.generate().publicKey,
    lamports: 2_000_000_000,
  });
  await connection.sendTransaction(new Transaction().add(transfer), [payer], {
    skipPreflight: true,
  });
}

const slotUpdates = (events: readonly SourceEvent[]): SlotUpdate[] =>
  events.flatMap((event) => (event.kind === 'slot' ? [event.update] : []));
const byAddress = (update: SlotUpdate) =>
  [...update.accounts].sort((left, right) => (left.address < right.address ? -1 : 1));
const slotOf = (number: number) => BigInt(number) as Slot;

describe('the Yellowstone source', () => {
  it('delivers the very slots that the RPC source does, transactions and writes', async () => {
    const localnet = await start();
    for (let count = 0; count < 5; count += 1) localnet.advanceSlot();
    const [streamed, other] = [openStore(), openStore()];
    const left = follow(sourceOf(localnet), streamed);
    const rpcSource = createRpcSource({
      rpcUrl: localnet.httpUrl,
      wsUrl: localnet.wsUrl,
      completeStream: true,
      log: silentLog,
    });
    const right = follow(rpcSource, other);
    await left.until(() => streamed.cursor === 5n);
    await right.until(() => other.cursor === 5n);
    const payer = Keypair.generate();
    const connection = new Connection(localnet.httpUrl, 'confirmed');
    await connection.requestAirdrop(payer.publicKey, 1_000_000_000);
    for (let slot = 6; slot <= 40; slot += 1) {
      if (slot === 20) await sendFailing(connection, payer);
      localnet.advanceSlot();
      await left.until(() => streamed.cursor === slotOf(slot));
      await right.until(() => other.cursor === slotOf(slot));
    }
    await expectSameAsChain(localnet, streamed);
    const [ours, theirs] = [slotUpdates(left.events), slotUpdates(right.events)];
    expect(ours.map(({ slot }) => Number(slot))).toEqual(
      Array.from({ length: 35 }, (_, n) => n + 6),
    );
    for (const [index, update] of ours.entries()) {
      const same = theirs[index];
      if (same === undefined) throw new Error('a slot is missing');
      expect({ ...update, accounts: [] }).toEqual({ ...same, accounts: [] });
      const plain = byAddress(same).map(({ address, state }) => ({
        address,
        state: state && { ...state, data: new Uint8Array(state.data) },
      }));
      expect(byAddress(update)).toEqual(plain);
    }
    expect(ours.flatMap(({ transactions }) => transactions).length).toBeGreaterThan(100);
    expect(ours.some(({ transactions }) => transactions.some(({ error }) => error !== null))).toBe(
      true,
    );
  });

  it('delivers the history before its snapshot', async () => {
    const localnet = await start();
    for (let count = 0; count < 30; count += 1) localnet.advanceSlot();
    const store = openStore();
    const source = sourceOf(localnet);
    const { slotFirst } = await source.genesis(AbortSignal.timeout(5_000));
    if (slotFirst !== null) store.transactions.setGenesisSlot(slotFirst);
    const { until, events } = follow(source, store);
    await until(() => events.some(({ kind }) => kind === 'caughtUp'));
    expect(store.transactions.coverage()).toMatchObject({ fromGenesis: true, gaps: [] });
  });

  it('goes on behind its cursor without a snapshot, each slot once', async () => {
    const localnet = await start();
    for (let count = 0; count < 3; count += 1) localnet.advanceSlot();
    const store = openStore();
    const first = follow(sourceOf(localnet), store);
    await first.until(() => store.cursor === 3n);
    await first.stop();
    for (let count = 0; count < 20; count += 1) localnet.advanceSlot();
    const source = sourceOf(localnet);
    const second = follow(source, store);
    await second.until(() => store.cursor === 23n);
    expect(source.stats()).toMatchObject({ snapshots: 0, errors: 0 });
    expect(slotUpdates(second.events).map(({ slot }) => Number(slot))).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 4),
    );
    await second.until(() => second.events.some(({ kind }) => kind === 'caughtUp'));
    await expectSameAsChain(localnet, store);
  });

  it('begins with a snapshot where the server no longer has what was missed', async () => {
    const localnet = await start({ replaySlotsMax: 5 });
    localnet.advanceSlot();
    const store = openStore();
    const first = follow(sourceOf(localnet), store);
    await first.until(() => store.cursor === 1n);
    await first.stop();
    for (let count = 0; count < 20; count += 1) localnet.advanceSlot();
    const source = sourceOf(localnet);
    const second = follow(source, store);
    await second.until(
      () => store.cursor === 21n && store.transactions.coverage().gaps.length === 0,
    );
    expect(source.stats().snapshots).toBe(1);
    expect(source.stats().lastError).toMatch(/broadcast from 2 is not available/);
    await expectSameAsChain(localnet, store);
  });

  it('loses nothing and repeats nothing when its connection is cut', async () => {
    const localnet = await start({ slotMs: 40 });
    const proxy = await proxyTo(localnet.grpcUrl);
    const source = sourceOf(localnet, { url: proxy.url });
    const store = openStore();
    const { until, events } = follow(source, store);
    for (let cuts = 0; cuts < 3; cuts += 1) {
      const seen = store.cursor ?? 0n;
      await until(() => (store.cursor ?? 0n) > seen + 3n);
      proxy.cut();
    }
    const last = store.cursor ?? 0n;
    await until(() => (store.cursor ?? 0n) > last + 5n && source.stats().reconnects === 3);
    expect(source.stats().snapshots).toBe(1);
    const slots = slotUpdates(events).map(({ slot }) => Number(slot));
    expect(slots).toEqual(slots.map((_, index) => (slots[0] ?? 0) + index));
  });

  it('drops a stream that is stuck, and goes on by another', async () => {
    const localnet = await start({ slotMs: 40 });
    const proxy = await proxyTo(localnet.grpcUrl);
    const source = sourceOf(localnet, { url: proxy.url, silentMs: 500 });
    const store = openStore();
    const { until, events } = follow(source, store);
    await until(() => store.timeline.size > 3);
    for (const socket of proxy.open) socket.pause();
    const stuckAt = store.cursor ?? 0n;
    await until(() => source.stats().reconnects >= 1 && (store.cursor ?? 0n) > stuckAt + 20n);
    expect(source.stats().lastError).toMatch(/told of no slot/);
    const slots = slotUpdates(events).map(({ slot }) => Number(slot));
    expect(slots).toEqual(slots.map((_, index) => (slots[0] ?? 0) + index));
  });

  it('joins a chain that runs, and has its states at every slot', async () => {
    const localnet = await start({ slotMs: 20 });
    const early = openStore();
    const first = follow(sourceOf(localnet), early);
    await first.until(() => (early.cursor ?? 0n) >= 20n);
    const late = openStore();
    const second = follow(sourceOf(localnet), late);
    await second.until(() => late.timeline.size >= 30);
    const target = late.cursor ?? 0n;
    await first.until(() => (early.cursor ?? 0n) >= target);
    const shared = late.timeline.applied().filter(({ slot }) => slot <= target);
    expect(shared.length).toBeGreaterThanOrEqual(30);
    const differing: string[] = [];
    for (const { slot } of shared) {
      for (const { address } of late.accounts.newest()) {
        const [left, right] = [
          early.accounts.item(address, slot),
          late.accounts.item(address, slot),
        ];
        if (typeof left === 'string' || typeof right === 'string') throw new Error('missed');
        if (Buffer.compare(left, right) !== 0) differing.push(`${slot} ${address.join()}`);
      }
    }
    expect(differing).toEqual([]);
  });

  it('follows what is declared, closed accounts included, where not everything is streamed', async () => {
    const localnet = await start();
    for (let count = 0; count < 5; count += 1) localnet.advanceSlot();
    const token = parseAddress('TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA');
    const source = sourceOf(localnet, { everyAccount: false, programs: [token] });
    const store = openStore();
    const { until } = follow(source, store);
    for (let slot = 6; slot <= 80; slot += 1) {
      localnet.advanceSlot();
      await until(() => store.cursor === slotOf(slot));
    }
    const rpc = new RpcHttpClient(localnet.httpUrl);
    const { accounts } = await readProgram(rpc, token, AbortSignal.timeout(5_000));
    const held = [...store.accounts.newest()].map(({ address }) =>
      Buffer.from(address).toString('hex'),
    );
    const there = accounts.map(({ address }) => Buffer.from(addressBytes(address)).toString('hex'));
    expect(held.sort()).toEqual(there.sort());
    expect(store.timeline.applied().every(({ provenance }) => provenance === 'POLLED')).toBe(true);
    expect(source.coverage.followsProgram(addressBytes(token))).toBe(true);
    expect(source.coverage.followsProgram(new Uint8Array(32))).toBe(false);
  });

  it('refuses to start without anything to follow', async () => {
    const options = { url: 'http://a', rpcUrl: 'http://a', log: silentLog };
    expect(() => new YellowstoneSource({ ...options, everyAccount: false })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  it('tries again while the server cannot be reached, and shows neither token nor password', async () => {
    const localnet = await start();
    const source = sourceOf(localnet, {
      url: 'http://user:hidden-password@127.0.0.1:1/hidden-path',
      xToken: 'hidden-token',
    });
    const { until } = follow(source, openStore());
    await until(() => source.stats().errors >= 2);
    expect(source.stats().lastError).toMatch(/^http:\/\/127\.0\.0\.1:1 cannot be reached/);
    expect(`${source.describe()} ${source.stats().lastError}`).not.toMatch(/hidden/);
  });
});
