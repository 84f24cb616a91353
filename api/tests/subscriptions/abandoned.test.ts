// A thousand subscriptions that are abandoned without a word, again and again: nothing of them stays,
// neither in the counters nor in the memory of the gateway, which is a process of its own here.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSocket } from '../support/subscribers.ts';

const SUBSCRIBERS = 1_000;
const ROUNDS = 3;
/** Of what three thousand left, which took 27 MB while they were there. */
const HEAP_GROWTH_BYTES_MAX = 2_000_000;

let child: ChildProcess;
let gateway: { readonly url: string; readonly address: string };
beforeAll(async () => {
  const script = fileURLToPath(new URL('../support/chain-gateway-process.ts', import.meta.url));
  child = fork(script, [], { execArgv: ['--expose-gc'] });
  [gateway] = (await once(child, 'message')) as [typeof gateway];
});
afterAll(() => child.kill());

async function tell<Answer>(order: string): Promise<Answer> {
  child.send(order);
  const [answer] = (await once(child, 'message')) as [Answer];
  return answer;
}

const heapBytes = async (): Promise<number> =>
  (await tell<{ heapUsed: number }>('memory')).heapUsed;

async function counted(name: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(new RegExp(`^${name}\\{[^}]*\\} (\\d+)$`, 'm').exec(text)?.[1] ?? -1);
}

const query = (): string =>
  `subscription { accountChanged(address: "${gateway.address}") { slot account { lamports } } }`;

async function follow(): Promise<Socket> {
  const { hostname, port } = new URL(gateway.url);
  const body = JSON.stringify({ query: query() });
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await once(socket, 'data');
  return socket.resume();
}

async function abandonMany(): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: SUBSCRIBERS / 2 }, follow));
  const over = await Promise.all(Array.from({ length: 10 }, () => openSocket(gateway.url)));
  for (const [index, socket] of over.entries()) {
    for (let id = 0; id < SUBSCRIBERS / 20; id += 1) socket.subscribe(`${index}-${id}`, query());
  }
  await expect
    .poll(() => counted('streamsync_subscriptions'), { timeout: 10_000 })
    .toBe(SUBSCRIBERS);
  await tell('grow');
  // No goodbye: the connection is reset.
  for (const socket of sockets) socket.resetAndDestroy();
  for (const socket of over) socket.close();
  await expect.poll(() => counted('streamsync_subscriptions'), { timeout: 10_000 }).toBe(0);
}

describe('subscriptions that are abandoned', () => {
  it('leave nothing behind', async () => {
    // The first thousand compile the code that serves them.
    await abandonMany();
    const before = await heapBytes();
    for (let round = 0; round < ROUNDS; round += 1) await abandonMany();
    for (const name of ['streamsync_subscription_topics', 'streamsync_subscription_streams']) {
      expect(await counted(name)).toBe(0);
    }
    expect((await heapBytes()) - before).toBeLessThan(HEAP_GROWTH_BYTES_MAX);
  }, 60_000);
});
