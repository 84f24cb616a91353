// A full disk, on a real file system of 1 MiB where mounting one is permitted.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressBytes } from '@streamsync/domain';
import { afterAll, describe, expect, it } from 'vitest';
import { ChainStore } from '../src/index.ts';
import { addressOf, updateOf } from './support/made-up-chain.ts';

const folder = mkdtempSync(join(tmpdir(), 'streamsync-full-'));
let isMounted = false;
try {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
  isMounted = true;
} catch {
  process.stdout.write('SKIPPED: mounting a small file system is not permitted here.\n');
}
afterAll(() => {
  // The failed store still holds its files open, so the unmount takes effect when the process ends.
  if (isMounted) execFileSync('umount', ['-l', folder]);
  rmSync(folder, { recursive: true, force: true });
});

describe('a store on a full disk', () => {
  it.skipIf(!isMounted)('says so in one sentence, again and again, and still answers', async () => {
    const store = ChainStore.open({
      folder: join(folder, 'store'),
      keeps: { accounts: true, transactions: true },
    });
    const full = expect.objectContaining({
      code: 'DISK_FULL',
      message: expect.stringContaining(folder),
    });
    const write = async () => {
      for (let slot = 1; slot <= 2_000; slot += 1) await store.applySlot(updateOf(slot));
      await store.flush();
    };
    await expect(write()).rejects.toEqual(full);
    await expect(store.flush()).rejects.toEqual(full);
    const [newest] = store.timeline.pins(1);
    if (newest === undefined) throw new Error('nothing was applied');
    expect(store.accounts.item(addressBytes(addressOf(1)), newest.slot)).toBeInstanceOf(Uint8Array);
    await store.close();
  });
});
