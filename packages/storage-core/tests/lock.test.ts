// Two processes on one folder: the second is refused with a code that says which process has it, and a
// holder that was killed is none.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ChainStore } from '../src/index.ts';

const parent = mkdtempSync(join(tmpdir(), 'streamsync-lock-'));
const folder = join(parent, 'journal');
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(parent, { recursive: true, force: true });
});

const open = () =>
  ChainStore.open({ folder, windowSlots: 40, keeps: { accounts: true, transactions: true } });

function startWriter(): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'support/write-chain.ts'), folder],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.push(child);
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the writer ended')));
    child.stdout?.once('data', () => {
      child.stdout?.resume();
      resolve(child);
    });
  });
}

describe('a folder that is open', () => {
  it('is refused to another process until its holder is gone, also by kill -9', async () => {
    const child = await startWriter();
    expect(open).toThrow(
      expect.objectContaining({
        code: 'STORE_IN_USE',
        message: expect.stringContaining(`process ${child.pid}`),
      }),
    );
    child.removeAllListeners('exit');
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    // What it holds by now is another test's: it was killed with or without a slot on disk.
    await open().close();
    expect(existsSync(`${folder}.lock`)).toBe(false);
  });

  it('is refused to its own process too', async () => {
    const store = open();
    expect(open).toThrow(expect.objectContaining({ code: 'STORE_IN_USE' }));
    await store.close();
    await open().close();
  });

  it('is not held by a process that merely got the id of its holder', async () => {
    const holder = { pid: process.pid, startedTicks: '1', bootId: null };
    writeFileSync(`${folder}.lock`, JSON.stringify(holder));
    await open().close();
  });
});
