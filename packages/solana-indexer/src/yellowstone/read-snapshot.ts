// The state that a session begins with: lists over RPC, each of a slot of its own, and what the
// stream brought since it was opened. Slots above the one that the stream began at are whole in it,
// so lists from that slot on, merged with the slots between them, are exact.
import { setTimeout as wait } from 'node:timers/promises';
import { type AccountWrite, type Slot, type SlotUpdate, StreamSyncError } from '@streamsync/domain';
import type { FollowedPrograms } from '../rpc/followed-programs.ts';
import type { RpcHttpClient } from '../rpc/http-client.ts';
import { readAddresses, readProgram } from '../rpc/read-chain.ts';
import { readSnapshots } from '../rpc/read-snapshots.ts';
import { mergeSnapshots, newestSlot, SlotWrites, type Snapshot } from '../rpc/slot-writes.ts';
import type { SlotFeed } from './slot-feed.ts';
import type { YellowstoneSourceOptions } from './yellowstone-options.ts';

/** An RPC server may be some slots behind the stream: it is asked again for so long. */
const BEHIND_TRIES = 40;
const BEHIND_RETRY_MS = 250;
/** How often the feed is looked at while it brings nothing. */
const LOOK_MS = 100;
/** A slot that the lists state comes within this time, or the stream is not of the same chain. */
const CATCH_UP_MS_MAX = 30_000;

export interface ReadSnapshotOptions {
  readonly rpc: RpcHttpClient;
  readonly feed: SlotFeed;
  /** Slots up to this one may be partial in the stream; lists state it or a later one. */
  readonly notBefore: Slot;
  readonly source: YellowstoneSourceOptions;
  readonly programs: FollowedPrograms;
  readonly signal: AbortSignal;
}

export interface StreamSnapshot {
  readonly slot: Slot;
  readonly accounts: readonly AccountWrite[];
  /** Slots behind the snapshot that the stream brought meanwhile. */
  readonly early: readonly SlotUpdate[];
}

/** @throws StreamSyncError SOURCE_FAILED */
export async function readSnapshot(options: ReadSnapshotOptions): Promise<StreamSnapshot> {
  const { feed, notBefore, signal } = options;
  feed.assembler.skipTo(notBefore);
  const seen: SlotUpdate[] = [];
  const lists = readLists(options);
  let isRead = false;
  const done = lists.finally(() => {
    isRead = true;
  });
  done.catch(() => {});
  // The stream is read meanwhile, so that its server does not take this reader for a slow one.
  while (!isRead) {
    const update = await feed.next(LOOK_MS);
    if (update !== null) seen.push(update);
    signal.throwIfAborted();
  }
  const snapshots = await lists;
  const newest = newestSlot(snapshots);
  const giveUpAtMs = performance.now() + CATCH_UP_MS_MAX;
  while (snapshots.some(({ slot }) => slot < newest) && !feed.assembler.isWholeUpTo(newest)) {
    if (performance.now() > giveUpAtMs) {
      throw failed(`The stream did not come to slot ${newest}, which RPC has.`);
    }
    const update = await feed.next(LOOK_MS);
    if (update !== null) seen.push(update);
    signal.throwIfAborted();
  }
  // What is whole already and was not taken belongs to the lists' slots as well.
  while (feed.waiting > 0) {
    const update = await feed.next(0);
    if (update !== null) seen.push(update);
  }
  const writes = new SlotWrites();
  for (const { slot, accounts } of seen) for (const write of accounts) writes.add(slot, write);
  const { slot, accounts } = mergeSnapshots(snapshots, writes);
  feed.assembler.skipTo(slot);
  return { slot, accounts, early: seen.filter((update) => update.slot > slot) };
}

async function readLists(options: ReadSnapshotOptions): Promise<Snapshot[]> {
  const { notBefore, signal } = options;
  for (let tries = 1; ; tries += 1) {
    const snapshots = await readOnce(options);
    if (snapshots.every(({ slot }) => slot >= notBefore)) return snapshots;
    if (tries >= BEHIND_TRIES) {
      throw failed(`RPC stays behind slot ${notBefore}, which the stream has told of.`);
    }
    await wait(BEHIND_RETRY_MS, undefined, { signal });
  }
}

async function readOnce({
  rpc,
  source,
  programs,
  signal,
}: ReadSnapshotOptions): Promise<Snapshot[]> {
  const addresses = source.addresses ?? [];
  if (source.everyAccount) return readSnapshots({ rpc, addresses, programs, signal });
  const parts = await readAddresses(rpc, addresses, signal);
  const snapshots: Snapshot[] = parts.map((part) => ({ ...part, program: null }));
  for (const program of source.programs ?? []) {
    snapshots.push({ ...(await readProgram(rpc, program, signal)), program });
  }
  return snapshots;
}

function failed(message: string): StreamSyncError {
  return new StreamSyncError('SOURCE_FAILED', {}, { message });
}
