// What cannot start says so in one sentence, ends with 1 and leaves nothing running.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
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

it('an option that means nothing', async () => {
  const { code, stderr } = await run('--ports', 'many').exited;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: option '--ports <base>' argument 'many' is invalid\. write 0/);
});
