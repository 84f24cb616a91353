// Bytes of the journal's file that a disk has changed: what is answered is what was written, or the
// folder is moved aside and the store begins anew; never anything else, and never a crash for ever.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { addressBytes } from '@streamsync/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChainStore, type SetAside } from '../src/index.ts';
import { setAside } from '../src/set-aside.ts';
import { damageRound, writeChain } from './support/damage-rounds.ts';
import { addressOf, WINDOW_SLOTS } from './support/made-up-chain.ts';

const ROUNDS = 8;
const folder = mkdtempSync(join(tmpdir(), 'streamsync-damage-'));
const whole = join(folder, 'whole');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(() => writeChain(whole));

const open = (path: string, notices: SetAside[] = []) =>
  ChainStore.open({
    folder: path,
    windowSlots: WINDOW_SLOTS,
    keeps: { accounts: true, transactions: true },
    onSetAside: (notice) => notices.push(notice),
  });

describe('a journal whose file was damaged', () => {
  it('answers the same or is rebuilt', { timeout: 300_000 }, () => {
    const seed = Number(process.env.STREAMSYNC_SEED ?? Date.now() % 1_000_000);
    process.stdout.write(`damage seed: STREAMSYNC_SEED=${seed}\n`);
    let state = seed;
    const random = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state / 2 ** 32;
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      damageRound(whole, join(folder, `round-${round}`), random);
    }
  });

  it('says which record is damaged, keeps the folder, and begins anew', async () => {
    const path = join(folder, 'named');
    await writeChain(path);
    const file = join(path, 'data.mdb');
    const bytes = readFileSync(file);
    // The key of a version, and behind it the version.
    const key = Buffer.from(addressBytes(addressOf(3)));
    let found = 0;
    for (let at = bytes.indexOf(key); at !== -1; at = bytes.indexOf(key, at + 1)) {
      const value = at + key.length + 8;
      bytes[value + 2] = (bytes[value + 2] ?? 0) ^ 1;
      found += 1;
    }
    expect(found).toBeGreaterThan(0);
    writeFileSync(file, bytes);
    const notices: SetAside[] = [];
    const store = open(path, notices);
    expect(store.cursor).toBeNull();
    expect(notices).toEqual([
      {
        folder: path,
        keptAs: expect.stringContaining(`${path}.damaged-`),
        reason: expect.stringMatching(/table (versions|superseded)/),
      },
    ]);
    await store.close();
  });

  it('is kept, of several the newest two', () => {
    const path = join(folder, 'often');
    for (let round = 0; round < 4; round += 1) {
      mkdirSync(path);
      writeFileSync(join(path, 'data.mdb'), `${round}`);
      renameSync(setAside(path, 'why').keptAs, `${path}.damaged-2026-01-0${round + 1}T00-00-00Z`);
    }
    mkdirSync(path);
    const { keptAs } = setAside(path, 'why');
    const kept = readdirSync(folder).filter((name) => name.startsWith('often.damaged-'));
    expect(kept.sort()).toEqual(['often.damaged-2026-01-04T00-00-00Z', basename(keptAs)]);
  });
});

describe('a folder of another version of this program', () => {
  it('is rebuilt, and the old one kept', async () => {
    const { open: openLmdb } = await import('lmdb');
    const path = join(folder, 'outdated');
    const root = openLmdb<Buffer, Buffer>({
      path,
      noSubdir: false,
      encoding: 'binary',
      keyEncoding: 'binary',
    });
    const meta = root.openDB<Buffer, Buffer>({
      name: 'meta',
      encoding: 'binary',
      keyEncoding: 'binary',
    });
    await meta.put(Buffer.from('format'), Buffer.from([1]));
    await root.close();
    const notices: SetAside[] = [];
    const store = open(path, notices);
    expect(store.cursor).toBeNull();
    expect(notices[0]?.reason).toContain('another version of this program');
    await store.close();
  });
});
