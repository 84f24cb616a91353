// A thousand sockets that say nothing, too little, or too slowly: each is cut within ten seconds, and
// those who have something to say are served meanwhile.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type FrontDoor, openFrontDoor } from '../support/front-door.ts';

const SOCKETS = 1_000;
const CUT_MS_MAX = 10_000;

const KINDS: readonly { readonly name: string; readonly bytes: string; readonly drip: boolean }[] =
  [
    { name: 'says nothing', bytes: '', drip: false },
    { name: 'stops in its headers', bytes: 'POST /graphql HTTP/1.1\r\nhost: x\r\n', drip: false },
    {
      name: 'sends a header now and then',
      bytes: 'POST /graphql HTTP/1.1\r\nhost: x\r\n',
      drip: true,
    },
    {
      name: 'stops in its body',
      bytes:
        'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"query":',
      drip: false,
    },
  ];

let door: FrontDoor;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await door.stop();
});

describe('sockets that are idle', () => {
  it('are cut within ten seconds, whatever they have begun', async () => {
    door = await openFrontDoor({ connectionsMax: SOCKETS + 100 });
    const { hostname, port } = new URL(door.url);
    const livedMs: number[] = [];
    const opened = Array.from({ length: SOCKETS }, async (_, index) => {
      const kind = KINDS[index % KINDS.length];
      const socket = connect(Number(port), hostname);
      sockets.push(socket);
      socket.on('error', () => {});
      await once(socket, 'connect');
      const startedMs = performance.now();
      const closed = once(socket, 'close').then(() => livedMs.push(performance.now() - startedMs));
      // The refusal has to be read for the end to be seen.
      socket.resume();
      if (kind?.bytes) socket.write(kind.bytes);
      const drip = kind?.drip
        ? setInterval(() => socket.writable && socket.write('x: y\r\n'), 1_000)
        : undefined;
      await closed;
      clearInterval(drip);
    });
    expect((await door.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
    await Promise.all(opened);
    expect(livedMs).toHaveLength(SOCKETS);
    expect(Math.max(...livedMs)).toBeLessThan(CUT_MS_MAX);
  }, 40_000);
});
