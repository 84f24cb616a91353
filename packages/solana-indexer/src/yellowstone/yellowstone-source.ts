// The chain over Yellowstone gRPC: slots assembled from their updates, put in order by the linker.
// A session goes on behind what was applied (from_slot) while the server has it, else it begins with
// a snapshot over RPC, merged with what the stream brought meanwhile. What does not come is asked of
// RPC, then of the stream anew, then of a snapshot; what came late is a rollback and comes again. So
// nothing is lost and nothing comes twice, whatever the server repeats, reorders or leaves out.
import { setTimeout as wait } from 'node:timers/promises';
import {
  type Pin,
  parseSlot,
  type Slot,
  type SlotUpdate,
  StreamSyncError,
} from '@streamsync/domain';
import {
  type ChainSource,
  type FeedOptions,
  type Genesis,
  SourceCounters,
  type SourceCoverage,
  type SourceEvent,
  type SourceStats,
} from '../chain-source.ts';
import { SlotLinker } from '../linking/slot-linker.ts';
import { AppliedPins } from '../rpc/applied-pins.ts';
import { Backfill } from '../rpc/backfill.ts';
import { backoffMs } from '../rpc/backoff.ts';
import { FollowedPrograms } from '../rpc/followed-programs.ts';
import { isBlockMissing, RpcHttpClient } from '../rpc/http-client.ts';
import { readBlockNow, readBlockOf, readGenesis } from '../rpc/read-chain.ts';
import { BACKFILL_SLOTS_DEFAULT } from '../rpc/rpc-options.ts';
import { forkBelow } from '../rpc/standing-pins.ts';
import { unseenChanges } from '../rpc/unseen-changes.ts';
import { withClosed } from './closed-accounts.ts';
import { coverageOf } from './coverage.ts';
import { isReplayRefused, shownUrl } from './geyser-client.ts';
import { readSnapshot } from './read-snapshot.ts';
import { SlotFeed } from './slot-feed.ts';
import {
  REORDER_MS_DEFAULT,
  SILENT_MS_DEFAULT,
  type YellowstoneSourceOptions,
} from './yellowstone-options.ts';

/** Accounts of one snapshot event. */
const SNAPSHOT_PART_ACCOUNTS = 4_096;
/** While so many blocks wait for their parents, the stream has left one out. */
const REORDER_SLOTS_MAX = 64;
/** Sessions in a row that left something out: the second was a replay, then a snapshot is taken. */
const LEFT_OUT_MAX = 2;
/** How often the feed is looked at while it brings nothing. */
const LOOK_MS = 100;

/** The session has learned of programs whose accounts a snapshot must show. */
class NewPrograms extends Error {}
/** The stream left something out: a replay may bring it. */
class LeftOut extends Error {}
/** The stream left out what no replay brings: the state is known only from a snapshot. */
class Incomplete extends Error {}

export class YellowstoneSource implements ChainSource {
  readonly #options: YellowstoneSourceOptions;
  readonly #rpc: RpcHttpClient;
  readonly #programs: FollowedPrograms;
  readonly #counters = new SourceCounters();
  readonly coverage: SourceCoverage;
  /** Sessions in a row that brought nothing but a gap. */
  #leftOut = 0;
  #needsSnapshot = false;

