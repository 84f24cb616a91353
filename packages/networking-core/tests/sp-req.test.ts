// REQ against a REP that speaks raw bytes, and so can break the rules.
import { describe, expect, it, vi } from 'vitest';
import { dialReq, NOT_SENT } from '../src/sp/index.ts';
import { bytesOf, frame, handshake, listenRaw, type RawPeer, textOf, word } from './sp-raw-peer.ts';
import {
  BACKOFF,
  connectedReq,
  echoRep,
  REP,
  REQ,
  recorder,
  stopLater,
  stopSocketsAfterEach,
  WAIT,
} from './sp-req-rep-sockets.ts';

stopSocketsAfterEach();

describe('REQ', () => {
  /** A REP of raw bytes that keeps all and says nothing by itself. */
  async function silentRep(port = 0) {
    const server = stopLater(await listenRaw((peer) => peer.write(handshake(REP)), port));
    const req = await connectedReq({ address: server.address, inFlightMax: 4 });
    return { server, ...req, peer: server.peers[0] as RawPeer };
  }

  it('sends its handshake and ids with the high bit set, each another', async () => {
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
    for (const id of ids) {
      expect(listener.heard).toContainEqual({ id, failure: 'NODE_UNREACHABLE' });
    }
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
