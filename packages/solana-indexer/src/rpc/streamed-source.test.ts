// Against a real localnet over its sockets, with the real store behind the source.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Connection, Keypair, type PublicKey, SystemProgram, Transaction } from '@solana/web3.js';
import { addressBytes, parseAddress, type Slot } from '@streamsync/domain';
import { type Localnet, silentLog as localnetLog, startLocalnet } from '@streamsync/localnet';
import { silentLog } from '@streamsync/runtime';
import { ChainStore } from '@streamsync/storage-core';
import { encodeAccountItem } from '@streamsync/wire';
import { afterEach, describe, expect, it } from 'vitest';
import type { ChainSource, SourceEvent } from '../chain-source.ts';
import { RpcHttpClient } from './http-client.ts';
import { readProgram } from './read-chain.ts';
import { ROOT_PROGRAMS } from './rpc-options.ts';
import { createRpcSource } from './rpc-source.ts';

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

const sourceOf = (localnet: Localnet) =>
  createRpcSource({
    rpcUrl: localnet.httpUrl,
    wsUrl: localnet.wsUrl,
    completeStream: true,
    log: silentLog,
  });

const openStore = () =>
  ChainStore.open({ folder: null, keeps: { accounts: true, transactions: true } });

async function apply(store: ChainStore, event: SourceEvent): Promise<void> {
  if (event.kind === 'snapshot') await store.addSnapshot(event.slot, event.accounts);
  if (event.kind === 'snapshotEnd') await store.endSnapshot(event.update);
  if (event.kind === 'slot') await store.applySlot(event.update);
  if (event.kind === 'history') await store.applyHistory(event.update);
}

/** Feeds the store until the condition holds; `events` runs in the background until the test ends. */
function follow(source: ChainSource, store: ChainStore) {
  const controller = new AbortController();
  let wake = () => {};
  let failure: unknown = null;
  const done = (async () => {
    for await (const event of source.events({
      signal: controller.signal,
      cursor: store.cursor,
      holdsHistory: (slot) => store.transactions.holdsSlot(slot),
    })) {
      await apply(store, event);
      wake();
    }
  })().catch((error: unknown) => {
    failure = error;
    wake();
  });
  stops.push(async () => {
    controller.abort();
    await done;
  });
  const until = async (condition: () => boolean) => {
    const deadline = AbortSignal.timeout(20_000);
    const late = new Promise<void>((resolve) => {
      deadline.addEventListener('abort', () => resolve(), { once: true });
    });
    while (!condition()) {
      if (failure !== null) throw failure;
      if (deadline.aborted) throw new Error(`late: ${source.stats().lastError}`);
      await Promise.race([
        late,
        new Promise<void>((resolve) => {
          wake = resolve;
        }),
      ]);
    }
  };
  return {
    until,
    stop: async () => {
      controller.abort();
      await done;
    },
  };
}