  /** @throws StreamSyncError CONFIG_INVALID where nothing is followed */
  constructor(options: YellowstoneSourceOptions) {
    this.#options = options;
    this.#rpc = new RpcHttpClient(options.rpcUrl);
    this.#programs = new FollowedPrograms(options.programs);
    this.coverage = coverageOf(options, this.#programs);
  }

  describe(): string {
    const what = this.#options.everyAccount ? 'the whole stream' : 'a stream';
    return `${what} of ${shownUrl(this.#options.url)} (Yellowstone gRPC)`;
  }

  genesis(signal: AbortSignal): Promise<Genesis> {
    return readGenesis(this.#rpc, signal);
  }

  stats(): SourceStats {
    return this.#counters.snapshot();
  }

  async *events(options: FeedOptions): AsyncGenerator<SourceEvent> {
    const { signal, cursor } = options;
    for (const owner of options.owners ?? []) this.#programs.follow(owner);
    const holdsHistory = options.holdsHistory ?? ((slot) => cursor !== null && slot <= cursor);
    const backfill = new Backfill(this.#rpc, {
      slotsMax: this.#options.backfillSlotsMax ?? BACKFILL_SLOTS_DEFAULT,
      isWanted: this.#options.transactions ?? true,
      holdsHistory,
      counters: this.#counters,
    });
    const chain = new AppliedPins(options.recentPins ?? [], cursor);
    // A stream that follows what is declared cannot tell whether the same was declared before.
    this.#needsSnapshot = !this.#options.everyAccount;
    for (let failures = 0; !signal.aborted; ) {
      try {
        for await (const event of this.#session({ signal, chain, backfill })) {
          if (event.kind === 'slot' || event.kind === 'snapshotEnd') {
            failures = 0;
            this.#leftOut = 0;
          }
          this.#count(event, chain, backfill);
          yield event;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof NewPrograms) {
          this.#needsSnapshot = true;
          continue;
        }
        if (isReplayRefused(error)) {
          this.#needsSnapshot = true;
          this.#counters.failed(error);
          continue;
        }
        if (error instanceof LeftOut) this.#leftOut += 1;
        else if (error instanceof Incomplete) this.#needsSnapshot = true;
        // Anything but a failure of the source is a defect of ours, and passes on.
        else if (!(error instanceof StreamSyncError) || error.code === 'CONFIG_INVALID')
          throw error;
        failures += 1;
        this.#counters.failed(error);
        this.#options.log.warn({ failures, err: error }, 'the chain stream broke off');
        await wait(backoffMs(failures), undefined, { signal }).catch(() => {});
        this.#counters.reconnects += 1;
      }
    }
  }

  #count(event: SourceEvent, chain: AppliedPins, backfill: Backfill): void {
    switch (event.kind) {
      case 'slot':
      case 'snapshotEnd':
        chain.add(event.update);
        backfill.delivered(event.update.slot);
        this.#counters.delivered(event.update.slot);
        return;
      case 'rollback':
        chain.rollback(event.slot);
        backfill.rolledBack(event.slot);
        this.#counters.rolledBack(event.slot);
        return;
      case 'snapshot':
      case 'history':
      case 'caughtUp':
        return;
    }
  }

