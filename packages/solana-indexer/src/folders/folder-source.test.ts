import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { addressFromBytes, type SlotUpdate } from '@streamsync/domain';
import { silentLog } from '@streamsync/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { createFolderSource, type FolderSourceOptions } from './folder-source.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const addressOf = (number: number) => addressFromBytes(new Uint8Array(32).fill(number));

function makeFolder(files: Record<string, unknown>): string {
  const folder = mkdtempSync(join(tmpdir(), 'streamsync-feed-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  }
  return folder;
}

const dump = (pubkey: string | null, lamports: number | string) =>
  `{"pubkey":${JSON.stringify(pubkey)},"account":{"lamports":${lamports},"data":["AQI=","base64"],"owner":"${addressOf(9)}","executable":false,"rentEpoch":18446744073709551615,"space":2}}`;

const block = (parentSlot: number, number: number) => ({
  blockhash: addressOf(number),
  previousBlockhash: addressOf(parentSlot),
  parentSlot,
  blockTime: null,
  transactions: [],
});

async function read(options: Omit<FolderSourceOptions, 'log'>, cursor: bigint | null = null) {
  const source = createFolderSource({ ...options, log: silentLog });
  const updates: SlotUpdate[] = [];
  const { signal } = new AbortController();
  for await (const event of source.events({
    signal,
    cursor: cursor as SlotUpdate['slot'] | null,
  })) {
    if (event.kind === 'slot') updates.push(event.update);
  }
  return { source, updates };
}

describe('a feed of folders', () => {
  it('holds dumps from the slot they state, else from the first, and skips what it cannot place', async () => {
    const accounts = makeFolder({
      'manifest.json': { files: [{ file: 'b/two.json.gz', slot: 30, cluster: 'mainnet' }] },
      [`${addressOf(1)}.json`]: dump(addressOf(1), '18446744073709551615'),
      [`a/${addressOf(1)}.1.json`]: dump(addressOf(1), 5),
      'b/two.json.gz': dump(addressOf(2), 6),
      'no-address.json': dump(null, 7),
      'broken.json': '{"pubkey":',
      'damaged.json.gz': 'x',
      'raw.bin': 'x',
    });
    const blocks = makeFolder({
      '10.json': block(9, 10),
      '20.json.gz': block(10, 20),
      'x/20.json': block(1, 21),
      'notes.json': {},
    });
    const { updates, source } = await read({ accounts, blocks });
    expect(updates.map(({ slot, blockhash, parentSlot }) => [slot, blockhash, parentSlot])).toEqual(
      [
        [10n, addressOf(10), 9n],
        [20n, addressOf(20), 10n],
        [30n, expect.any(String), null],
      ],
    );
    expect(updates[0]?.accounts.map(({ address, state }) => [address, state?.lamports])).toEqual([
      [addressOf(1), 18_446_744_073_709_551_615n],
    ]);
    expect(updates[2]?.accounts.map(({ address }) => address)).toEqual([addressOf(2)]);
    expect(source.stats().skipped).toEqual({
      'another state of the same address': 1,
      'no address': 1,
      'bare data, lamports unknown': 1,
      malformed: 2,
      'of a fork that the chain left': 1,
      'not named by a slot': 1,
    });
    expect(source.coverage.isFed).toBe(true);
  });

  it('goes on behind a cursor, and takes the lowest number where no plain name is', async () => {
    const accounts = makeFolder({
      [`${addressOf(1)}.10.json`]: dump(addressOf(1), 10),
      [`${addressOf(1)}.2.json`]: dump(addressOf(1), 2),
    });
    const blocks = makeFolder({ '10.json': block(9, 10), '20.json': block(10, 20) });
    const { updates } = await read({ accounts, blocks });
    expect(updates[0]?.accounts[0]?.state?.lamports).toBe(2n);
    const resumed = await read({ accounts, blocks }, 10n);
    expect(resumed.updates).toEqual(updates.slice(1));
  });

  it('has a genesis of its own for each listing, and the same one for the same', async () => {
    const genesis = (folder: string) =>
      createFolderSource({ accounts: folder, log: silentLog }).genesis(AbortSignal.timeout(1_000));
    const files = { [`${addressOf(1)}.json`]: dump(addressOf(1), 1) };
    const one = await genesis(makeFolder(files));
    expect(await genesis(makeFolder(files))).toEqual(one);
    expect(await genesis(makeFolder({ ...files, 'x.json': '{}' }))).not.toEqual(one);
  });

  it('serves dumps alone, at slot 0', async () => {
    const { updates } = await read({ accounts: makeFolder({ 'a.json': dump(addressOf(1), 1) }) });
    expect(updates.map(({ slot, accounts }) => [slot, accounts.length])).toEqual([[0n, 1]]);
  });

  it('refuses a folder that is not there or holds nothing, and a damaged manifest', async () => {
    const refused = expect.objectContaining({ code: 'CONFIG_INVALID' });
    await expect(read({ accounts: '/nowhere/at/all' })).rejects.toEqual(refused);
    await expect(read({ accounts: makeFolder({}) })).rejects.toEqual(refused);
    await expect(read({ blocks: makeFolder({ 'manifest.json': '[' }) })).rejects.toEqual(refused);
  });
});
