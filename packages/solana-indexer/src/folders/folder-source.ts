// Folders of accounts, blocks and transactions as one feed, ascending by slot. Everything is ordered
// by content and path, never by time or by what the file system lists first: the same folders give
// every operator the same feed, byte for byte, because their answers must agree.
//
// - A dump holds from the slot that the manifest states, else from the first slot of the feed.
// - A transaction that a block holds is served from the block.
// - The pin is the highest slot. A slot whose block is not among the files has a blockhash that
//   stands in for it: SHA-256 over a name, the genesis hash and the slot.
// - The genesis hash is SHA-256 over the listing (kind, path below its folder, size), so a journal
//   of other folders is not taken for this one.
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import {
  type AccountWrite,
  addressBytes,
  type Blockhash,
  blockhashFromBytes,
  parseSlot,
  type Slot,
  type SlotUpdate,
  StreamSyncError,
  type TransactionRecord,
} from '@streamsync/domain';
import type { Log } from '@streamsync/runtime';
import {
  type ChainSource,
  type FeedOptions,
  type Genesis,
  SourceCounters,
  type SourceCoverage,
  type SourceEvent,
  type SourceStats,
} from '../chain-source.ts';
import { readAccountsFolder } from './accounts-folder.ts';
import { listBlocks, readBlockFile } from './blocks-folder.ts';
import { type FeedFile, listFiles } from './feed-files.ts';
import { FeedReport } from './feed-report.ts';
import { findManifest, type Manifest } from './manifest.ts';
import { readTransactionsFolder } from './transactions-folder.ts';

export interface FolderSourceOptions {
  readonly accounts?: string;
  readonly blocks?: string;
  readonly transactions?: string;
  /** Only files that the manifest gives this cluster; all without it. */
  readonly cluster?: string;
  readonly log: Log;
}

const KINDS = ['accounts', 'blocks', 'transactions'] as const;
type Kind = (typeof KINDS)[number];

interface Listing {
  readonly files: Readonly<Record<Kind, readonly FeedFile[]>>;
  readonly manifests: Readonly<Record<Kind, Manifest>>;
  readonly genesisHash: Blockhash;
}

export class FolderSource implements ChainSource {
  readonly #options: FolderSourceOptions;
  readonly #counters = new SourceCounters();
  readonly #report: FeedReport;
  #listing: Listing | null = null;
  readonly coverage: SourceCoverage = {
    absentIsKnown: () => false,
    followsProgram: () => false,
    isFed: true,
  };

  constructor(options: FolderSourceOptions) {
    this.#options = options;
    this.#report = new FeedReport(this.#counters, options.log);
  }

  describe(): string {
    const parts = KINDS.flatMap((kind) => {
      const folder = this.#options[kind];
      return folder === undefined ? [] : [`${kind} of ${folder}`];
    });
    return parts.join(', ');
  }