  /** One subscription's life: look for a fork, go on or begin anew, then slot after slot. */
  async *#session(options: {
    readonly signal: AbortSignal;
    readonly chain: AppliedPins;
    readonly backfill: Backfill;
  }): AsyncGenerator<SourceEvent> {
    const { signal, chain, backfill } = options;
    const standing = await forkBelow(this.#rpc, chain.newestFirst(), signal);
    if (standing !== null) yield { kind: 'rollback', slot: standing };
    const last = chain.tip;
    const isReplay = last !== null && !this.#needsSnapshot && this.#leftOut < LEFT_OUT_MAX;
    const feed = await SlotFeed.open({
      source: this.#options,
      after: isReplay ? last : null,
      signal,
      onRepeated: () => {
        this.#counters.repeated += 1;
      },
      onSettled: (slot) => this.#counters.seen(slot),
    });
    try {
      const target = parseSlot(await feed.slot());
      let linked: readonly Pin[];
      let early: readonly SlotUpdate[] = [];
      if (isReplay) {
        linked = chain.isKnown ? chain.newestFirst() : [await this.#readBlock(last, signal)];
        await backfill.plan(last, signal);
      } else {
        const snapshot = await readSnapshot({
          rpc: this.#rpc,
          feed,
          notBefore: last !== null && last > target ? last : target,
          source: this.#options,
          programs: this.#programs,
          signal,
        });
        const { slot, accounts } = snapshot;
        early = snapshot.early;
        for (let start = 0; start < accounts.length; start += SNAPSHOT_PART_ACCOUNTS) {
          const part = accounts.slice(start, start + SNAPSHOT_PART_ACCOUNTS);
          yield { kind: 'snapshot', slot, accounts: part };
        }
        const block = await this.#readBlock(slot, signal);
        const provenance = this.#provenance;
        yield { kind: 'snapshotEnd', update: { ...block, provenance, accounts: [] } };
        this.#counters.snapshots += 1;
        this.#needsSnapshot = false;
        linked = [block];
        await backfill.plan(slot, signal);
      }
      yield* this.#follow({ feed, linked, early, target, backfill, signal });
    } finally {
      feed.close();
      this.#counters.gaps = 0;
      if (chain.tip !== null) this.#counters.unseen(chain.tip);
    }
  }

  /** Slot after slot as they become whole, and history in between. */
  async *#follow(options: {
    readonly feed: SlotFeed;
    readonly linked: readonly Pin[];
    readonly early: readonly SlotUpdate[];
    readonly target: Slot;
    readonly backfill: Backfill;
    readonly signal: AbortSignal;
  }): AsyncGenerator<SourceEvent> {
    const { feed, target, backfill, signal } = options;
    const linker = new SlotLinker<SlotUpdate>(options.linked);
    const tip = (): Slot => linker.tip?.slot ?? (0n as Slot);
    const early = [...options.early];
    let isCaughtUp = false;
    let gapSinceMs: number | null = null;
    while (!signal.aborted) {
      if (!backfill.isDone && feed.waiting === 0 && early.length === 0) {
        for (const update of await backfill.next(signal)) yield { kind: 'history', update };
      }
      if (backfill.isDone && !isCaughtUp && tip() >= target) {
        isCaughtUp = true;
        yield { kind: 'caughtUp', slot: tip() };
      }
      const whole = early.shift() ?? (await feed.next(backfill.isDone ? LOOK_MS : 0));
      if (whole === null) yield* this.#lookAfter(feed, signal);
      else {
        const update = this.#checked(whole);
        for (const step of linker.offer(update)) {
          yield step.kind === 'slot' ? { kind: 'slot', update: step.item } : step;
        }
      }
      const gaps = linker.missing().length;
      this.#counters.gaps = gaps;
      gapSinceMs = gaps === 0 ? null : (gapSinceMs ?? performance.now());
      const isStuck =
        gapSinceMs !== null &&
        (performance.now() - gapSinceMs > this.#reorderMs || linker.pending > REORDER_SLOTS_MAX);
      if (isStuck) throw new LeftOut(`The stream left out slots behind ${tip()}.`);
    }
  }

  /** What to do about parts of slots that do not come. */
  async *#lookAfter(feed: SlotFeed, signal: AbortSignal): AsyncGenerator<SourceEvent> {
    const { assembler } = feed;
    const late = assembler.late(this.#reorderMs);
    if (late !== null) {
      // What was handed out of that slot was not all of it: it is taken back, and comes again.
      this.#counters.skipped('slots of which parts came late');
      yield { kind: 'rollback', slot: (late - 1n) as Slot };
      throw new LeftOut(`Parts of slot ${late} came after the slot.`);
    }
    for (const slot of assembler.overdue(this.#reorderMs)) {
      try {
        const transactions = this.#options.transactions ?? true;
        assembler.fill(await readBlockNow(this.#rpc, slot, { transactions, signal }));
        this.#counters.skipped('slots whose rest was asked of RPC');
      } catch (error) {
        if (!isBlockMissing(error)) throw error;
        this.#counters.skipped('announced without a block');
        assembler.discard(slot);
      }
    }
    if (feed.quietMs > (this.#options.silentMs ?? SILENT_MS_DEFAULT)) {
      throw failed(`The stream told of no slot for ${Math.round(feed.quietMs)} ms.`);
    }
  }

  /**
   * A slot as it is delivered. @throws NewPrograms for programs that were not known, Incomplete where
   * its transactions changed accounts that no update named
   */
  #checked(whole: SlotUpdate): SlotUpdate {
    const update = { ...whole, provenance: this.#provenance };
    if (!this.#options.everyAccount) return withClosed(update);
    if (unseenChanges(update).length > 0) {
      throw new Incomplete(`The stream left out account writes of slot ${update.slot}.`);
    }
    if (this.#programs.findIn(update)) throw new NewPrograms();
    return update;
  }

  get #provenance(): 'STREAMED' | 'POLLED' {
    return this.#options.everyAccount ? 'STREAMED' : 'POLLED';
  }

  get #reorderMs(): number {
    return this.#options.reorderMs ?? REORDER_MS_DEFAULT;
  }

  #readBlock(slot: Slot, signal: AbortSignal) {
    return readBlockOf(this.#rpc, slot, {
      transactions: this.#options.transactions ?? true,
      signal,
    });
  }
}

function failed(message: string): StreamSyncError {
  return new StreamSyncError('SOURCE_FAILED', {}, { message });
}
