// Interoperation with the real `nngcat` (Debian's nng-utils) in both roles of REQ/REP and PUB/SUB, over TCP and TLS.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createCertificate,
  dialReq,
  dialSub,
  listenPub,
  listenRep,
  type NodeCertificate,
} from '../src/sp/index.ts';
import { bytesOf, textOf } from './sp-raw-peer.ts';
import {
  freeAddress,
  hasCommand,
  reportMissing,
  startTool,
  stopToolsAfterEach,
} from './sp-tool-process.ts';

const missing = reportMissing(
  !hasCommand('nngcat', ['--version']),
  'nngcat is missing (Debian: apt-get install nng-utils)',
);

const WAIT = { timeout: 10_000, interval: 5 };
const BACKOFF = { firstMs: 10, maxMs: 100, jitter: 0.5 };
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
stopToolsAfterEach();

describe.skipIf(missing).each(['tcp', 'tls+tcp'] as const)('nngcat over %s', (scheme) => {
  let certificate: NodeCertificate;
  let folder: string;
  beforeAll(async () => {
    certificate = await createCertificate({ hosts: ['localhost', '127.0.0.1'] });
    folder = mkdtempSync(join(tmpdir(), 'streamsync-nngcat-'));
    writeFileSync(join(folder, 'authority.pem'), certificate.certificatePem);
    writeFileSync(join(folder, 'node.pem'), certificate.certificatePem + certificate.keyPem);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const tls = scheme === 'tls+tcp';
  const trusting = () => (tls ? ['--cacert', join(folder, 'authority.pem')] : []);
  const showing = () => (tls ? ['--cert', join(folder, 'node.pem')] : []);
  const pinned = () => ({ fingerprintSha256: certificate.fingerprintSha256 });
  /** The name that nngcat checks is the one it dials. */
  const byName = (address: string) => address.replace('127.0.0.1', 'localhost');

  it('asks our REP', async () => {
    const rep = await listenRep({
      address: `${scheme}://127.0.0.1:0`,
      tls: certificate,
      handler: (request, reply) => reply.send([bytesOf('re:'), request]),
    });
    stops.push(() => rep.stop());
    const ways = tls ? [trusting(), ['--insecure']] : [[]];
    for (const way of ways) {
      const args = ['--req', '--dial', byName(rep.address), '--data', 'ping', '--quoted', ...way];
      const nngcat = startTool('nngcat', [...args, '--recv-timeout', '5']);
      expect(await nngcat.ended, nngcat.stderr).toBe(0);
      expect(nngcat.lines).toEqual(['"re:ping"']);
    }
  });

  it('answers our REQ, one request after another', async () => {
    const address = await freeAddress(scheme);
    const args = ['--rep', '--listen', address, '--data', 'pong', '--quoted', ...showing()];
    const nngcat = startTool('nngcat', args);
    const req = dialReq({ address, tls: pinned(), backoff: BACKOFF });
    stops.push(() => req.stop());
    await req.dialer.connected(10_000);
    for (const text of ['one', 'two', 'three']) {
      const reply = await req.socket.ask(bytesOf(text), { deadlineMs: 5_000 });
      expect(textOf(reply)).toBe('pong');
    }
    await vi.waitFor(() => expect(nngcat.lines).toEqual(['"one"', '"two"', '"three"']), WAIT);
  });

  it('subscribes to our PUB', async () => {
    const pub = await listenPub({ address: `${scheme}://127.0.0.1:0`, tls: certificate });
    stops.push(() => pub.stop());
    const args = ['--sub', '--dial', byName(pub.address), '--subscribe', 'slot:', '--quoted'];
    const nngcat = startTool('nngcat', [...args, ...trusting()]);
    await vi.waitFor(() => expect(pub.socket.subscribers).toBe(1), WAIT);
    for (const text of ['slot:1', 'load:1', 'slot:2']) pub.socket.publish(bytesOf(text));
    await vi.waitFor(() => expect(nngcat.lines).toEqual(['"slot:1"', '"slot:2"']), WAIT);
  });

  it('publishes to our SUB', async () => {
    const address = await freeAddress(scheme);
    startTool('nngcat', [
      '--pub',
      '--listen',
      address,
      '--data',
      'slot:7',
      '-i',
      '1',
      ...showing(),
    ]);
    const heard: string[] = [];
    const sub = dialSub({
      address,
      tls: pinned(),
      backoff: BACKOFF,
      prefixes: [bytesOf('slot:')],
      onMessage: (message) => heard.push(textOf(message)),
    });
    stops.push(() => sub.stop());
    await vi.waitFor(() => expect(heard.slice(0, 2)).toEqual(['slot:7', 'slot:7']), WAIT);
  });
});
