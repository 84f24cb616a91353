import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parseInvocation, webSocketOf } from './options.ts';

const TOKEN_PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';

it('without flags it is localnet on the default ports', () => {
  expect(parseInvocation([])).toEqual({
    json: false,
    settings: {
      folder: resolve('.streamsync'),
      portsBase: undefined,
      source: { kind: 'localnet' },
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
])('refuses %j, and says why', (argv) => {
  expect(() => parseInvocation(argv)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});

it('derives a WebSocket as Solana clients do', () => {
  expect(webSocketOf('https://example.org/key')).toBe('wss://example.org/key');
  expect(webSocketOf('http://127.0.0.1:8899')).toBe('ws://127.0.0.1:8900/');
});
