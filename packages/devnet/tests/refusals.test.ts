// What cannot start says so in one sentence, ends with 1 and leaves nothing running.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { type DevnetProcess, runDevnet } from './devnet-process.ts';

const running: DevnetProcess[] = [];
const run = (...args: string[]): DevnetProcess => {
  const devnet = runDevnet(...args);
  running.push(devnet);
  return devnet;
};
afterEach(async () => {
  for (const devnet of running.splice(0)) await devnet.dispose();
});

it('a busy port', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : 0);
    });
  });
  // The port of the RPC is the one after the base.
  const { code, stdout, stderr } = await run('--ports', String(port - 1)).exited;
  server.close();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^Port \d+ \(.*\) is in use by another process: .* \[PORT_BUSY\]\n$/);
});

it('a folder that is none', async () => {
  const outer = mkdtempSync(join(tmpdir(), 'streamsync-file-'));
  const file = join(outer, 'file');
  writeFileSync(file, '');
  const { code, stderr } = await run('--dir', join(file, 'inner'), '--ports', '0').exited;
  rmSync(outer, { recursive: true });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^.*\/inner is not a folder: choose another\. \[FOLDER_NOT_WRITABLE\]\n$/);
});

it('a folder of chain data that is not there', async () => {
  const { code, stdout, stderr } = await run('--blocks', '/nowhere/blocks', '--ports', '0').exited;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^--blocks \/nowhere\/blocks is no folder: .* \[CONFIG_INVALID\]\n$/);
});

/** A file system of 6 MiB, too small for a network; null where this user may not mount one. */
function smallDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'streamsync-small-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder]);
  if (mounted.status === 0) return folder;
  rmSync(folder, { recursive: true });
  return null;
}
const disk = smallDisk();
if (disk === null) process.stdout.write('SKIPPED: a full disk needs the right to mount a tmpfs\n');
afterAll(() => {
  if (disk === null) return;
  spawnSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true, force: true });
});

it.skipIf(disk === null)('a full disk', async () => {
  const { code, stderr } = await run('--dir', join(disk ?? '', 'network'), '--ports', '0').exited;
  expect(code).toBe(1);
  expect(stderr).toMatch(/disk .*full.* \[DISK_FULL\]/);
});

it('an option that means nothing', async () => {
  const { code, stderr } = await run('--ports', 'many').exited;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: option '--ports <base>' argument 'many' is invalid\. write 0/);
});
