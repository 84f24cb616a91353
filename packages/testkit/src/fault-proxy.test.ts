import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type FaultProxy, type FaultProxyOptions, startFaultProxy } from './fault-proxy.ts';

const open: { server: Server; proxy: FaultProxy; clients: Socket[] }[] = [];

async function startEcho(options: Omit<FaultProxyOptions, 'targetPort'>) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await startFaultProxy({
    ...options,
    targetPort: (server.address() as AddressInfo).port,
  });
  const clients: Socket[] = [];
  open.push({ server, proxy, clients });
  return {
    proxy,
    connect: async () => {
      const client = connect(proxy.port, '127.0.0.1');
      client.on('error', () => {});
      clients.push(client);
      await once(client, 'connect');
      return client;
    },
  };
}

async function echoed(client: Socket, text: string): Promise<string> {
  let received = '';
  client.write(text);
  for await (const [chunk] of on(client)) {
    received += chunk.toString();
    if (received.length >= text.length) break;
  }
  return received;
}

async function* on(client: Socket): AsyncGenerator<[Buffer]> {
  while (true) {
    yield (await once(client, 'data', { signal: AbortSignal.timeout(5_000) })) as [Buffer];
  }
}

afterEach(async () => {
  for (const { server, proxy, clients } of open.splice(0)) {
    for (const client of clients) client.destroy();
    await proxy.stop();
    server.close();
  }
});

describe('a proxy with faults', () => {
  it('passes bytes in their order, however late each chunk is', async () => {
    const { connect } = await startEcho({ seed: 1, faults: { jitterMs: 20 } });
    const text = Array.from({ length: 500 }, (_, index) => `${index} `).join('');
    expect(await echoed(await connect(), text)).toBe(text);
  });

  it('adds its latency to both ways', async () => {
    const { connect } = await startEcho({ seed: 1, faults: { latencyMs: 30 } });
    const client = await connect();
    const startedMs = performance.now();
    await echoed(client, 'one');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(58);
  });

  it('delivers what was lost after a retransmission', async () => {
    const { connect, proxy } = await startEcho({ seed: 1, faults: { lossPermille: 1_000 } });
    const startedMs = performance.now();
    expect(await echoed(await connect(), 'late')).toBe('late');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(390);
    expect(proxy.counts.lost).toBe(2);
  });

  it('resets connections', async () => {
    const { connect, proxy } = await startEcho({ seed: 1, faults: { resetPermille: 1_000 } });
    const client = await connect();
    const ended = once(client, 'error', { signal: AbortSignal.timeout(5_000) });
    client.write('x');
    expect((await ended)[0]).toMatchObject({ code: 'ECONNRESET' });
    expect(proxy.counts.resets).toBe(1);
  });

  it('leaves connections half-open, and heals', async () => {
    const { connect, proxy } = await startEcho({ seed: 1 });
    const client = await connect();
    proxy.setFaults({ isHalfOpen: true });
    client.write('gone');
    await expect.poll(() => proxy.counts.swallowed).toBe(1);
    expect(client.readyState).toBe('open');
    proxy.setFaults({ isHalfOpen: false });
    expect(await echoed(client, 'back')).toBe('back');
  });

  it('draws the same faults from the same seed', async () => {
    const lostOf = async (seed: number) => {
      const { connect, proxy } = await startEcho({ seed, faults: { lossPermille: 300 } });
      const client = await connect();
      const lost: number[] = [];
      for (let index = 0; index < 8; index += 1) {
        await echoed(client, 'x');
        lost.push(proxy.counts.lost);
      }
      return lost;
    };
    expect(await lostOf(7)).toEqual(await lostOf(7));
  });
});
