// The executable, as devnet spawns it: ready line, slots by the clock, busy port, signals, kill.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectGeyser } from './geyser-stream.ts';
import { call, PubSubClient, temporaryFolder } from './support.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

interface Run {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly exited: Promise<number | null>;
}

function run(...flags: string[]): Run {
  const child = spawn(process.execPath, [MAIN, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes) => {
    output.stdout += bytes;
  });
  child.stderr.on('data', (bytes) => {
    output.stderr += bytes;
  });
  return { child, output, exited: new Promise((resolve) => child.once('close', resolve)) };
}

async function ready({ child, output, exited }: Run) {
  await Promise.race([
    new Promise<void>((resolve) => {
      child.stdout?.on('data', () => output.stdout.includes('\n') && resolve());
    }),
    exited.then(() => {
      throw new Error(`it ended before it was ready: ${output.stderr}`);
    }),
  ]);
  return JSON.parse(output.stdout);
}

const FREE_PORTS = ['--http-port', '0', '--ws-port', '0'];

describe('the executable', () => {
  it('is ready with one line, closes slots by its clock, and stops cleanly on SIGTERM', async () => {
    const process_ = run(...FREE_PORTS, '--slot-ms', '50');
    const line = await ready(process_);
    expect(line).toMatchObject({ ready: true, demo: { owner: expect.any(String) } });
    expect(await (await connectGeyser(line)).getSlot()).toHaveProperty('slot');
    const client = await PubSubClient.open(line);
    await client.subscribe('slotSubscribe');
    await client.until(() => client.results('slotNotification').length >= 5);
    const slots = client.results<{ slot: number }>('slotNotification').map((one) => one.slot);
    expect(slots.slice(0, 5)).toEqual(slots.slice(0, 5).map((_, index) => (slots[0] ?? 0) + index));
    process_.child.kill('SIGTERM');
    expect(await process_.exited).toBe(0);
    expect(process_.output.stdout.trim().split('\n')).toHaveLength(1);
  });

  it('comes back after SIGKILL with the slots that it announced', async () => {
    const dir = temporaryFolder();
    const flags = [...FREE_PORTS, '--slot-ms', '50', '--dir', dir];
    const first = run(...flags);
    const before = await ready(first);
    const client = await PubSubClient.open(before);
    await client.subscribe('slotSubscribe');
    await client.until(() => client.results('slotNotification').length >= 3);
    const { slot } = client.results<{ slot: number }>('slotNotification')[2] ?? { slot: 0 };
    const block = await call(before, 'getBlock', [slot, { commitment: 'confirmed' }]);
    first.child.kill('SIGKILL');
    await first.exited;
    const after = await ready(run(...flags));
    expect(after.genesisHash).toBe(before.genesisHash);
    expect(await call(after, 'getBlock', [slot, { commitment: 'confirmed' }])).toEqual(block);
  });

  it('says in one sentence that a port is busy, or a flag wrong, and exits with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    onTestFinished(() => {
      other.close();
    });
    const { port } = other.address() as AddressInfo;
    const busy = run('--http-port', String(port), '--ws-port', '0');
    expect(await busy.exited).toBe(1);
    // A dependency says on stderr that it runs without its native part where that was not built.
    const said = busy.output.stderr.split('\n').filter((line) => !line.startsWith('bigint: '));
    expect(said).toEqual([
      `Port ${port} on 127.0.0.1 is in use by another process. [PORT_BUSY]`,
      '',
    ]);
    const wrong = run('--slot-ms', 'fast');
    expect(await wrong.exited).toBe(1);
    expect(wrong.output.stderr).toMatch(/^--slot-ms must be a whole number/m);
    const unknown = run('--nope');
    expect(await unknown.exited).toBe(1);
    expect(unknown.output.stderr).toContain('Usage:');
  });
});
