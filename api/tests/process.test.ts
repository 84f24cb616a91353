// The gateway as a process: its ready line, its refusals to start, its drain.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openFrontDoor } from './support/front-door.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const WALLET = '11111111111111111111111111111111';
const QUERY = JSON.stringify({ query: `{ account(address: "${WALLET}") { slot } }` });

let folder: string;
let peersFile: string;
const children: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'streamsync-gateway-'));
  peersFile = join(folder, 'peers.json');
  // Nobody listens on port 1.
  const peers = [1, 2, 3].map((index) => ({
    nodeKey: String(index).padStart(64, '0'),
    operator: `operator-${index}`,
    specialisation: 'speed',
    address: 'tcp://127.0.0.1:1',
    publish: 'tcp://127.0.0.1:1',
  }));
  writeFileSync(peersFile, JSON.stringify(peers));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Started {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The exit code. */
  readonly exited: Promise<number | null>;
}

function start(env: Record<string, string>): Started {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH,
      PEERS: peersFile,
      DATA_DIR: join(folder, 'data'),
      GENESIS_HASH: WALLET,
      PORT: '0',
      LOG_LEVEL: 'silent',
      ...env,
    },
  });
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    exited: once(child, 'exit').then(([code]) => code as number | null),
  };
}

describe('main.ts', () => {
  it('says where it serves, is live but not ready without nodes, and leaves at SIGTERM', async () => {
    const started = start({});
    await expect.poll(started.stdout, { timeout: 15_000 }).toContain('\n');
    const ready = JSON.parse(started.stdout()) as Record<string, string>;
    expect(ready).toEqual({
      ready: true,
      graphqlUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/),
      metricsUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/),
    });
    const url = String(ready.graphqlUrl);
    expect((await fetch(new URL('/health/live', url))).status).toBe(200);
    expect((await fetch(new URL('/health/ready', url))).status).toBe(503);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: QUERY,
    });
    const { data, errors } = (await response.json()) as {
      data: unknown;
      errors: { extensions: { code: string } }[];
    };
    expect(data).toEqual({ account: null });
    expect(['POOL_TOO_SMALL', 'STALE_POOL']).toContain(errors[0]?.extensions.code);
    started.child.kill('SIGTERM');
    expect(await started.exited).toBe(0);
  });

  it('says one clear sentence when its port is busy', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const started = start({ PORT: String(port) });
    expect(await started.exited).toBe(1);
    holder.close();
    expect(started.stderr()).toBe(
      `Port ${port} of 127.0.0.1 is in use by another process: stop it, or choose another port. [PORT_BUSY]\n`,
    );
    expect(started.stdout()).toBe('');
  });

  it('lists every fault of its configuration at once', async () => {
    const started = start({ PORT: 'many', GENESIS_HASH: 'x', LOG_LEVEL: 'loud' });
    expect(await started.exited).toBe(1);
    for (const name of ['PORT', 'GENESIS_HASH', 'LOG_LEVEL']) {
      expect(started.stderr()).toContain(`  ${name}: `);
    }
    expect(started.stderr()).not.toMatch(/at .*\.ts/);
  });

  it('says so when its folder cannot be written, or its peers cannot be read', async () => {
    const blocked = start({ DATA_DIR: join(peersFile, 'data') });
    expect(await blocked.exited).toBe(1);
    expect(blocked.stderr()).toMatch(/\[FOLDER_NOT_WRITABLE\]\n$/);
    const peerless = start({ PEERS: join(folder, 'nothing.json') });
    expect(await peerless.exited).toBe(1);
    expect(peerless.stderr()).toMatch(/^PEERS names .*\[CONFIG_INVALID\]\n$/s);
  });
});

describe('a drain', () => {
  it('finishes what runs, takes nothing new and closes idle sockets', async () => {
    const door = await openFrontDoor();
    let open = () => {};
    door.network.gate = new Promise((resolve) => {
      open = resolve;
    });
    const agent = new Agent({ keepAlive: true });
    const idle = new Promise<void>((resolve) => {
      httpRequest(`${door.url}/health/live`, { agent }, (response) => {
        response.resume();
        response.once('end', () => resolve());
      }).end();
    });
    await idle;
    const running = door.post(QUERY);
    await expect.poll(() => door.network.raced.length).toBe(1);
    let stopped = false;
    const stop = door.stop().then(() => {
      stopped = true;
    });
    await expect(fetch(`${door.url}/health/live`)).rejects.toThrow();
    expect(stopped).toBe(false);
    open();
    const response = await running;
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ data: { account: null } });
    await stop;
    agent.destroy();
  });
});
