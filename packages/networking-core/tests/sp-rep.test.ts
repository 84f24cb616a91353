// REP against a REQ that speaks raw bytes, and so can break the rules.
import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { parseSpAddress, type Reply } from '../src/sp/index.ts';
import { bytesOf, dialRaw, frame, handshake, RawPeer, textOf, word } from './sp-raw-peer.ts';
import {
  connectedReq,
  echoRep,
  REP,
  REQ,
  recorder,
  stopSocketsAfterEach,
  WAIT,
} from './sp-req-rep-sockets.ts';

stopSocketsAfterEach();

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

  it('has at most connectionsPerHostMax connections of one host, and room for another', async () => {
    const rep = await echoRep({ connectionsPerHostMax: 2 });
    const peers = [1, 2, 3].map(() => dialRaw(rep.address));
    await vi.waitFor(() => expect(peers.filter((peer) => peer.closed).length).toBe(1), WAIT);
    expect(rep.socket.counters.connectionsRefused).toBe(1);
    // All of 127/8 is this machine, on Linux without set-up.
    const { host, port } = parseSpAddress(rep.address);
    const other = new RawPeer(connect({ host, port, localAddress: '127.0.0.2' }));
    await vi.waitFor(() => expect(other.receivedBytes).toBe(8), WAIT);
    other.socket.destroy();
    // A place that is left can be taken again.
    peers.find((peer) => !peer.closed)?.socket.destroy();
    await vi.waitFor(() => expect(rep.socket.counters.handshakesFailed).toBe(2), WAIT);
    const next = dialRaw(rep.address);
    await vi.waitFor(() => expect(next.receivedBytes).toBe(8), WAIT);
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
