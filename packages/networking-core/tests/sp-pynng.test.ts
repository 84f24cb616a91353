// Interoperation with pynng, the real NNG library in Python, in both roles and with many requests in
// flight. Its virtual environment is made once per machine, below the folder for temporary files.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createCertificate,
  dialReq,
  dialSub,
  listenPub,
  listenRep,
  type NodeCertificate,
  type Reply,
} from '../src/sp/index.ts';
import { bytesOf, textOf } from './sp-raw-peer.ts';
import {
  freeAddress,
  hasCommand,
  reportMissing,
  startTool,
  stopToolsAfterEach,
} from './sp-tool-process.ts';

const run = promisify(execFile);
const PYNNG = 'pynng==0.9.0';
const PEER = join(import.meta.dirname, 'sp-pynng-peer.py');

/** Installing takes 10 s; beyond this the tests are skipped rather than holding up the others. */
const INSTALL_TIMEOUT_MS = 60_000;

/** The Python that has pynng, or why there is none. */
async function pythonWithPynng(): Promise<{ python: string } | { fault: string }> {
  const folder = join(tmpdir(), 'streamsync-pynng');
  const python = join(folder, 'bin', 'python');
  const works = () => hasCommand(python, ['-c', 'import pynng']);
  if (works()) return { python };
  // Made aside and moved, so that a second run never sees half of it.
  const fresh = `${folder}.${process.pid}`;
  try {
    const timeout = INSTALL_TIMEOUT_MS;
    await run('python3', ['-m', 'venv', fresh], { timeout });
    await run(join(fresh, 'bin', 'python'), ['-m', 'pip', 'install', '-q', PYNNG], { timeout });
    if (!works()) {
      if (existsSync(folder)) rmSync(folder, { recursive: true });
      renameSync(fresh, folder);
    }
    return works() ? { python } : { fault: 'pynng was installed and cannot be imported' };
  } catch (cause) {
    return {
      fault: `no pynng (python3 -m venv, pip install pynng): ${String(cause).slice(0, 300)}`,
    };
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

const found = await pythonWithPynng();
const missing = reportMissing('fault' in found, 'fault' in found ? found.fault : '');
const python = 'python' in found ? found.python : '';

const IN_FLIGHT = 300;
const WAIT = { timeout: 15_000, interval: 5 };
const BACKOFF = { firstMs: 10, maxMs: 100, jitter: 0.5 };
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
stopToolsAfterEach();

describe.skipIf(missing).each(['tcp', 'tls+tcp'] as const)('pynng over %s', (scheme) => {
  let certificate: NodeCertificate;
  let folder: string;
  beforeAll(async () => {
    certificate = await createCertificate({ hosts: ['localhost', '127.0.0.1'] });
    folder = mkdtempSync(join(tmpdir(), 'streamsync-pynng-'));
    writeFileSync(join(folder, 'node.pem'), certificate.certificatePem + certificate.keyPem);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const peer = (role: string, address: string, count: number) => {
    const tls = scheme === 'tls+tcp' ? [join(folder, 'node.pem')] : [];
    return startTool(python, [PEER, role, address, `${count}`, ...tls]);
  };
  const pinned = () => ({ fingerprintSha256: certificate.fingerprintSha256 });

  it('asks our REP, many requests in flight, answered in reverse', async () => {
    const waiting: (() => void)[] = [];
    let answered = 0;
    const answerLater = (request: Uint8Array, reply: Reply) => {
      const text = textOf(request);
      waiting.push(() => reply.send(bytesOf(`re:${text}`)));
      // The last full batch waits for all: so many requests were in flight on one connection.
      if (answered + waiting.length < IN_FLIGHT) return;
      for (const answer of waiting.splice(0).reverse()) answer();
      answered = IN_FLIGHT;
    };
    const rep = await listenRep({
      address: `${scheme}://127.0.0.1:0`,
      tls: certificate,
      handler: answerLater,
    });
    stops.push(() => rep.stop());
    const pynng = peer('req', rep.address.replace('127.0.0.1', 'localhost'), IN_FLIGHT);
    await pynng.ended;
    expect(pynng.lines, pynng.stderr).toEqual([`right ${IN_FLIGHT} of ${IN_FLIGHT}`]);
    expect(rep.socket.counters).toMatchObject({ framesIn: IN_FLIGHT, connectionsOpened: 1 });
  });

  it('answers our REQ, many requests in flight, out of order', async () => {
    const address = await freeAddress(scheme);
    const pynng = peer('rep', address, 50);
    await vi.waitFor(() => expect(pynng.lines, pynng.stderr).toEqual(['listening']), WAIT);
    const req = dialReq({ address, tls: pinned(), backoff: BACKOFF });
    stops.push(() => req.stop());
    await req.dialer.connected(10_000);
    const order: number[] = [];
    const replies = await Promise.all(
      Array.from({ length: IN_FLIGHT }, async (_, number) => {
        const reply = await req.socket.ask(bytesOf(`${number}`), { deadlineMs: 15_000 });
        order.push(number);
        return textOf(reply);
      }),
    );
    expect(replies).toEqual(Array.from({ length: IN_FLIGHT }, (_, number) => `re:${number}`));
    expect(order).not.toEqual(order.toSorted((a, b) => a - b));
  });

  it('subscribes to our PUB', async () => {
    const pub = await listenPub({ address: `${scheme}://127.0.0.1:0`, tls: certificate });
    stops.push(() => pub.stop());
    const pynng = peer('sub', pub.address.replace('127.0.0.1', 'localhost'), 3);
    await vi.waitFor(() => expect(pub.socket.subscribers, pynng.stderr).toBe(1), WAIT);
    for (const text of ['slot:1', 'load:1', 'slot:2', 'load:2', 'slot:3']) {
      pub.socket.publish(bytesOf(text));
    }
    await pynng.ended;
    expect(pynng.lines, pynng.stderr).toEqual(['slot:1', 'slot:2', 'slot:3']);
  });

  it('publishes to our SUB', async () => {
    const address = await freeAddress(scheme);
    const pynng = peer('pub', address, 0);
    const heard: number[] = [];
    const sub = dialSub({
      address,
      tls: pinned(),
      backoff: BACKOFF,
      prefixes: [bytesOf('slot:')],
      onMessage: (message) => heard.push(Number(textOf(message).slice('slot:'.length))),
    });
    stops.push(() => sub.stop());
    await vi.waitFor(() => expect(heard.length, pynng.stderr).toBeGreaterThan(9), WAIT);
    const first = heard[0] as number;
    expect(heard.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, index) => first + index));
  });
});
