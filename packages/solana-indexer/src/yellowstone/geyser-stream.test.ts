import { Duplex } from 'node:stream';
import type { StreamSyncError } from '@streamsync/domain';
import type {
  ClientDuplexStream,
  SubscribeRequest,
  SubscribeUpdate,
} from '@triton-one/yellowstone-grpc';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GeyserStream } from './geyser-stream.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const tick = () => new Promise((resolve) => setImmediate(resolve));

async function open(onUpdate: (update: SubscribeUpdate) => void = () => {}) {
  const written: SubscribeRequest[] = [];
  const duplex = new Duplex({
    objectMode: true,
    read: () => {},
    write: (request: SubscribeRequest, _encoding, callback) => {
      written.push(request);
      callback();
    },
  });
  const failures: StreamSyncError[] = [];
  const stream = await GeyserStream.open({
    client: { slot: async () => '0', subscribe: async () => duplex as ClientDuplexStream },
    request: {} as SubscribeRequest,
    endpoint: { url: 'http://user:secret@host:1/path', xToken: 'the-token' },
    onUpdate,
    onFailed: (error) => failures.push(error),
  });
  const send = async (update: object) => {
    duplex.push({ filters: [], ...update });
    await tick();
  };
  return { stream, duplex, written, failures, send };
}

describe('a Yellowstone stream', () => {
  it('is pinged, and dropped when nothing comes back', async () => {
    const { duplex, written, failures, send } = await open();
    for (let round = 0; round < 5; round += 1) {
      vi.advanceTimersByTime(5_000);
      await send({ pong: { id: 1 } });
    }
    expect(written.filter(({ ping }) => ping !== undefined)).toHaveLength(5);
    expect(failures).toEqual([]);
    vi.advanceTimersByTime(20_001);
    expect(failures.map(({ code, message }) => [code, message.slice(0, 21)])).toEqual([
      ['SOURCE_FAILED', 'http://host:1 is dead'],
    ]);
    expect(duplex.destroyed).toBe(true);
  });

  it('is not taken for dead while this process does not read it', async () => {
    const { stream, failures } = await open();
    stream.isPaused = true;
    vi.advanceTimersByTime(60_000);
    expect(failures).toEqual([]);
  });

  it("answers the server's pings", async () => {
    const { written, send } = await open();
    await send({ ping: {} });
    expect(written).toMatchObject([{ ping: { id: 1 } }]);
  });

  it('fails once, with what the server said and without the token', async () => {
    const { duplex, failures } = await open();
    duplex.destroy(new Error('receive failed', { cause: new Error('bad the-token here') }));
    await tick();
    expect(failures.map(({ message }) => message)).toEqual([
      'http://host:1 broke the stream off: receive failed: bad *** here',
    ]);
  });

  it('fails where an update cannot be read, and hands nothing on after that', async () => {
    let handed = 0;
    const { failures, send } = await open(() => {
      handed += 1;
      throw new Error('not of the form');
    });
    await send({ pong: { id: 1 } });
    await send({ pong: { id: 2 } });
    expect(handed).toBe(1);
    expect(failures).toHaveLength(1);
  });

  it('hands nothing on after it was closed', async () => {
    let handed = 0;
    const { stream, duplex, failures } = await open(() => {
      handed += 1;
    });
    stream.close();
    await tick();
    expect([handed, failures, duplex.destroyed]).toEqual([0, [], true]);
  });
});
