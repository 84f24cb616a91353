import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createManualClock, silentLog } from '@streamsync/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { type SlotWatcher, watchSlots, webSocketUrlOf } from './watch-slots.ts';

let rpc: Server;
let pubsub: WebSocketServer;
let polled: number | null;
let _polls: number;
let watcher: SlotWatcher | null;

beforeEach(async () => {
  polled = 10;
  _polls = 0;
  watcher = null;
  rpc = createServer((_request, response) => {
    _polls += 1;
    response.end(
      polled === null
        ? '{"jsonrpc":"2.0","error":{"code":-32005,"message":"behind"},"id":1}'
        : JSON.stringify({ jsonrpc: '2.0', result: polled, id: 1 }),
    );
  }).listen(0, '127.0.0.1');
  pubsub = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await Promise.all([once(rpc, 'listening'), once(pubsub, 'listening')]);
});
afterEach(() => {
  watcher?.stop();
  rpc.close();
  rpc.closeAllConnections();
  pubsub.close();
  for (const client of pubsub.clients) client.terminate();
});

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

function watch(clock = createManualClock()): SlotWatcher {
  watcher = watchSlots({
    rpcUrl: `http://127.0.0.1:${portOf(rpc)}`,
    webSocketUrl: `ws://127.0.0.1:${portOf(pubsub)}`,
    log: silentLog,
    clock,
  });
  return watcher;
}

const notify = (slot: unknown) => {
  const message = JSON.stringify({
    jsonrpc: '2.0',
    method: 'slotNotification',
    params: { result: { slot, parent: 0, root: 0 }, subscription: 0 },
  });
  for (const client of pubsub.clients) client.send(message);
};

describe('watchSlots', () => {
  it('knows of no tip before the first answer, then polls it', async () => {
    const slots = watch();
    expect(slots.tip()).toBeNull();
    await expect.poll(() => slots.tip()).toBe(10n);
  });

  it('follows notifications, and leaves out what is none', async () => {
    const slots = watch();
    await expect.poll(() => pubsub.clients.size).toBe(1);
    for (const slot of ['12', -1, null, 1.5]) notify(slot);
    for (const client of pubsub.clients) client.send('nonsense');
    notify(42);
    await expect.poll(() => slots.tip()).toBe(42n);
  });

  it('knows of no tip again when the source has been silent for long', async () => {
    const clock = createManualClock();
    const slots = watch(clock);
    await expect.poll(() => slots.tip()).toBe(10n);
    polled = null;
    clock.advance(31_000);
    expect(slots.tip()).toBeNull();
  });

  it('comes back after the socket was closed', async () => {
    let connections = 0;
    pubsub.on('connection', () => {
      connections += 1;
    });
    const slots = watch();
    await expect.poll(() => connections).toBe(1);
    for (const client of pubsub.clients) client.terminate();
    await expect.poll(() => connections, { timeout: 5_000 }).toBe(2);
    notify(77);
    await expect.poll(() => slots.tip()).toBe(77n);
  });
});

describe('webSocketUrlOf', () => {
  it.each([
    ['http://127.0.0.1:8899', 'ws://127.0.0.1:8900/'],
    ['https://api.example.org', 'wss://api.example.org/'],
  ])('of %s is %s', (rpcUrl, webSocketUrl) => {
    expect(webSocketUrlOf(rpcUrl)).toBe(webSocketUrl);
  });
});
