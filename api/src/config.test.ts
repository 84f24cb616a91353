import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const PEER = {
  nodeKey: 'ab'.repeat(32),
  operator: 'alpha',
  specialisation: 'speed',
  address: 'tcp://127.0.0.1:7700',
  publish: 'tcp://127.0.0.1:7701',
};
const GENESIS_HASH = '11111111111111111111111111111111';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'streamsync-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function peersFile(content: unknown): string {
  const file = join(folder, 'peers.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('readConfig', () => {
  it('needs peers and a genesis hash, and has a default for all the rest', () => {
    const config = readConfig({ PEERS: peersFile([PEER]), GENESIS_HASH, SOLANA_RPC_URL: '' });
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 4_000,
      solana: null,
      docsUrl: null,
      genesisHash: GENESIS_HASH,
    });
    expect(config.peers[0]?.operator).toBe('alpha');
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('finds PubSub where it is by convention, or where it is said to be', () => {
    const env = { PEERS: peersFile([PEER]), GENESIS_HASH, SOLANA_RPC_URL: 'http://10.0.0.1:8899' };
    expect(readConfig(env).solana?.webSocketUrl).toBe('ws://10.0.0.1:8900/');
    const stated = { ...env, SOLANA_WS_URL: 'ws://10.0.0.2:9000' };
    expect(readConfig(stated).solana?.webSocketUrl).toBe('ws://10.0.0.2:9000');
  });

  it.each([
    ['no JSON', '{'],
    ['an empty list', []],
    ['a peer without a key', [{ ...PEER, nodeKey: 'xyz' }]],
    ['a peer of no specialisation', [{ ...PEER, specialisation: 'gold' }]],
  ])('refuses peers that are %s', (_case, content) => {
    expect(() => readConfig({ PEERS: peersFile(content), GENESIS_HASH })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});
