// Folders of accounts, blocks and transactions as one feed, ascending by slot. Everything is ordered
// by content and path, never by time or by what the file system lists first: the same folders give
// every operator the same feed, byte for byte, because their answers must agree.
//
// - Which blocks are the chain is decided before any is fed: blocks-folder.ts.
// - A dump holds from the slot that the manifest states, else from the first slot of the feed; where
//   the chain skipped that slot, from the next one.
// - A transaction that a block holds is served from the block; one of a slot that the chain skipped is
//   of a fork, and left out. Excerpts of blocks and transactions alone do not make a slot's history
//   whole: their updates say so.
// - The pin is the highest slot. A slot whose block is not among the files has the blockhash that its
//   child states, else one that stands in for it: SHA-256 over a name, the genesis hash and the slot.
// - The genesis hash is SHA-256 over the listing (kind, path below its folder, size), so a journal
//   of other folders is not taken for this one.
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import {
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
import { newestStanding } from '../linking/newest-standing.ts';
import { readAccountsFolder } from './accounts-folder.ts';
import { chooseChain, readBlockFile } from './blocks-folder.ts';
import { type FeedFile, listFiles } from './feed-files.ts';
import { FeedReport } from './feed-report.ts';
import { findManifest, type Manifest } from './manifest.ts';
import { type FedSlot, placeSlots } from './place-slots.ts';
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

  async *events({ signal, cursor, recentPins }: FeedOptions): AsyncGenerator<SourceEvent> {
    const { files, manifests, genesisHash } = this.#list();
    const accounts = readAccountsFolder(files.accounts, manifests.accounts, this.#report);
    const chain = chooseChain(files.blocks, manifests.blocks, this.#report);
    const transactions = readTransactionsFolder(files.transactions, this.#report);
    const slots = placeSlots({ chain, accounts, transactions, report: this.#report });
    this.#counters.slotsTotal = slots.length;

    // The listing is the same, so only a file that was changed in place makes another chain.
    const standing = await newestStanding(
      (recentPins ?? []).filter(({ slot }) => cursor !== null && slot <= cursor),
      (slot) => blockhashAt(slots, slot, genesisHash),
    );
    let last = cursor;
    if (standing === 'none' || (standing !== 'empty' && standing.slot !== cursor)) {
      last = standing === 'none' ? parseSlot(0) : standing.slot;
      this.#counters.rolledBack(last);
      yield { kind: 'rollback', slot: last };
    }
    for (const [index, place] of slots.entries()) {
      if (signal.aborted) return;
      if (last === null || place.slot > last) {
        yield { kind: 'slot', update: this.#readSlot(place, genesisHash) };
        this.#counters.delivered(place.slot);
      }
      this.#counters.slotsDone = index + 1;
      // A process that reads thousands of files still answers in between.
      await breathe();
    }
    this.#counters.isEnded = true;
    this.#options.log.info({ ...this.stats() }, 'the folders of chain data were read');
    const end = slots.at(-1);
    if (end !== undefined) yield { kind: 'caughtUp', slot: end.slot };
  }

  #readSlot(place: FedSlot, genesisHash: Blockhash): SlotUpdate {
    const { slot, file } = place;
    const block = file === null ? null : readBlockFile(file, this.#report);
    const inBlock = new Set(block?.transactions.map(({ signature }) => signature));
    const alone = place.transactions.filter(({ signature }) => !inBlock.has(signature));
    const isWhole = block !== null && file?.isExcerpt === false;
    return {
      slot,
      parentSlot: file?.parentSlot ?? null,
      blockhash: place.blockhash ?? standInBlockhash(genesisHash, slot),
      previousBlockhash: file?.previousBlockhash ?? null,
      blockTimeSeconds: block?.blockTimeSeconds ?? timeOf(alone),
      blockHeight: block?.blockHeight ?? null,
      provenance: 'FED',
      accounts: place.accounts,
      transactions: [...(block?.transactions ?? []), ...alone],
      ...(isWhole ? {} : { transactionsComplete: false }),
    };
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

/** Null where the folders have no such slot. */
function blockhashAt(
  slots: readonly FedSlot[],
  slot: Slot,
  genesisHash: Blockhash,
): Blockhash | null {
  const place = slots.find((each) => each.slot === slot);
  return place === undefined ? null : (place.blockhash ?? standInBlockhash(genesisHash, slot));
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
