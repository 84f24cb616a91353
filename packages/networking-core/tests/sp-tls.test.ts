// SP over TLS: what a dialer accepts, what it refuses, and the certificates that nodes make.
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createCertificate,
  type DialTls,
  dialReq,
  fingerprintOfPem,
  listenRep,
  type NodeCertificate,
  parseSpAddress,
} from '../src/sp/index.ts';
import { bytesOf, textOf } from './sp-raw-peer.ts';

const WAIT = { timeout: 5_000, interval: 2 };
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

let certificate: NodeCertificate;
let other: NodeCertificate;
beforeAll(async () => {
  certificate = await createCertificate({ hosts: ['localhost', '127.0.0.1'] });
  other = await createCertificate({ hosts: ['localhost', '127.0.0.1'] });
});

async function echoRep(tls: NodeCertificate, options: { handshakeTimeoutMs?: number } = {}) {
  const rep = await listenRep({
    address: 'tls+tcp://127.0.0.1:0',
    tls,
    handler: (request, reply) => reply.send(request),
    ...options,
  });
  stops.push(() => rep.stop());
  return rep;
}

function dial(address: string, tls: DialTls) {
  const reasons: unknown[] = [];
  const req = dialReq({
    address,
    tls,
    backoff: { firstMs: 5, maxMs: 20, jitter: 0.5 },
    onStateChange: (_, reason) => reasons.push(reason),
  });
  stops.push(() => req.stop());
  return { ...req, reasons };
}

describe('SP over TLS', () => {
  it('accepts exactly the pinned certificate, whatever its case is written in', async () => {
    const rep = await echoRep(certificate);
    for (const fingerprint of [
      certificate.fingerprintSha256,
      certificate.fingerprintSha256.toUpperCase(),
    ]) {
      const { socket, dialer } = dial(rep.address, { fingerprintSha256: fingerprint });
      await dialer.connected(5_000);
      expect(textOf(await socket.ask(bytesOf('private'), { deadlineMs: 5_000 }))).toBe('private');
    }
  });

  it('refuses another certificate than the pinned one before a byte of SP is sent', async () => {
    const rep = await echoRep(other);
    const { socket, reasons } = dial(rep.address, {
      fingerprintSha256: certificate.fingerprintSha256,
    });
    await vi.waitFor(() => expect(reasons).toContain('certificate-wrong'), WAIT);
    expect(socket.reachable).toBe(false);
    expect(rep.socket.counters.connectionsOpened).toBe(0);
  });

  it('accepts a certificate of the authority with the right name, and no other', async () => {
    const rep = await echoRep(certificate);
    const right = dial(rep.address, { authorityPem: certificate.certificatePem });
    await right.dialer.connected(5_000);
    const wrongAuthority = dial(rep.address, { authorityPem: other.certificatePem });
    await vi.waitFor(() => expect(wrongAuthority.reasons).toContain('certificate-wrong'), WAIT);
    const elsewhere = await createCertificate({ hosts: ['elsewhere.example'] });
    const moved = await echoRep(elsewhere);
    const wrongName = dial(moved.address, { authorityPem: elsewhere.certificatePem });
    await vi.waitFor(() => expect(wrongName.reasons).toContain('certificate-wrong'), WAIT);
    const named = dial(moved.address, {
      authorityPem: elsewhere.certificatePem,
      serverName: 'elsewhere.example',
    });
    await named.dialer.connected(5_000);
  });

  it('stops at once although a peer is in the middle of its TLS handshake', async () => {
    const rep = await listenRep({
      address: 'tls+tcp://127.0.0.1:0',
      tls: certificate,
      handshakeTimeoutMs: 60_000,
      handler: () => {},
    });
    const { host, port } = parseSpAddress(rep.address);
    const peer = connect({ host, port });
    stops.push(() => peer.destroy());
    await new Promise((resolve) => peer.once('connect', resolve));
    await rep.stop();
    await expect(
      new Promise((_, reject) => connect({ host, port }).once('error', reject)),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('lets go of a peer that speaks no TLS', async () => {
    const rep = await echoRep(certificate, { handshakeTimeoutMs: 50 });
    const { host, port } = parseSpAddress(rep.address);
    const closed: string[] = [];
    for (const greeting of ['GET / HTTP/1.1\r\n\r\n', '']) {
      const peer = connect({ host, port });
      peer.on('error', () => {});
      peer.on('close', () => closed.push(greeting));
      if (greeting !== '') peer.write(greeting);
      peer.resume();
    }
    await vi.waitFor(() => expect(closed.length).toBe(2), WAIT);
    await vi.waitFor(() => expect(rep.socket.counters.handshakesFailed).toBe(2), WAIT);
  });

  it('needs a certificate to listen and something to check to dial', async () => {
    await expect(
      listenRep({ address: 'tls+tcp://127.0.0.1:0', handler: () => {} }),
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(() => dialReq({ address: 'tls+tcp://127.0.0.1:1' })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});

describe('the certificate of a node', () => {
  it('is P-256, names its hosts, and is found by its fingerprint', () => {
    const parsed = new X509Certificate(certificate.certificatePem);
    expect(parsed.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(parsed.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1');
    expect(parsed.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(
      certificate.fingerprintSha256,
    );
    expect(fingerprintOfPem(certificate.certificatePem)).toBe(certificate.fingerprintSha256);
    expect(other.fingerprintSha256).not.toBe(certificate.fingerprintSha256);
    expect(() => fingerprintOfPem('no certificate')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});
