import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parseInvocation, webSocketOf } from './options.ts';

const TOKEN_PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';

it('without flags it is localnet on the default ports', () => {
  expect(parseInvocation([], {})).toEqual({
    json: false,
    settings: {
      folder: resolve('.streamsync'),
      portsBase: undefined,
      source: { kind: 'localnet', feed: 'yellowstone' },
      slow: {},
      logLevel: 'info',
    },
  });
});

it('reads folders, with absolute paths', () => {
  const { source } = parseInvocation(['--accounts', 'a', '--cluster', 'mainnet']).settings;
  expect(source).toEqual({
    kind: 'folders',
    accounts: resolve('a'),
    blocks: null,
    transactions: null,
    cluster: 'mainnet',
  });
});

it('reads another RPC, and what is followed of it', () => {
  const { source } = parseInvocation([
    '--rpc',
    'http://127.0.0.1:9000',
    '--programs',
    TOKEN_PROGRAM,
  ]).settings;
  expect(source).toMatchObject({
    kind: 'rpc',
    wsUrl: 'ws://127.0.0.1:9001/',
    programs: [TOKEN_PROGRAM],
  });
});

it('takes the cluster from the environment, unless folders are given', () => {
  const env = { SOLANA_RPC_URL: 'http://127.0.0.1:9000', YELLOWSTONE_URL: 'http://127.0.0.1:9100' };
  const followed = ['--programs', TOKEN_PROGRAM];
  expect(parseInvocation(followed, env).settings.source).toMatchObject({
    kind: 'rpc',
    rpcUrl: 'http://127.0.0.1:9000',
    yellowstoneUrl: 'http://127.0.0.1:9100',
  });
  expect(parseInvocation(['--blocks', 'b'], env).settings.source.kind).toBe('folders');
  expect(() => parseInvocation([], env)).toThrow(/needs --programs/);
  expect(() => parseInvocation([], { YELLOWSTONE_URL: 'http://a' })).toThrow(/go with --rpc/);
});

it('feeds the nodes of localnet by RPC on request', () => {
  expect(parseInvocation(['--feed', 'rpc'], {}).settings.source).toEqual({
    kind: 'localnet',
    feed: 'rpc',
  });
});

it('collects slow operators', () => {
  const { slow } = parseInvocation(['--slow', 'alpha=50', '--slow', 'echo=7']).settings;
  expect(slow).toEqual({ alpha: 50, echo: 7 });
});

it.each([
  [['--rpc', 'http://a', '--accounts', 'b', '--programs', TOKEN_PROGRAM]],
  [['--rpc', 'http://a']],
  [['--rpc', 'ftp://a', '--programs', TOKEN_PROGRAM]],
  [['--programs', TOKEN_PROGRAM]],
  [['--cluster', 'mainnet']],
  [['--yellowstone', 'http://a']],
  [['--feed', 'rpc', '--blocks', 'b']],
  [['--feed', 'rpc', '--rpc', 'http://a', '--programs', TOKEN_PROGRAM]],
])('refuses %j, and says why', (argv) => {
  expect(() => parseInvocation(argv)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});

it('derives a WebSocket as Solana clients do', () => {
  expect(webSocketOf('https://example.org/key')).toBe('wss://example.org/key');
  expect(webSocketOf('http://127.0.0.1:8899')).toBe('ws://127.0.0.1:8900/');
});
