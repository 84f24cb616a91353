import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccountState, type Address, addressFromBytes } from '@streamsync/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSnapshot, writeSnapshot } from './snapshot.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'localnet-snapshot-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function address(number: number): Address {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, number);
  return addressFromBytes(bytes);
}

describe('a snapshot', () => {
  it('holds more accounts, and larger ones, than litesvm can save', () => {
    const owner = address(9);
    const accounts = Array.from({ length: 50_000 }, (_, number): [Address, AccountState] => [
      address(number),
      { lamports: BigInt(number), owner, executable: false, data: new Uint8Array([number & 255]) },
    ]);
    const large = new Uint8Array(10 * 1024 * 1024).fill(7);
    accounts.push([address(60_000), { lamports: 1n, owner, executable: true, data: large }]);
    const path = join(dir, 'large.bin');
    writeSnapshot(path, { slot: 77, accounts });
    const read = readSnapshot(path);
    expect(read?.slot).toBe(77);
    const found = [...(read?.accounts ?? [])];
    expect(found).toHaveLength(accounts.length);
    expect(found[1234]).toEqual(accounts[1234]);
    expect(Buffer.compare(found.at(-1)?.[1].data ?? large.subarray(1), large)).toBe(0);
  });

  it('replaces the one before as a whole', () => {
    const path = join(dir, 'twice.bin');
    const account = (lamports: bigint): [Address, AccountState] => [
      address(1),
      { lamports, owner: address(2), executable: false, data: new Uint8Array(1_000) },
    ];
    writeSnapshot(path, { slot: 1, accounts: [account(1n), account(2n)] });
    const sizeBytes = statSync(path).size;
    writeSnapshot(path, { slot: 2, accounts: [account(3n)] });
    expect(statSync(path).size).toBeLessThan(sizeBytes);
    expect([...(readSnapshot(path)?.accounts ?? [])]).toEqual([account(3n)]);
    expect(readSnapshot(join(dir, 'none.bin'))).toBeNull();
  });
});
