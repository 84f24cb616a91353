import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openCappedLog } from './capped-log.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streamsync-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('keeps every byte while the log is below its cap', () => {
  const log = openCappedLog(join(folder, 'logs', 'a.log'), 1_000);
  log.write(Buffer.from('one\ntw'));
  log.write(Buffer.from('o\n'));
  log.close();
  expect(readFileSync(log.file, 'utf8')).toBe('one\ntwo\n');
  expect(log.lastLines()).toEqual(['one', 'two']);
});

it('never holds more than two files of the cap', () => {
  const log = openCappedLog(join(folder, 'a.log'), 100);
  for (let index = 0; index < 50; index += 1) log.write(Buffer.from(`line ${index}\n`));
  log.close();
  expect(statSync(log.file).size).toBeLessThanOrEqual(100);
  expect(statSync(`${log.file}.1`).size).toBeLessThanOrEqual(100);
  expect(log.lastLines().at(-1)).toBe('line 49');
  expect(log.lastLines().length).toBeLessThanOrEqual(20);
});

it.skipIf(process.platform !== 'linux')('says in a sentence that the disk is full', () => {
  symlinkSync('/dev/full', join(folder, 'a.log'));
  const log = openCappedLog(join(folder, 'a.log'));
  expect(() => log.write(Buffer.from('line\n'))).toThrow(
    expect.objectContaining({ code: 'DISK_FULL' }),
  );
  log.close();
});
