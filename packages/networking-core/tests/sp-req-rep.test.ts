// REQ and REP against each other over real sockets, and each against a peer that speaks raw bytes.
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  dialRep,
  dialReq,
  listenRep,
  listenReq,
  NOT_SENT,
  type Reply,
  type RequestFailure,
} from '../src/index.ts';
import {
  bytesOf,
  dialRaw,
  frame,
  handshake,
  listenRaw,
  type RawPeer,
  textOf,
  word,
} from './sp-raw-peer.ts';

const REQ = 0x30;
const REP = 0x31;
const LOOPBACK = 'tcp://127.0.0.1:0';
const WAIT = { timeout: 5_000, interval: 2 };
const BACKOFF = { firstMs: 5, maxMs: 20, jitter: 0.5 };

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

function stopLater<T extends { stop(): unknown }>(started: T): T {
  stops.push(() => started.stop());
  return started;
}

const echoRep = async (options: Partial<Parameters<typeof listenRep>[0]> = {}) =>
  stopLater(
    await listenRep({
      address: LOOPBACK,
      handler: (bytes, reply) => reply.send(bytes),
      ...options,
    }),
  );

async function connectedReq(options: Parameters<typeof dialReq>[0]) {
  const req = stopLater(dialReq({ backoff: BACKOFF, ...options }));
  await req.dialer.connected(5_000);
  return req;
}

/** A listener that keeps what it hears. */
function recorder() {
  const heard: { id: number; reply?: string; failure?: RequestFailure }[] = [];
  return {
    heard,
    onReply: (reply: Uint8Array, id: number) => void heard.push({ id, reply: textOf(reply) }),
    onFailure: (failure: RequestFailure, id: number) => void heard.push({ id, failure }),
  };
}

describe('REQ and REP', () => {
  it('answer a request, in one piece or several, empty or large', async () => {
    const rep = await echoRep();
    const { socket } = await connectedReq({ address: rep.address });
    const large = new Uint8Array(700_000).map((_, index) => index * 31);
    expect(textOf(await socket.ask(bytesOf('hello'), { deadlineMs: 5_000 }))).toBe('hello');
    expect(
      textOf(await socket.ask([bytesOf('a'), bytesOf(''), bytesOf('bc')], { deadlineMs: 5_000 })),
    ).toBe('abc');
    expect((await socket.ask(new Uint8Array(0), { deadlineMs: 5_000 })).length).toBe(0);
    expect(Buffer.compare(await socket.ask(large, { deadlineMs: 5_000 }), large)).toBe(0);
    expect(socket.inFlight).toBe(0);
    expect(socket.counters).toMatchObject({ framesOut: 4, framesIn: 4, connectionsOpen: 1 });
    expect(rep.socket.counters.bytesIn).toBe(5 + 3 + 700_000 + 4 * 4);
  });

  it('match replies to requests in whatever order the handler answers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }).chain((count) =>
          fc.shuffledSubarray(
            Array.from({ length: count }, (_, index) => index),
            { minLength: count },
          ),
        ),
        async (order) => {
          const waiting: { text: string; reply: Reply }[] = [];
          const rep = await listenRep({
            address: LOOPBACK,
            handler: (bytes, reply) => {
              waiting.push({ text: textOf(bytes), reply });
              if (waiting.length < order.length) return;
              for (const index of order) {
                const request = waiting[index];
                request?.reply.send(bytesOf(`re:${request.text}`));
              }
            },
          });
          const req = dialReq({ address: rep.address });
          await req.dialer.connected(5_000);
          const replies = await Promise.all(
            order.map((_, index) => req.socket.ask(bytesOf(`${index}`), { deadlineMs: 5_000 })),
          );
          expect(replies.map(textOf)).toEqual(order.map((_, index) => `re:${index}`));
          req.stop();
          await rep.stop();
        },
      ),
      { numRuns: 20 },
    );
  });

  it('work with the listening and the dialing side exchanged, the requests in turns', async () => {
    const req = stopLater(await listenReq({ address: LOOPBACK }));
    for (const name of ['a', 'b']) {
      const rep = stopLater(
        dialRep({ address: req.address, handler: (_, reply) => reply.send(bytesOf(name)) }),
      );
      await rep.dialer.connected(5_000);
    }
    await vi.waitFor(() => expect(req.socket.counters.connectionsOpen).toBe(2), WAIT);
    const replies = await Promise.all(
      [1, 2, 3, 4].map(() => req.socket.ask(bytesOf('?'), { deadlineMs: 5_000 })),
    );
    expect(replies.map(textOf).sort()).toEqual(['a', 'a', 'b', 'b']);
  });

  it('let go of the requests in flight at a stop, after a drain if there is one', async () => {
    const replies: Reply[] = [];
    const rep = await listenRep({ address: LOOPBACK, handler: (_, reply) => replies.push(reply) });
    const { socket } = await connectedReq({ address: rep.address });
    const asked = socket.ask(bytesOf('slow'), { deadlineMs: 5_000 });
    await vi.waitFor(() => expect(replies.length).toBe(1), WAIT);
    const stopped = rep.stop(5_000);
    replies[0]?.send(bytesOf('just in time'));
    expect(textOf(await asked)).toBe('just in time');
    await stopped;
    await vi.waitFor(() => expect(socket.reachable).toBe(false), WAIT);
  });
});