  /** @throws StreamSyncError CONFIG_INVALID for a folder that cannot be read, or a damaged manifest */
  genesis(): Promise<Genesis> {
    return Promise.resolve({ genesisHash: this.#list().genesisHash, slotFirst: null });
  }

  stats(): SourceStats {
    return this.#counters.snapshot();
  }

  async *events({ signal, cursor }: FeedOptions): AsyncGenerator<SourceEvent> {
    const { files, manifests, genesisHash } = this.#list();
    const accounts = readAccountsFolder(files.accounts, manifests.accounts, this.#report);
    const blocks = listBlocks(files.blocks, this.#report);
    const transactions = readTransactionsFolder(files.transactions, this.#report);
    const slots = ascending([
      ...blocks.keys(),
      ...transactions.keys(),
      ...accounts.flatMap(({ slot }) => (slot === null ? [] : [slot])),
    ]);
    // Dumps alone, none of them with a slot, still need one to hold from.
    const [first = parseSlot(0)] = slots;
    if (slots.length === 0 && accounts.length > 0) slots.push(first);
    const writes = new Map<Slot, AccountWrite[]>();
    for (const { slot, address, state } of accounts) {
      const from = slot ?? first;
      const list = writes.get(from);
      if (list === undefined) writes.set(from, [{ address, state }]);
      else list.push({ address, state });
    }
    const served = new Set<string>();
    for (const slot of slots) {
      if (signal.aborted) return;
      const file = blocks.get(slot);
      const block = file === undefined ? null : readBlockFile(file, slot, this.#report);
      for (const { signature } of block?.transactions ?? []) served.add(signature);
      const alone = (transactions.get(slot) ?? []).filter(
        ({ signature }) => !served.has(signature),
      );
      if (cursor === null || slot > cursor) {
        this.#counters.slotsDelivered += 1;
        yield {
          kind: 'slot',
          update: {
            slot,
            parentSlot: block?.parentSlot ?? null,
            blockhash: block?.blockhash ?? standInBlockhash(genesisHash, slot),
            previousBlockhash: block?.previousBlockhash ?? null,
            blockTimeSeconds: block?.blockTimeSeconds ?? timeOf(alone),
            blockHeight: block?.blockHeight ?? null,
            provenance: 'FED',
            accounts: writes.get(slot) ?? [],
            transactions: [...(block?.transactions ?? []), ...alone],
          } satisfies SlotUpdate,
        };
      }
      // A process that reads thousands of files still answers in between.
      await breathe();
    }
    this.#options.log.info({ ...this.stats() }, 'the folders of chain data were read');
    const last = slots.at(-1);
    if (last !== undefined) yield { kind: 'caughtUp', slot: last };
  }

  #list(): Listing {
    this.#listing ??= this.#readListing();
    return this.#listing;
  }

  #readListing(): Listing {
    const hash = createHash('sha256').update('streamsync-fed-chain');
    const files: Record<Kind, FeedFile[]> = { accounts: [], blocks: [], transactions: [] };
    const manifests: Record<Kind, Manifest> = {
      accounts: new Map(),
      blocks: new Map(),
      transactions: new Map(),
    };
    for (const kind of KINDS) {
      const folder = this.#options[kind];
      if (folder === undefined) continue;
      manifests[kind] = findManifest(folder);
      files[kind] = this.#chooseCluster(listFiles(folder), manifests[kind]);
      for (const { relativePath, sizeBytes } of files[kind]) {
        hash.update(JSON.stringify([kind, relativePath, sizeBytes]));
      }
    }
    if (KINDS.every((kind) => files[kind].length === 0)) {
      throw new StreamSyncError(
        'CONFIG_INVALID',
        {},
        { message: `There are no files of chain data in ${this.describe() || 'no folder'}.` },
      );
    }
    return { files, manifests, genesisHash: blockhashFromBytes(hash.digest()) };
  }

  #chooseCluster(files: FeedFile[], manifest: Manifest): FeedFile[] {
    const { cluster } = this.#options;
    if (cluster === undefined) return files;
    return files.filter(({ path }) => {
      const isChosen = manifest.get(resolve(path))?.cluster === cluster;
      if (!isChosen) this.#report.skipped(path, 'of another cluster');
      return isChosen;
    });
  }
}

export function createFolderSource(options: FolderSourceOptions): ChainSource {
  return new FolderSource(options);
}

function ascending(slots: readonly Slot[]): Slot[] {
  return [...new Set(slots)].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
}

function standInBlockhash(genesisHash: Blockhash, slot: Slot): Blockhash {
  const hash = createHash('sha256')
    .update('streamsync-fed-slot')
    .update(addressBytes(genesisHash))
    .update(new BigUint64Array([slot]));
  return blockhashFromBytes(hash.digest());
}

function timeOf(transactions: readonly TransactionRecord[]): bigint | null {
  return (
    transactions.find(({ blockTimeSeconds }) => blockTimeSeconds !== null)?.blockTimeSeconds ?? null
  );
}
