import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.ts';
import { configTemplate } from './template.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streamsync-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(toml: string) {
  const file = join(folder, 'streamsync.toml');
  writeFileSync(file, toml);
  return loadConfig(file);
}

const minimal = `
operator = "alpha"
dataFolder = "data"
[source]
kind = "folders"
accounts = "dumps"
[[nodes]]
name = "speed"
specialisation = "speed"
listen = "tcp://127.0.0.1:0"
publish = "tcp://127.0.0.1:0"
`;

describe('streamsync.toml', () => {
  it('as init writes it is valid and has one node of each specialisation', () => {
    const config = load(
      configTemplate({
        operator: 'alpha "and" sons'.replaceAll('"', '').replaceAll(' ', '-'),
        rpcUrl: 'http://127.0.0.1:8899',
        wsUrl: 'ws://127.0.0.1:8900',
      }),
    );
    expect(config.nodes.map((node) => node.specialisation)).toEqual(['speed', 'cache', 'archive']);
    expect(config.operator).toBe('alpha-and-sons');
  });

  it('has paths relative to the file', () => {
    const config = load(minimal);
    expect(config.dataFolder).toBe(join(folder, 'data'));
    expect(config.source).toMatchObject({ accounts: join(folder, 'dumps') });
  });

  it('takes a Yellowstone source, with its token from the file or from the environment', () => {
    const yellowstone = minimal.replace(
      'kind = "folders"\naccounts = "dumps"',
      'kind = "yellowstone"\nurl = "https://a:1"\nrpcUrl = "https://b"\neveryAccount = true',
    );
    const file = join(folder, 'streamsync.toml');
    writeFileSync(file, yellowstone);
    expect(loadConfig(file, {}).source).toEqual({
      kind: 'yellowstone',
      url: 'https://a:1',
      rpcUrl: 'https://b',
      everyAccount: true,
      programs: [],
      addresses: [],
    });
    const env = { YELLOWSTONE_X_TOKEN: 'from-env' };
    expect(loadConfig(file, env).source).toMatchObject({ xToken: 'from-env' });
    writeFileSync(file, yellowstone.replace('everyAccount', 'xToken = "from-file"\neveryAccount'));
    expect(loadConfig(file, env).source).toMatchObject({ xToken: 'from-file' });
    writeFileSync(file, yellowstone.replace('true', 'false'));
    expect(() => loadConfig(file, {})).toThrow(/source.programs: or addresses are needed/);
    writeFileSync(
      file,
      yellowstone.replace('everyAccount', 'xToken = ["secret-value"]\neveryAccount'),
    );
    expect(() => loadConfig(file, {})).toThrow(/xToken: .*\[redacted\]/);
  });

  it('lists every fault at once', () => {
    const broken = minimal
      .replace('operator = "alpha"', 'operator = ""')
      .replace('specialisation = "speed"', 'specialisation = "fast"')
      .replace('listen = "tcp://127.0.0.1:0"', 'listen = "http://127.0.0.1"');
    expect(() => load(broken)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(
          /3 fault[\s\S]*operator[\s\S]*nodes\.0\.specialisation[\s\S]*nodes\.0\.listen/,
        ),
      }),
    );
  });

  it.each([
    ['two nodes of one name', `${minimal}${minimal.slice(minimal.indexOf('[[nodes]]'))}`, /name/],
    ['an unknown key', `colour = "red"\n${minimal}`, /colour/],
    ['no source folder', minimal.replace('accounts = "dumps"', ''), /at least one/],
    ['TLS without a certificate', minimal.replace('listen = "tcp', 'listen = "tls+tcp'), /tls/],
    ['one port twice', minimal.replaceAll('127.0.0.1:0', '127.0.0.1:7700'), /used twice/],
    ['text that is not TOML', 'operator = ', /not TOML/],
  ])('is refused for %s', (_name, toml, words) => {
    expect(() => load(toml)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(words) }),
    );
  });

  it('that is missing is named, with what to do', () => {
    expect(() => loadConfig(join(folder, 'none.toml'))).toThrow(/none\.toml cannot be read/);
  });
});
