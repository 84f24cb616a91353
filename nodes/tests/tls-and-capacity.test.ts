// A node as an operator offers it to strangers: by TLS with a certificate that the hello signs, and
// with the capacity that it listed, which it enforces.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificate, type NodeCertificate } from '@streamsync/networking-core';
import { SYSTEM_PROGRAM } from '@streamsync/program-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatorUnderTest } from './support/operator-under-test.ts';
import { accountsAt, addressItem } from './support/read-answers.ts';
import { streamsync, type TemporaryFolder, temporaryFolder } from './support/run-command.ts';
import { addressOf } from './support/slot-updates.ts';

let folder: TemporaryFolder;
let certificate: NodeCertificate;
let operator: OperatorUnderTest;

const address = addressOf(7);

beforeAll(async () => {
  folder = temporaryFolder();
  certificate = await createCertificate({ hosts: ['127.0.0.1'] });
  writeFileSync(join(folder.path, 'node.crt'), certificate.certificatePem);
  writeFileSync(join(folder.path, 'node.key'), certificate.keyPem);
  mkdirSync(join(folder.path, 'accounts'));
  writeFileSync(
    join(folder.path, 'accounts', `${address}.json`),
    JSON.stringify({
      pubkey: address,
      account: {
        lamports: 42,
        data: ['', 'base64'],
        owner: SYSTEM_PROGRAM,
        executable: false,
        rentEpoch: 0,
        space: 0,
      },
    }),
  );
  const config = join(folder.path, 'streamsync.toml');
  writeFileSync(
    config,
    `operator = "alpha"
dataFolder = "data"
[source]
kind = "folders"
accounts = "accounts"
[metrics]
listen = "127.0.0.1:0"
[[nodes]]
name = "speed"
specialisation = "speed"
listen = "tls+tcp://127.0.0.1:0"
publish = "tls+tcp://127.0.0.1:0"
capacityUnitsPerSecond = 1
[nodes.tls]
certificateFile = "node.crt"
keyFile = "node.key"
`,
  );
  operator = await OperatorUnderTest.start(config, {
    tlsFingerprint: certificate.fingerprintSha256,
  });
}, 60_000);

afterAll(async () => {
  await operator?.stop();
  folder?.remove();
});

describe('a node on TLS', () => {
  it('answers by a session whose hello signs its certificate', async () => {
    const pin = await operator.node('speed').pin();
    const [state] = await accountsAt(operator, pin, [address]);
    expect(state).toMatchObject({ lamports: 42n, owner: SYSTEM_PROGRAM });
  });

  it('is asked for its status by the certificate of its config, and by a fingerprint', async () => {
    const byConfig = await streamsync(['status', '--config', operator.configFile]);
    expect(byConfig.stdout + byConfig.stderr).toMatch(/tls\+tcp:.* 1 +0 /);
    expect(byConfig.code).toBe(0);
    const ask = (fingerprint: string) =>
      streamsync([
        ...['status', '--address', operator.address('speed')],
        ...['--fingerprint', fingerprint],
      ]);
    expect((await ask(certificate.fingerprintSha256)).code).toBe(0);
    expect(await ask('0'.repeat(64))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('NODE_UNREACHABLE'),
    });
  });
});

describe('a node beyond its listed capacity', () => {
  it('refuses what it has no capacity for, and says so in its heartbeats', async () => {
    const pin = await operator.node('speed').pin();
    const items = new Array<Uint8Array>(100).fill(addressItem(address));
    const calls = await Promise.all(
      [1, 2, 3].map(() => operator.node('speed').call('account.get', pin, ...items)),
    );
    const codes = calls.map((call) => (call.kind === 'failed' ? call.code : 'answered'));
    expect(codes).toContain('NODE_OVERLOADED');
    await expect
      .poll(() => operator.node('speed').heartbeat?.loadPermille, { timeout: 5_000 })
      .toBeGreaterThan(1_000);
  });
});
