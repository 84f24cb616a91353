// A complete stream over RPC and PubSub, as localnet serves it: every change of a slot is sent before
// the slot's own notification, which makes the slot applied. The session subscribes first, then reads
// snapshots, so nothing falls between them. What a slot is, its block says and not its announcement:
// the linker puts blocks in order and finds forks; where the stream leaves slots out, their changes are
// unknown, so that the session begins anew with a snapshot and fetches their blocks as history. Which programs exist is found on the way: executable
// accounts, owners that accounts move to, and addresses whose balance a block changed unseen; a new
// one begins the session anew, so that an address that nobody named is known not to exist. Not seen is
// an account that was given to a program nobody deployed before this source first began.
import { setTimeout as wait } from 'node:timers/promises';
import {
  type AccountWrite,
  type Address,
  type Pin,
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
import { readAccountOrClosed, readKeyedAccount } from '../parse/account.ts';
import type { BlockRecord } from '../parse/block.ts';
import { objectOf, slotOf } from '../parse/guards.ts';
import { AppliedPins } from './applied-pins.ts';
import { Backfill } from './backfill.ts';
import { backoffMs } from './backoff.ts';
import { FollowedPrograms } from './followed-programs.ts';
import { isBlockMissing, RpcHttpClient } from './http-client.ts';
import { type Notification, PubSubClient } from './pubsub-client.ts';
import { COMMITMENT, readAddresses, readBlockNow, readBlockOf, readGenesis } from './read-chain.ts';
import { readSnapshots } from './read-snapshots.ts';
import { BACKFILL_SLOTS_DEFAULT, type RpcSourceOptions } from './rpc-options.ts';
import { mergeSnapshots, newestSlot, SlotWrites } from './slot-writes.ts';
import { forkBelow } from './standing-pins.ts';
import { unseenChanges } from './unseen-changes.ts';

/** Accounts of one snapshot event. */
const SNAPSHOT_PART_ACCOUNTS = 4_096;

/** A slot that comes later than its child is waited for so long, … */
const REORDER_MS_MAX = 2_000;
/** … and while so many blocks wait for their parents; then the stream has left it out. */
const REORDER_SLOTS_MAX = 8;
/** A chain makes a slot every 0.4 s: a stream that is silent for so long is tried anew. */
const SILENT_MS_MAX = 30_000;
/** Changes of slots so far below the tip are kept for forks: what is confirmed goes back no further. */
const FORK_WRITES_SLOTS = 64n;

/** The session has learned of programs that it does not follow yet. */
class NewPrograms extends Error {}

interface Session {
  readonly stream: PubSubClient;
  readonly writes: SlotWrites;
  /** Declared addresses by their subscription. */
  readonly addresses: Map<number, Address>;
  readonly subscribed: Set<Address>;
}

export class StreamedRpcSource implements ChainSource {
  readonly #options: RpcSourceOptions;
  readonly #rpc: RpcHttpClient;
  readonly #programs: FollowedPrograms;
  readonly #counters = new SourceCounters();
  readonly coverage: SourceCoverage;

  constructor(options: RpcSourceOptions) {
    this.#options = options;
    this.#rpc = new RpcHttpClient(options.rpcUrl);
    this.#programs = new FollowedPrograms(options.programs);
    const isComplete = () => this.#programs.isComplete;
    this.coverage = { absentIsKnown: isComplete, followsProgram: isComplete, isFed: false };
  }

  describe(): string {
    return `the complete stream of ${this.#rpc.shownUrl}`;
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
    for (let failures = 0; !signal.aborted; ) {
      try {
        for await (const event of this.#session({ signal, chain, backfill })) {
          failures = 0;
          this.#count(event, chain, backfill);
          yield event;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof NewPrograms) continue;
        // Anything but a failure of the source is a defect of ours, and passes on.
        if (!(error instanceof StreamSyncError)) throw error;
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

  /** One connection's life: subscribe, look for a fork, snapshot, then slot after slot. */
  async *#session(options: {
    readonly signal: AbortSignal;
    readonly chain: AppliedPins;
    readonly backfill: Backfill;
  }): AsyncGenerator<SourceEvent> {
    const { signal, chain, backfill } = options;
    const stream = await PubSubClient.connect(this.#options.wsUrl, signal);
    const session: Session = {
      stream,
      writes: new SlotWrites(),
      addresses: new Map(),
      subscribed: new Set(),
    };
    try {
      await this.#subscribe(session);
      const standing = await forkBelow(this.#rpc, chain.newestFirst(), signal);
      if (standing !== null) yield { kind: 'rollback', slot: standing };
      const snapshots = await readSnapshots({
        rpc: this.#rpc,
        addresses: this.#options.addresses ?? [],
        programs: this.#programs,
        onBatch: () => this.#subscribe(session),
        signal,
      });
      const newest = newestSlot(snapshots);
      if (snapshots.some(({ slot }) => slot < newest)) await this.#readUntil(session, newest);
      const { slot, accounts } = mergeSnapshots(snapshots, session.writes);
      session.writes.dropUpTo(slot);
      const last = chain.tip;
      let linked: readonly Pin[];
      if (last === null || slot > last) {
        for (let start = 0; start < accounts.length; start += SNAPSHOT_PART_ACCOUNTS) {
          const part = accounts.slice(start, start + SNAPSHOT_PART_ACCOUNTS);
          yield { kind: 'snapshot', slot, accounts: part };
        }
        const block = await this.#readBlock(slot, signal);
        yield { kind: 'snapshotEnd', update: updateOf(block, []) };
        this.#counters.snapshots += 1;
        linked = [block];
      } else linked = chain.isKnown ? chain.newestFirst() : [await this.#readBlock(last, signal)];
      await backfill.plan(slot, signal);
      yield* this.#followStream(session, { linked, backfill, signal });
    } finally {
      stream.close();
      this.#counters.gaps = 0;
    }
  }

  /** Slot after slot as the stream announces them, and history in between. */
  async *#followStream(
    session: Session,
    options: {
      readonly linked: readonly Pin[];
      readonly backfill: Backfill;
      readonly signal: AbortSignal;
    },
  ): AsyncGenerator<SourceEvent> {
    const { backfill, signal } = options;
    const linker = new SlotLinker<SlotUpdate>(options.linked);
    const tip = (): Slot => linker.tip?.slot ?? (0n as Slot);
    let isCaughtUp = false;
    for (;;) {
      if (!backfill.isDone && !session.stream.hasWaiting) {
        for (const update of await backfill.next(signal)) yield { kind: 'history', update };
        continue;
      }
      if (backfill.isDone && !isCaughtUp) {
        isCaughtUp = true;
        yield { kind: 'caughtUp', slot: tip() };
      }
      const isGap = this.#counters.gaps > 0;
      const announced = await this.#readSlot(session, isGap ? REORDER_MS_MAX : SILENT_MS_MAX);
      if (announced === null) throw isGap ? leftOut(tip()) : silent();
      this.#counters.seen(announced.slot);
      const update = await this.#readAnnounced(session, { announced, linker, signal });
      if (update === null) continue;
      await this.#lookForPrograms(update, signal);
      for (const step of linker.offer(update)) {
        yield step.kind === 'slot' ? { kind: 'slot', update: step.item } : step;
      }
      session.writes.dropUpTo(tip() - FORK_WRITES_SLOTS);
      this.#counters.gaps = linker.missing().length;
      if (this.#counters.gaps > 0 && linker.pending > REORDER_SLOTS_MAX) throw leftOut(tip());
    }
  }

  /** The block of an announced slot with its changes; null where it is no news, or there is none. */
  async #readAnnounced(
    session: Session,
    options: {
      readonly announced: { readonly slot: Slot; readonly parent: Slot };
      readonly linker: SlotLinker<SlotUpdate>;
      readonly signal: AbortSignal;
    },
  ): Promise<SlotUpdate | null> {
    const { linker, signal } = options;
    const { slot, parent } = options.announced;
    try {
      if (slot <= (linker.tip?.slot ?? -1n)) {
        const head = await readBlockNow(this.#rpc, slot, { transactions: false, signal });
        if (linker.has(slot, head.blockhash)) {
          this.#counters.repeated += 1;
          return null;
        }
      }
      const block = await this.#readBlock(slot, signal);
      if (block.parentSlot !== parent) this.#counters.skipped('announced with another parent');
      return updateOf(block, session.writes.take(slot));
    } catch (error) {
      if (!isBlockMissing(error)) throw error;
      // It was dropped, or never was; if it is part of the chain after all, its child will say so.
      this.#counters.skipped('announced without a block');
      if (linker.tip !== null) this.#counters.unseen(linker.tip.slot);
      return null;
    }
  }

  async #subscribe({ stream, addresses, subscribed }: Session): Promise<void> {
    const config = { encoding: 'base64', commitment: COMMITMENT };
    const missing = [...this.#programs.all].filter((program) => !subscribed.has(program));
    const isFirst = subscribed.size === 0;
    await Promise.all([
      ...missing.map(async (program) => {
        await stream.subscribe('programSubscribe', [program, config]);
        subscribed.add(program);
      }),
      ...(isFirst ? (this.#options.addresses ?? []) : []).map(async (address) => {
        addresses.set(await stream.subscribe('accountSubscribe', [address, config]), address);
      }),
    ]);
    if (isFirst) await stream.subscribe('slotSubscribe', []);
  }

  /** Takes notifications until the slot was announced. */
  async #readUntil(session: Session, slot: Slot): Promise<void> {
    for (;;) {
      const announced = await this.#readSlot(session, SILENT_MS_MAX);
      if (announced === null) throw silent();
      if (announced.slot >= slot) return;
    }
  }

  /** Takes notifications until a slot is announced; null when none came for so long. */
  async #readSlot(session: Session, msMax: number): Promise<{ slot: Slot; parent: Slot } | null> {
    for (;;) {
      const notification = await session.stream.next(msMax);
      if (notification === null) return null;
      if (notification.method === 'slotNotification') {
        const result = objectOf(notification.result, 'slot');
        return { slot: slotOf(result.slot, 'slot'), parent: slotOf(result.parent, 'parent') };
      }
      const write = writeOf(notification, session.addresses);
      if (write !== null) session.writes.add(write.slot, write);
    }
  }

  #readBlock(slot: Slot, signal: AbortSignal): Promise<BlockRecord> {
    return readBlockOf(this.#rpc, slot, {
      transactions: this.#options.transactions ?? true,
      signal,
    });
  }

  /** @throws NewPrograms when the slot shows a program that is not followed */
  async #lookForPrograms(update: SlotUpdate, signal: AbortSignal): Promise<void> {
    let isNew = this.#programs.findIn(update);
    const unseen = unseenChanges(update);
    if (unseen.length > 0) {
      for (const { accounts } of await readAddresses(this.#rpc, unseen, signal)) {
        for (const { state } of accounts) {
          if (state !== null) isNew = this.#programs.follow(state.owner) || isNew;
        }
      }
    }
    if (isNew) throw new NewPrograms();
  }
}

function leftOut(behind: Slot): StreamSyncError {
  return new StreamSyncError(
    'SOURCE_FAILED',
    { behind },
    { message: `The stream left out slots behind ${behind}.` },
  );
}

function silent(): StreamSyncError {
  return new StreamSyncError(
    'SOURCE_FAILED',
    {},
    { message: `The stream was silent for ${SILENT_MS_MAX} ms.` },
  );
}

function updateOf(block: BlockRecord, accounts: readonly AccountWrite[]): SlotUpdate {
  return { ...block, provenance: 'STREAMED', accounts };
}

function writeOf(
  notification: Notification,
  addresses: ReadonlyMap<number, Address>,
): (AccountWrite & { readonly slot: Slot }) | null {
  const { method, subscription } = notification;
  if (method !== 'programNotification' && method !== 'accountNotification') return null;
  const result = objectOf(notification.result, 'notification');
  const slot = slotOf(objectOf(result.context, 'context').slot, 'slot');
  if (method === 'programNotification') return { slot, ...readKeyedAccount(result.value) };
  const address = addresses.get(subscription);
  if (address === undefined) return null;
  return { slot, address, state: readAccountOrClosed(result.value) };
}
