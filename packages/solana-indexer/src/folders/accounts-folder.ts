// A folder of account dumps in the form of `solana account --output json`, plain or gzipped.
import { resolve } from 'node:path';
import { type AccountWrite, parseSlot, type Slot } from '@streamsync/domain';
import { readAccount } from '../parse/account.ts';
import { addressOf, objectOf } from '../parse/guards.ts';
import { type FeedFile, jsonStem, readJsonFile } from './feed-files.ts';
import type { FeedReport } from './feed-report.ts';
import type { Manifest } from './manifest.ts';

export interface FedAccount extends AccountWrite {
  /** The slot from which the dump holds; null where nothing states it. */
  readonly slot: Slot | null;
}

/** Accounts by the first of their files in order; a name without `.n` goes before one with it. */
export function readAccountsFolder(
  files: readonly FeedFile[],
  manifest: Manifest,
  report: FeedReport,
): FedAccount[] {
  const accounts = new Map<string, FedAccount>();
  const ranked = files
    .map((file) => ({ file, rank: rankOf(file.path) }))
    .sort((left, right) => left.rank - right.rank);
  for (const { file, rank } of ranked) {
    const { path } = file;
    if (rank === NO_JSON) {
      report.skipped(path, /\.bin(\.gz)?$/.test(path) ? 'bare data, lamports unknown' : 'no JSON');
      continue;
    }
    if (jsonStem(path) === 'manifest') continue;
    try {
      const entry = manifest.get(resolve(path));
      const dump = objectOf(readJsonFile(path), 'dump');
      const pubkey = dump.pubkey ?? entry?.pubkey ?? null;
      if (pubkey === null) {
        report.skipped(path, 'no address');
        continue;
      }
      const address = addressOf(pubkey, 'pubkey');
      if (accounts.has(address)) {
        report.skipped(path, 'another state of the same address');
        continue;
      }
      const stated = entry?.slot ?? null;
      accounts.set(address, {
        address,
        state: readAccount(dump.account),
        slot: stated === null ? null : parseSlot(stated),
      });
    } catch (error) {
      report.malformed(path, error);
    }
  }
  return [...accounts.values()];
}

const NO_JSON = Number.MAX_SAFE_INTEGER;

/** 0 for `name.json`, n + 1 for `name.n.json`; the sort is stable, so paths decide among equals. */
function rankOf(path: string): number {
  const stem = jsonStem(path);
  if (stem === null) return NO_JSON;
  const number = /\.(\d{1,9})$/.exec(stem)?.[1];
  return number === undefined ? 0 : Number(number) + 1;
}