describe('REQ', () => {
  /** A REP of raw bytes that keeps all and says nothing by itself. */
  async function silentRep(port = 0) {
    const server = stopLater(await listenRaw((peer) => peer.write(handshake(REP)), port));
    const req = await connectedReq({ address: server.address, inFlightMax: 4 });
    return { server, ...req, peer: server.peers[0] as RawPeer };
  }

  it('sends its handshake and ids with the high bit set, one write for what one turn asks', async () => {
    const { socket, peer } = await silentRep();
    const listener = recorder();
    const ids = [1, 2, 3].map((n) => socket.request(bytesOf(`${n}`), 5_000, listener));
    await vi.waitFor(() => expect(peer.frames().length).toBe(3), WAIT);
    expect(peer.received.subarray(0, 8)).toEqual(handshake(REQ));
    expect(peer.frames().map((bytes) => bytes.readUInt32BE(0))).toEqual(ids);
    for (const id of ids) expect(id).toBeGreaterThanOrEqual(0x8000_0000);
    expect(new Set(ids).size).toBe(3);
  });

  it('counts and drops replies to nothing that waits', async () => {
    const { socket, peer } = await silentRep();
    const listener = recorder();
    const id = socket.request(bytesOf('x'), 5_000, listener);
    const reply = frame(Buffer.concat([word(id), bytesOf('ok')]));
    peer.write(frame(word(((id + 1) % 2 ** 31) + 2 ** 31)), frame(word(7)), reply, reply);
    await vi.waitFor(() => expect(socket.counters.repliesUnknown).toBe(3), WAIT);
    expect(listener.heard).toEqual([{ id, reply: 'ok' }]);
    expect(socket.reachable).toBe(true);
  });

  it('refuses more than inFlightMax requests at once', async () => {
    const { socket } = await silentRep();
    const listener = recorder();
    for (let n = 0; n < 4; n += 1) socket.request(bytesOf('x'), 5_000, listener);
    expect(socket.request(bytesOf('x'), 5_000, listener)).toBe(NOT_SENT);
    expect(listener.heard).toEqual([{ id: NOT_SENT, failure: 'NODE_OVERLOADED' }]);
    expect(socket.inFlight).toBe(4);
  });

  it('refuses requests when the peer does not read and the queue is full', async () => {
    const server = stopLater(
      await listenRaw((peer) => {
        peer.write(handshake(REP));
        peer.socket.pause();
      }),
    );
    const { socket } = await connectedReq({ address: server.address, queueBytesMax: 500_000 });
    const listener = recorder();
    const payload = new Uint8Array(100_000);
    // The kernel takes some megabytes first; a bound of 2,000 ends a broken test.
    for (let n = 0; n < 2_000 && listener.heard.length === 0; n += 1) {
      socket.request(payload, 60_000, listener);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(listener.heard).toEqual([{ id: NOT_SENT, failure: 'NODE_OVERLOADED' }]);
  });

  it('refuses a request above the frame limit', async () => {
    const rep = await echoRep();
    const { socket } = await connectedReq({ address: rep.address, frameBytesMax: 104 });
    const listener = recorder();
    expect(socket.request(new Uint8Array(101), 5_000, listener)).toBe(NOT_SENT);
    expect(listener.heard[0]?.failure).toBe('FRAME_TOO_LARGE');
    expect((await socket.ask(new Uint8Array(100), { deadlineMs: 5_000 })).length).toBe(100);
  });

  it('fails a request at its deadline, and its late reply reaches nobody', async () => {
    const { socket, peer } = await silentRep();
    const listener = recorder();
    const startedMs = performance.now();
    const id = socket.request(bytesOf('x'), 20, listener);
    await vi.waitFor(() => expect(listener.heard.length).toBe(1), WAIT);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(20);
    peer.write(frame(word(id)));
    await vi.waitFor(() => expect(socket.counters.repliesUnknown).toBe(1), WAIT);
    expect(listener.heard).toEqual([{ id, failure: 'NODE_DEADLINE_EXCEEDED' }]);
    expect(socket.counters.requestsExpired).toBe(1);
    expect(socket.inFlight).toBe(0);
  });

  it('forgets a cancelled request', async () => {
    const { socket, peer } = await silentRep();
    const listener = recorder();
    const id = socket.request(bytesOf('x'), 20, listener);
    expect(socket.cancel(id)).toBe(true);
    expect(socket.cancel(id)).toBe(false);
    expect(socket.cancel(NOT_SENT)).toBe(false);
    peer.write(frame(word(id)));
    await vi.waitFor(() => expect(socket.counters.repliesUnknown).toBe(1), WAIT);
    expect(listener.heard).toEqual([]);

    const abort = new AbortController();
    const asked = socket.ask(bytesOf('y'), { deadlineMs: 5_000, signal: abort.signal });
    abort.abort(new Error('nobody waits any more'));
    await expect(asked).rejects.toThrow('nobody waits any more');
    await expect(
      socket.ask(bytesOf('y'), { deadlineMs: 5_000, signal: abort.signal }),
    ).rejects.toThrow('nobody waits any more');
    expect(socket.inFlight).toBe(0);
  });

  it('fails what is in flight when the connection breaks, does not send it again, and dials again', async () => {
    const { server, socket, dialer, peer } = await silentRep();
    const listener = recorder();
    const ids = [1, 2].map(() => socket.request(bytesOf('once'), 5_000, listener));
    await vi.waitFor(() => expect(peer.frames().length).toBe(2), WAIT);
    peer.socket.destroy();
    await vi.waitFor(() => expect(listener.heard.length).toBe(2), WAIT);
    expect(listener.heard).toEqual(ids.map((id) => ({ id, failure: 'NODE_UNREACHABLE' })));
    await dialer.connected(5_000);
    const again = server.peers.at(-1) as RawPeer;
    expect(again).not.toBe(peer);
    const id = socket.request(bytesOf('new'), 5_000, listener);
    await vi.waitFor(() => expect(again.frames().length).toBe(1), WAIT);
    expect(again.frames()[0]).toEqual(Buffer.concat([word(id), bytesOf('new')]));
  });

  it('fails requests at once while nobody is there, and connects when somebody is', async () => {
    const parked = await listenRaw(() => {});
    await parked.stop();
    const states: string[] = [];
    const req = stopLater(
      dialReq({
        address: parked.address,
        backoff: BACKOFF,
        onStateChange: (state, reason) =>
          states.push(reason === null ? state : `${state} ${reason}`),
      }),
    );
    const listener = recorder();
    expect(req.socket.request(bytesOf('x'), 5_000, listener)).toBe(NOT_SENT);
    expect(listener.heard).toEqual([{ id: NOT_SENT, failure: 'NODE_UNREACHABLE' }]);
    await vi.waitFor(() => expect(states.length).toBeGreaterThan(4), WAIT);
    expect(states.slice(0, 4)).toEqual([
      'connecting',
      'waiting refused',
      'connecting',
      'waiting refused',
    ]);
    await echoRep({ address: parked.address });
    await req.dialer.connected(5_000);
    expect(textOf(await req.socket.ask(bytesOf('now'), { deadlineMs: 5_000 }))).toBe('now');
    req.stop();
    expect(states.at(-1)).toBe('stopped');
    await expect(req.dialer.connected(5_000)).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' });
    await expect(req.socket.ask(bytesOf('x'), { deadlineMs: 5_000 })).rejects.toMatchObject({
      code: 'SHUTTING_DOWN',
    });
  });

  it.each([
    ['garbage', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'handshake-malformed'],
    ['another protocol', handshake(0x20), 'peer-protocol-wrong'],
    ['silence', Buffer.alloc(0), 'handshake-late'],
  ])('lets go of a server that greets with %s', async (_, greeting, reason) => {
    const server = stopLater(await listenRaw((peer) => peer.write(greeting)));
    const reasons: unknown[] = [];
    const req = stopLater(
      dialReq({
        address: server.address,
        backoff: BACKOFF,
        handshakeTimeoutMs: 50,
        onStateChange: (_state, why) => reasons.push(why),
      }),
    );
    await vi.waitFor(() => expect(reasons).toContain(reason), WAIT);
    expect(req.socket.reachable).toBe(false);
    expect(req.socket.counters.handshakesFailed).toBeGreaterThan(0);
  });

  it('closes a connection whose reply is announced above the limit', async () => {
    const server = stopLater(
      await listenRaw((peer) => {
        peer.write(handshake(REP));
        peer.socket.once('data', () => peer.write(Buffer.from('00000000000003e9', 'hex')));
      }),
    );
    const { socket } = await connectedReq({ address: server.address, frameBytesMax: 1_000 });
    const listener = recorder();
    socket.request(bytesOf('x'), 5_000, listener);
    await vi.waitFor(() => expect(listener.heard[0]?.failure).toBe('NODE_UNREACHABLE'), WAIT);
    expect(socket.counters.framesOversize).toBeGreaterThan(0);
  });
});

describe('REP', () => {
  it('echoes every header word up to the request id, as devices need it', async () => {
    const rep = await echoRep();
    const peer = dialRaw(rep.address);
    const header = Buffer.concat([word(5), word(0x7fff_ffff), word(0x8000_0001)]);
    peer.write(handshake(REQ), frame(Buffer.concat([header, bytesOf('through devices')])));
    await vi.waitFor(() => expect(peer.frames().length).toBe(1), WAIT);
    expect(peer.received.subarray(0, 8)).toEqual(handshake(REP));
    expect(peer.frames()[0]).toEqual(Buffer.concat([header, bytesOf('through devices')]));
  });

  it.each([
    ['no request id', frame(word(5))],
    ['a header without end', frame(Buffer.alloc(400))],
    ['less than a word', frame(Buffer.from([0x80, 0, 0]))],
    ['a frame above the limit', Buffer.from('00000000000003e9', 'hex')],
    ['a frame of 2^63 bytes', Buffer.from('8000000000000000', 'hex')],
  ])('closes a connection that sends %s, and serves on', async (_, bytes) => {
    const handler = vi.fn((request: Uint8Array, reply: Reply) => reply.send(request));
    const rep = await echoRep({ frameBytesMax: 1_000, handler });
    const peer = dialRaw(rep.address);
    peer.write(handshake(REQ), bytes);
    await vi.waitFor(() => expect(peer.closed).toBe(true), WAIT);
    expect(handler).not.toHaveBeenCalled();
    const { framesMalformed, framesOversize } = rep.socket.counters;
    expect(framesMalformed + framesOversize).toBe(1);
    const { socket } = await connectedReq({ address: rep.address });
    expect(textOf(await socket.ask(bytesOf('still here'), { deadlineMs: 5_000 }))).toBe(
      'still here',
    );
  });

  it.each([
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['another protocol', handshake(0x21)],
    ['half a handshake and silence', handshake(REQ).subarray(0, 5)],
  ])('lets go of a peer that greets with %s', async (_, greeting) => {
    const rep = await echoRep({ handshakeTimeoutMs: 50 });
    const peer = dialRaw(rep.address);
    peer.write(greeting);
    await vi.waitFor(() => expect(peer.closed).toBe(true), WAIT);
    expect(rep.socket.counters).toMatchObject({ handshakesFailed: 1, connectionsOpened: 0 });
  });

  it('lets go of a peer that never ends its frame, or is silent, but not of a busy one', async () => {
    const rep = await echoRep({ frameTimeoutMs: 60, idleTimeoutMs: 100 });
    const stuck = dialRaw(rep.address);
    stuck.write(handshake(REQ), frame(new Uint8Array(100)).subarray(0, 50));
    const idle = dialRaw(rep.address);
    idle.write(handshake(REQ));
    const { socket } = await connectedReq({ address: rep.address });
    let answered = 0;
    while (!stuck.closed || !idle.closed) {
      await socket.ask(bytesOf('busy'), { deadlineMs: 5_000 });
      answered += 1;
    }
    expect(answered).toBeGreaterThan(1);
    expect(socket.counters.connectionsOpened).toBe(1);
  });

  it('reads no more than inFlightMax unanswered requests of a connection', async () => {
    const replies: { text: string; reply: Reply }[] = [];
    const rep = await echoRep({
      inFlightMax: 3,
      handler: (request, reply) => replies.push({ text: textOf(request), reply }),
    });
    const { socket } = await connectedReq({ address: rep.address });
    const asked = Array.from({ length: 10 }, (_, n) =>
      socket.ask(bytesOf(`${n}`), { deadlineMs: 5_000 }),
    );
    const answered: string[] = [];
    while (answered.length < 10) {
      await vi.waitFor(() => expect(replies.length).toBeGreaterThan(0), WAIT);
      expect(rep.socket.inFlight).toBeLessThanOrEqual(3);
      const next = replies.pop();
      answered.push(next?.text ?? '');
      next?.reply.send(bytesOf(next.text));
    }
    expect((await Promise.all(asked)).map(textOf)).toEqual(
      Array.from({ length: 10 }, (_, n) => `${n}`),
    );
    expect(answered.sort()).toEqual(Array.from({ length: 10 }, (_, n) => `${n}`));
  });

  it('stops reading from a peer that does not read its replies, and goes on when it does', async () => {
    const big = new Uint8Array(50_000);
    let unreadBytesMax = 0;
    const rep = await echoRep({
      queueBytesMax: 200_000,
      handler: (_, reply) => {
        reply.send(big);
        const unreadBytes = rep.socket.counters.bytesOut - peer.receivedBytes;
        unreadBytesMax = Math.max(unreadBytesMax, unreadBytes);
      },
    });
    const peer = dialRaw(rep.address);
    peer.socket.pause();
    // All requests come in one chunk: without the limit, all replies would be queued in one turn.
    const requests = 1_000;
    const ids = Array.from({ length: requests }, (_, n) => frame(word(0x8000_0000 + n)));
    peer.write(handshake(REQ), ...ids);
    await vi.waitFor(() => expect(rep.socket.counters.framesOut).toBeGreaterThan(3), WAIT);
    peer.socket.resume();
    const allBytes = 8 + requests * (8 + 4 + big.length);
    await vi.waitFor(() => expect(peer.receivedBytes).toBe(allBytes), WAIT);
    // The kernel's buffers and the queue, far from all of it.
    expect(unreadBytesMax).toBeLessThan(allBytes / 2);
  });

  it('drops a reply after its connection closed, and a second reply to one request', async () => {
    const replies: Reply[] = [];
    const rep = await echoRep({ handler: (_, reply) => replies.push(reply) });
    const peer = dialRaw(rep.address);
    peer.write(handshake(REQ), frame(word(0x8000_0001)), frame(word(0x8000_0002)));
    await vi.waitFor(() => expect(replies.length).toBe(2), WAIT);
    replies[0]?.send(bytesOf('first'));
    replies[0]?.send(bytesOf('second'));
    await vi.waitFor(() => expect(peer.frames().length).toBe(1), WAIT);
    peer.socket.destroy();
    await vi.waitFor(() => expect(rep.socket.counters.connectionsOpen).toBe(0), WAIT);
    replies[1]?.send(bytesOf('too late'));
    expect(rep.socket.counters).toMatchObject({ framesOut: 1, framesDropped: 1 });
    expect(rep.socket.inFlight).toBe(0);
  });

  it('survives a handler that throws and one that never answers', async () => {
    const errors: unknown[] = [];
    const rep = await echoRep({
      replyTimeoutMs: 20,
      inFlightMax: 1,
      handler: (request, reply) => {
        const text = textOf(request);
        if (text === 'throw') throw new Error('bad request');
        if (text === 'echo') reply.send(request);
      },
      onHandlerError: (cause) => errors.push(cause),
    });
    const { socket } = await connectedReq({ address: rep.address });
    const listener = recorder();
    socket.request(bytesOf('throw'), 60_000, listener);
    socket.request(bytesOf('forget'), 60_000, listener);
    expect(textOf(await socket.ask(bytesOf('echo'), { deadlineMs: 5_000 }))).toBe('echo');
    expect(errors).toEqual([new Error('bad request')]);
    expect(rep.socket.counters).toMatchObject({ handlersFailed: 1, framesDropped: 2 });
    expect(listener.heard).toEqual([]);
  });

  it('throws FRAME_TOO_LARGE at a reply above the limit', async () => {
    const errors: unknown[] = [];
    const rep = await echoRep({
      frameBytesMax: 100,
      handler: (_, reply) => reply.send(new Uint8Array(97)),
      onHandlerError: (cause) => errors.push(cause),
    });
    const { socket } = await connectedReq({ address: rep.address });
    socket.request(bytesOf('x'), 5_000, recorder());
    await vi.waitFor(() => expect(errors.length).toBe(1), WAIT);
    expect(errors[0]).toMatchObject({ code: 'FRAME_TOO_LARGE' });
  });

  it('has at most connectionsMax connections', async () => {
    const rep = await echoRep({ connectionsMax: 2 });
    const peers = [1, 2, 3].map(() => dialRaw(rep.address));
    await vi.waitFor(() => expect(peers.filter((peer) => peer.closed).length).toBe(1), WAIT);
    expect(rep.socket.counters.connectionsRefused).toBe(1);
  });

  it('says PORT_BUSY with the address when the port is taken', async () => {
    const rep = await echoRep();
    await expect(echoRep({ address: rep.address })).rejects.toMatchObject({
      code: 'PORT_BUSY',
      context: { address: rep.address },
    });
    await expect(echoRep({ address: 'tcp://192.0.2.1:7700' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});
