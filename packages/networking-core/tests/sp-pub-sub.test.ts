// PUB and SUB against each other over real sockets, and against peers that speak raw bytes.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dialPub, dialSub, listenPub, listenSub } from '../src/sp/index.ts';
import { bytesOf, dialRaw, frame, handshake, textOf } from './sp-raw-peer.ts';

const SUB = 0x21;
const LOOPBACK = 'tcp://127.0.0.1:0';
const WAIT = { timeout: 5_000, interval: 2 };

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

function stopLater<T extends { stop(): unknown }>(started: T): T {
  stops.push(() => started.stop());
  return started;
}

describe('PUB and SUB', () => {
  it('bring every message to every subscriber, which keeps those with its prefixes', async () => {
    const pub = stopLater(await listenPub({ address: LOOPBACK }));
    const heard: Record<string, string[]> = {};
    const subscribe = async (name: string, prefixes: string[]) => {
      const got: string[] = [];
      heard[name] = got;
      const sub = stopLater(
        dialSub({
          address: pub.address,
          prefixes: prefixes.map(bytesOf),
          onMessage: (message) => got.push(textOf(message)),
        }),
      );
      await sub.dialer.connected(5_000);
      return sub;
    };
    const all = await subscribe('all', ['']);
    await subscribe('some', ['load:', 'slot:']);
    const none = await subscribe('none', []);
    await vi.waitFor(() => expect(pub.socket.subscribers).toBe(3), WAIT);
    const messages = ['slot:1', 'load:9', 'other', 'slo', 'slot:', ''];
    for (const message of messages) expect(pub.socket.publish(bytesOf(message))).toBe(3);
    for (const sub of [all, none]) {
      await vi.waitFor(() => expect(sub.socket.counters.framesIn).toBe(messages.length), WAIT);
    }
    await vi.waitFor(() => expect(heard.some).toEqual(['slot:1', 'load:9', 'slot:']), WAIT);
    expect(heard.all).toEqual(messages);
    expect(heard.none).toEqual([]);
  });

  it('work with the listening and the dialing side exchanged', async () => {
    const heard: string[] = [];
    const sub = stopLater(
      await listenSub({
        address: LOOPBACK,
        prefixes: [bytesOf('')],
        onMessage: (message) => heard.push(textOf(message)),
      }),
    );
    for (const name of ['a', 'b']) {
      const pub = stopLater(dialPub({ address: sub.address }));
      await pub.dialer.connected(5_000);
      pub.socket.publish([bytesOf('from '), bytesOf(name)]);
    }
    await vi.waitFor(() => expect([...heard].sort()).toEqual(['from a', 'from b']), WAIT);
  });

  it('drop the newest message for a subscriber that does not read, and for that one alone', async () => {
    const pub = stopLater(await listenPub({ address: LOOPBACK, queueBytesMax: 300_000 }));
    const slow = dialRaw(pub.address);
    slow.socket.pause();
    slow.write(handshake(SUB));
    let heard = 0;
    stopLater(
      dialSub({
        address: pub.address,
        prefixes: [bytesOf('')],
        onMessage: () => {
          heard += 1;
        },
      }),
    );
    await vi.waitFor(() => expect(pub.socket.subscribers).toBe(2), WAIT);
    let published = 0;
    // The kernel takes some megabytes first; a bound of 2,000 ends a broken test.
    while (pub.socket.counters.framesDropped < 10 && published < 2_000) {
      pub.socket.publish(new Uint8Array(100_000));
      published += 1;
      await vi.waitFor(() => expect(heard).toBe(published), WAIT);
    }
    expect(pub.socket.counters.framesDropped).toBe(10);
    expect(pub.socket.subscribers).toBe(2);
    slow.socket.resume();
    await vi.waitFor(() => expect(slow.frames().length).toBe(published - 10), WAIT);
    expect(pub.socket.publish(bytesOf('again'))).toBe(2);
    await vi.waitFor(
      () => expect(textOf(slow.frames().at(-1) ?? slow.received)).toBe('again'),
      WAIT,
    );
  });

  it('let go of a subscriber that takes nothing at all for long', async () => {
    const pub = stopLater(
      await listenPub({ address: LOOPBACK, frameTimeoutMs: 20, queueBytesMax: 300_000 }),
    );
    const stuck = dialRaw(pub.address);
    stuck.socket.pause();
    stuck.write(handshake(SUB));
    await vi.waitFor(() => expect(pub.socket.subscribers).toBe(1), WAIT);
    await vi.waitFor(() => {
      pub.socket.publish(new Uint8Array(100_000));
      expect(pub.socket.subscribers).toBe(0);
    }, WAIT);
    expect(pub.socket.counters.framesDropped).toBeGreaterThan(0);
  });

  it('take no message from a subscriber', async () => {
    const pub = stopLater(await listenPub({ address: LOOPBACK }));
    const peer = dialRaw(pub.address);
    peer.write(handshake(SUB), frame(bytesOf('I have an opinion')));
    await vi.waitFor(() => expect(peer.closed).toBe(true), WAIT);
    expect(pub.socket.counters.framesMalformed).toBe(1);
    expect(pub.socket.subscribers).toBe(0);
  });

  it('refuse to publish a message above the frame limit', async () => {
    const pub = stopLater(await listenPub({ address: LOOPBACK, frameBytesMax: 10 }));
    expect(() => pub.socket.publish(new Uint8Array(11))).toThrow(
      expect.objectContaining({ code: 'FRAME_TOO_LARGE' }),
    );
    expect(pub.socket.publish(new Uint8Array(10))).toBe(0);
  });

  it('survive a message handler that throws', async () => {
    const pub = stopLater(await listenPub({ address: LOOPBACK }));
    const heard: string[] = [];
    const sub = stopLater(
      dialSub({
        address: pub.address,
        prefixes: [bytesOf('')],
        onMessage: (message) => {
          if (message.length === 0) throw new Error('empty');
          heard.push(textOf(message));
        },
      }),
    );
    await vi.waitFor(() => expect(pub.socket.subscribers).toBe(1), WAIT);
    pub.socket.publish(new Uint8Array(0));
    pub.socket.publish(bytesOf('next'));
    await vi.waitFor(() => expect(heard).toEqual(['next']), WAIT);
    expect(sub.socket.counters.handlersFailed).toBe(1);
  });

  it('connect again when the publisher comes back', async () => {
    const first = await listenPub({ address: LOOPBACK });
    const heard: string[] = [];
    stopLater(
      dialSub({
        address: first.address,
        prefixes: [bytesOf('')],
        backoff: { firstMs: 5, maxMs: 20, jitter: 0.5 },
        onMessage: (message) => heard.push(textOf(message)),
      }),
    );
    await vi.waitFor(() => expect(first.socket.subscribers).toBe(1), WAIT);
    await first.stop();
    const second = stopLater(await listenPub({ address: first.address }));
    await vi.waitFor(() => expect(second.socket.subscribers).toBe(1), WAIT);
    second.socket.publish(bytesOf('back'));
    await vi.waitFor(() => expect(heard).toEqual(['back']), WAIT);
  });
});