/** Everything that localnet says it has now, against everything that the store has at its tip. */
async function expectSameAsChain(localnet: Localnet, store: ChainStore): Promise<void> {
  const rpc = new RpcHttpClient(localnet.httpUrl);
  const signal = AbortSignal.timeout(20_000);
  let count = 0;
  const differing: string[] = [];
  for (const program of ROOT_PROGRAMS) {
    const { slot, accounts } = await readProgram(rpc, program, signal);
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

function isHeld(store: ChainStore, key: PublicKey): boolean {
  return store.accounts.newestItem(key.toBytes()) !== null;
}

/** A TCP proxy whose connections can be cut. */
async function cuttable(wsUrl: string): Promise<{ url: string; cut(): void }> {
  const { hostname, port } = new URL(wsUrl);
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
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, cut };
}

const slotOf = (number: number) => BigInt(number) as Slot;

describe('the streamed source', () => {
  it('has at each slot exactly what the chain has, closed accounts included', async () => {
    const localnet = await start();
    for (let count = 0; count < 5; count += 1) localnet.advanceSlot();
    const store = openStore();
    const { until } = follow(sourceOf(localnet), store);
    await until(() => store.cursor === 5n);
    await expectSameAsChain(localnet, store);
    for (let slot = 6; slot <= 60; slot += 1) {
      localnet.advanceSlot();
      if (slot % 5 !== 0) continue;
      await until(() => store.cursor === slotOf(slot));
      await expectSameAsChain(localnet, store);
    }
    expect(store.timeline.pins(100).length).toBe(56);
  });

  it('delivers the history before its snapshot, so that unknown signatures are null', async () => {
    const localnet = await start();
    for (let count = 0; count < 30; count += 1) localnet.advanceSlot();
    const store = openStore();
    const source = sourceOf(localnet);
    const { slotFirst } = await source.genesis(AbortSignal.timeout(5_000));
    if (slotFirst !== null) store.transactions.setGenesisSlot(slotFirst);
    const { until } = follow(source, store);
    await until(() => store.transactions.coverage().fromGenesis);
    expect(store.transactions.coverage()).toEqual({
      completeFrom: slotFirst,
      fromGenesis: true,
      gaps: [],
    });
    expect(store.transactions.size).toBeGreaterThan(50);
    expect(store.transactions.item(new Uint8Array(64), slotOf(30))).not.toBe('notCovered');
  });

  it('goes on after the stream broke off, and fetches what it missed', async () => {
    const localnet = await start();
    localnet.advanceSlot();
    const store = openStore();
    const source = sourceOf(localnet);
    const first = follow(source, store);
    await first.until(() => store.cursor === 1n);
    await first.stop();
    for (let count = 0; count < 20; count += 1) localnet.advanceSlot();
    const second = follow(source, store);
    await second.until(() => store.cursor === 21n && store.transactions.holdsSlot(slotOf(2)));
    await expectSameAsChain(localnet, store);
    expect(store.transactions.coverage().gaps).toEqual([]);
    // What was applied before the gap still reads as of its slot, and nothing in between does.
    expect(store.timeline.pins(10).map(({ slot }) => Number(slot))).toEqual([21, 1]);
    localnet.advanceSlot();
    await second.until(() => store.cursor === 22n);
    await expectSameAsChain(localnet, store);
  });

  it('comes back by itself when its connection is cut, and follows a program that appears', async () => {
    const localnet = await start({ slotMs: 50 });
    const proxy = await cuttable(localnet.wsUrl);
    const source = createRpcSource({
      rpcUrl: localnet.httpUrl,
      wsUrl: proxy.url,
      completeStream: true,
      log: silentLog,
    });
    const store = openStore();
    const { until } = follow(source, store);
    for (let cuts = 0; cuts < 3; cuts += 1) {
      const seen = store.cursor ?? 0n;
      await until(() => (store.cursor ?? 0n) > seen + 2n);
      proxy.cut();
    }
    const { transactions } = store;
    const last = store.cursor ?? 0n;
    await until(() => (store.cursor ?? 0n) > last + 2n && source.stats().reconnects >= 3);
    await until(() => transactions.holdsSlot(slotOf(1)));
    await until(() => transactions.coverage().gaps.length === 0);
    // An account of a program that nobody deployed: it is given away, and its new owner followed.
    const connection = new Connection(localnet.httpUrl, 'confirmed');
    const [payer, given, owner] = [Keypair.generate(), Keypair.generate(), Keypair.generate()];
    await connection.requestAirdrop(payer.publicKey, 2_000_000_000);
    await until(() => isHeld(store, payer.publicKey));
    const { blockhash } = await connection.getLatestBlockhash();
    const transaction = new Transaction({
      feePayer: payer.publicKey,
      recentBlockhash: blockhash,
    }).add(
      SystemProgram.createAccount({
        fromPubkey: payer.publicKey,
        newAccountPubkey: given.publicKey,
        lamports: 5_000_000,
        space: 3,
        programId: owner.publicKey,
      }),
    );
    transaction.sign(payer, given);
    await connection.sendRawTransaction(transaction.serialize());
    await until(() => isHeld(store, given.publicKey));
    expect(store.owners()).toContain(owner.publicKey.toBase58());
  });

  it('gives every follower the same states, whenever it joins a chain that runs', async () => {
    const localnet = await start({ slotMs: 20 });
    const early = openStore();
    const first = follow(sourceOf(localnet), early);
    await first.until(() => (early.cursor ?? 0n) >= 20n);
    const late = openStore();
    const second = follow(sourceOf(localnet), late);
    await second.until(() => late.timeline.size >= 30);
    const target = late.cursor ?? 0n;
    await first.until(() => (early.cursor ?? 0n) >= target);
    const addresses = [...late.accounts.newest()].map(({ address }) => address);
    const differing: string[] = [];
    // The late one has gone on meanwhile: only slots that both were waited for are compared.
    const shared = late.timeline.applied().filter(({ slot }) => slot <= target);
    expect(shared.length).toBeGreaterThanOrEqual(30);
    for (const { slot, blockhash } of shared) {
      expect(early.timeline.check({ slot, blockhash })).toBe('applied');
      for (const address of addresses) {
        const left = early.accounts.item(address, slot);
        const right = late.accounts.item(address, slot);
        if (typeof left === 'string' || typeof right === 'string') throw new Error('missed');
        if (Buffer.compare(left, right) !== 0) differing.push(`${slot} ${address.join()}`);
      }
    }
    expect(differing).toEqual([]);
  });

  it('tries again while the chain cannot be reached, and counts it', async () => {
    const source = createRpcSource({
      rpcUrl: 'http://127.0.0.1:1',
      wsUrl: 'ws://127.0.0.1:1',
      completeStream: true,
      log: silentLog,
    });
    const store = openStore();
    const { stop } = follow(source, store);
    const deadline = performance.now() + 10_000;
    while (source.stats().errors < 2 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await stop();
    expect(source.stats().errors).toBeGreaterThanOrEqual(2);
    expect(source.stats().lastError).toContain('ws://127.0.0.1:1');
  });
});

describe('the polled source', () => {
  it('applies slots at which every read agrees, and covers only what was declared', async () => {
    const localnet = await start({ slotMs: 200 });
    const wallet = localnet.demo;
    if (wallet === null) throw new Error('no demo accounts');
    const token = parseAddress('TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA');
    const source = createRpcSource({
      rpcUrl: localnet.httpUrl,
      wsUrl: localnet.wsUrl,
      completeStream: false,
      programs: [token],
      addresses: [parseAddress('SysvarC1ock11111111111111111111111111111111')],
      pollMs: 50,
      log: silentLog,
    });
    const store = openStore();
    const { until } = follow(source, store);
    await until(() => store.timeline.size >= 3);
    expect(store.timeline.applied().every(({ provenance }) => provenance === 'POLLED')).toBe(true);
    expect(store.stats().accounts).toBeGreaterThan(1);
    expect(source.coverage.followsProgram(addressBytes(token))).toBe(true);
    expect(source.coverage.followsProgram(new Uint8Array(32))).toBe(false);
    expect(source.coverage.absentIsKnown(addressBytes(token))).toBe(false);
  });

  it('refuses to start without anything declared', () => {
    expect(() =>
      createRpcSource({
        rpcUrl: 'http://a',
        wsUrl: 'ws://a',
        completeStream: false,
        log: silentLog,
      }),
    ).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
