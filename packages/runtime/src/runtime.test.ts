import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureWritableFolder, writeFileAtomic } from './folder.ts';
import { loadOrCreateIdentity } from './identity.ts';
import { createLifecycle } from './lifecycle.ts';
import { silentLog } from './log.ts';
import { createMetrics } from './metrics.ts';

const makeFolder = () => mkdtempSync(join(tmpdir(), 'streamsync-runtime-'));

describe('folders and files', () => {
  it('says which path is no folder', () => {
    const file = join(makeFolder(), 'file');
    writeFileSync(file, '');
    for (const folder of [file, join(file, 'below')]) {
      expect(() => ensureWritableFolder(folder)).toThrow(
        expect.objectContaining({
          code: 'FOLDER_NOT_WRITABLE',
          message: expect.stringContaining(file),
        }),
      );
    }
  });

  it.skipIf(process.platform !== 'linux')('says so where no folder can ever be made', () => {
    expect(() => ensureWritableFolder('/proc/streamsync/data')).toThrow(
      expect.objectContaining({ code: 'FOLDER_NOT_WRITABLE' }),
    );
  });

  it('makes the parents of a folder', () => {
    const folder = join(makeFolder(), 'a', 'b', 'c');
    ensureWritableFolder(folder);
    expect(statSync(folder).isDirectory()).toBe(true);
  });

  it('replaces a file whole and leaves nothing beside it', () => {
    const folder = makeFolder();
    writeFileAtomic(join(folder, 'a'), 'one');
    writeFileAtomic(join(folder, 'a'), 'two');
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('two');
    expect(readdirSync(folder)).toEqual(['a']);
  });
});

describe('identities', () => {
  it('are made once, kept, and readable by the owner alone', () => {
    const file = join(makeFolder(), 'keys', 'node.key');
    const first = loadOrCreateIdentity(file);
    expect(loadOrCreateIdentity(file).nodeKey).toBe(first.nodeKey);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('are not replaced in silence when the file is damaged', () => {
    const file = join(makeFolder(), 'node.key');
    writeFileSync(file, 'half a ke');
    expect(() => loadOrCreateIdentity(file)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    expect(readFileSync(file, 'utf8')).toBe('half a ke');
  });
});

describe('lifecycle', () => {
  it('stops in reverse order, once, and past a part that fails', async () => {
    const order: string[] = [];
    const lifecycle = createLifecycle(silentLog);
    lifecycle.onStop('store', () => void order.push('store'));
    lifecycle.onStop('broken', () => {
      order.push('broken');
      throw new Error('no');
    });
    lifecycle.onStop('server', async () => void order.push('server'));
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    expect(order).toEqual(['server', 'broken', 'store']);
    expect(lifecycle.signal.aborted).toBe(true);
  });

  it('cuts a part that never stops', async () => {
    const lifecycle = createLifecycle(silentLog, 20);
    lifecycle.onStop('stuck', () => new Promise(() => {}));
    await expect(lifecycle.stop()).resolves.toBeUndefined();
  });
});

it('metrics are printed in the exposition format with the process labels', async () => {
  const metrics = createMetrics({ operator: 'alpha' });
  metrics.counter('streamsync_races_total', 'Races run.', ['outcome']).inc({ outcome: 'served' });
  expect(await metrics.text()).toContain(
    'streamsync_races_total{outcome="served",operator="alpha"} 1',
  );
});
