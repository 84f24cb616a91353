// The command through real child processes: what an operator sees when something is wrong.
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { streamsync, type TemporaryFolder, temporaryFolder } from './support/run-command.ts';

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

describe('streamsync init', () => {
  it('writes a config that is valid and an identity that only its owner can read', async () => {
    const done = await streamsync(['init', '--dir', folder.path, '--operator', 'alpha']);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const identity = join(folder.path, 'streamsync-data', 'speed', 'identity');
    expect(readFileSync(identity, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    expect(statSync(identity).mode & 0o077).toBe(0);
    expect(done.stdout).toMatch(/speed +[0-9a-f]{64}/);
  });

  it('never overwrites', async () => {
    const file = join(folder.path, 'streamsync.toml');
    writeFileSync(file, 'mine');
    const done = await streamsync(['init', '--dir', folder.path]);
    expect(done.code).toBe(1);
    expect(done.stderr).toMatch(/exists: it is never overwritten/);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(existsSync(join(folder.path, 'streamsync-data'))).toBe(false);
  });
});

describe('streamsync run', () => {
  const config = (listen: string, dataFolder: string): string => {
    const file = join(folder.path, 'streamsync.toml');
    writeFileSync(
      file,
      `operator = "alpha"
genesisHash = "11111111111111111111111111111111"
dataFolder = ${JSON.stringify(dataFolder)}
[source]
kind = "folders"
accounts = ${JSON.stringify(folder.path)}
[[nodes]]
name = "speed"
specialisation = "speed"
listen = "${listen}"
publish = "tcp://127.0.0.1:0"
`,
    );
    return file;
  };

  it('says which folder cannot be written and exits with 1', async () => {
    const blocker = join(folder.path, 'blocker');
    writeFileSync(blocker, 'a file where a folder belongs');
    chmodSync(blocker, 0o400);
    const done = await streamsync([
      'run',
      '--config',
      config('tcp://127.0.0.1:0', join(blocker, 'data')),
    ]);
    expect(done.code).toBe(1);
    expect(done.stderr.trim().split('\n').at(-1)).toMatch(/blocker.*\[FOLDER_NOT_WRITABLE\]$/);
  });

  it('lists what is wrong with its config and exits with 1', async () => {
    const file = config('nowhere', 'data');
    const done = await streamsync(['run', '--config', file]);
    expect(done.code).toBe(1);
    expect(done.stderr).toMatch(/nodes\.0\.listen.*got nowhere/);
    expect(done.stderr).toMatch(/\[CONFIG_INVALID\]/);
    expect(done.stdout).toBe('');
  });

  it('refuses a delay for something that is no specialisation', async () => {
    const done = await streamsync(['run', '--delay-ms', 'fast=10']);
    expect(done.code).toBe(1);
    expect(done.stderr).toMatch(/SPECIALISATION=MS/);
  });
});

describe('streamsync status', () => {
  it('shows a node that cannot be reached and exits with 1', async () => {
    const done = await streamsync(['status', '--address', 'tcp://127.0.0.1:1']);
    expect(done.code).toBe(1);
    expect(done.stdout).toMatch(/127\.0\.0\.1:1.*NODE_UNREACHABLE/);
  });
});
