// REQ and REP against each other over real sockets.
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { dialRep, dialReq, listenRep, listenReq, type Reply } from '../src/sp/index.ts';
import { bytesOf, textOf } from './sp-raw-peer.ts';
import {
  connectedReq,
  echoRep,
  LOOPBACK,
  stopLater,
  stopSocketsAfterEach,
  WAIT,
} from './sp-req-rep-sockets.ts';

stopSocketsAfterEach();

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
