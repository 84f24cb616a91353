// Slots out of updates that come in any order, twice, or not at all: a slot is whole when its block's
// message, as many transactions as that states, and the word that it has reached the commitment are
// there. Of an account's writes the one with the greatest version stands. What came before is known
// again and passed over; what comes for a slot that was handed out and is not known is either the
// beginning of another block of that slot, or it came too late, which the source must hear of.
import type {
  AccountWrite,
  Address,
  Blockhash,
  Signature,
  Slot,
  SlotUpdate,
  TransactionRecord,
} from '@streamsync/domain';
import { parseSlot, signatureFromBytes } from '@streamsync/domain';
import type { SubscribeUpdate } from '@triton-one/yellowstone-grpc';
import type { BlockRecord } from '../parse/block.ts';
import { unseenChanges } from '../rpc/unseen-changes.ts';
import {
  type BlockMeta,
  type DecodeError,
  readAccountUpdate,
  readBlockMeta,
  readTransactionInfo,
  type TransactionInfo,
  type VersionedWrite,
} from './read-update.ts';

/** Handed-out slots whose content is remembered; what is confirmed goes back no further. */
export const TOLD_SLOTS_MAX = 64;
/** A record beside its bytes, roughly. */
const RECORD_BYTES = 1_024;

interface Assembly {
  readonly slot: Slot;
  readonly sinceMs: number;
  readonly writes: Map<Address, VersionedWrite>;
  readonly transactions: Map<Signature, TransactionInfo>;
  meta: BlockMeta | null;
  /** The transactions as records, read once they are all there. */
  records: TransactionRecord[] | null;
  isSettled: boolean;
  sizeBytes: number;
}

interface Told {
  readonly blockhash: Blockhash;
  readonly versions: ReadonlyMap<Address, bigint>;
  readonly signatures: ReadonlySet<Signature>;
}

export interface AssemblerOptions {
  /** Slots up to this one are no news. */
  readonly after: Slot | null;
  /** The number of the slot status that makes a slot settled. */
  readonly settledStatus: number;
  /** Whether every account's writes are told, so that none may be missing. */
  readonly everyAccount: boolean;
  readonly decodeError: DecodeError;
  readonly onRepeated: () => void;
  readonly nowMs?: () => number;
}

export class SlotAssembler {
  readonly #options: AssemblerOptions;
  readonly #nowMs: () => number;
  readonly #open = new Map<Slot, Assembly>();
  readonly #told = new Map<Slot, Told>();
  #whole: SlotUpdate[] = [];
  #floor: Slot | null;
  #sizeBytes = 0;
  #settled: Slot | null = null;

  constructor(options: AssemblerOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#floor = options.after;
  }

  /** What waits here, roughly. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The newest slot that was said to be settled. */
  get settled(): Slot | null {
    return this.#settled;
  }

  /** Slots up to this one are no news any more. */
  skipTo(slot: Slot): void {
    this.#floor = slot;
    for (const each of this.#open.values()) if (each.slot <= slot) this.#forget(each);
    this.#whole = this.#whole.filter((update) => update.slot > slot);
  }

  /** @throws StreamSyncError SOURCE_FAILED for what is not of the protocol's form */
  take(update: SubscribeUpdate): void {
    if (update.account !== undefined) this.#takeWrite(readAccountUpdate(update.account));
    else if (update.transaction?.transaction !== undefined) {
      this.#takeTransaction(parseSlot(update.transaction.slot), update.transaction.transaction);
    } else if (update.blockMeta !== undefined) this.#takeMeta(readBlockMeta(update.blockMeta));
    else if (update.slot?.status === this.#options.settledStatus) {
      this.#takeSettled(parseSlot(update.slot.slot));
    }
  }

  /** The next slot that is whole, in the order in which they became so. */
  next(): SlotUpdate | null {
    return this.#whole.shift() ?? null;
  }

  /** Puts the block that another source has in the place of what did not come. */
  fill(block: BlockRecord): void {
    const assembly = this.#open.get(block.slot);
    if (assembly === undefined) return;
    this.#finish(assembly, {
      ...block,
      provenance: 'STREAMED',
      accounts: accountsOf(assembly),
    });
  }

  /** The slot has no block. */
  discard(slot: Slot): void {
    const assembly = this.#open.get(slot);
    if (assembly !== undefined) this.#forget(assembly);
  }

  /** Whether every settled slot up to this one was handed out. */
  isWholeUpTo(slot: Slot): boolean {
    if (this.#settled === null || this.#settled < slot) return false;
    return ![...this.#open.values()].some((each) => each.slot <= slot && each.isSettled);
  }

  /** Settled slots that wait for so long for the rest of them. */
  overdue(waitedMs: number): Slot[] {
    const before = this.#nowMs() - waitedMs;
    return [...this.#open.values()]
      .filter(
        ({ slot, isSettled, sinceMs }) => isSettled && !this.#told.has(slot) && sinceMs < before,
      )
      .map(({ slot }) => slot);
  }

  /** The lowest slot that was handed out without something that came so long ago; null: none. */
  late(waitedMs: number): Slot | null {
    const before = this.#nowMs() - waitedMs;
    let lowest: Slot | null = null;
    for (const { slot, sinceMs, meta } of this.#open.values()) {
      const told = this.#told.get(slot);
      if (told === undefined || sinceMs >= before) continue;
      // Another block of the slot is on its way, and has time.
      if (meta !== null && meta.blockhash !== told.blockhash) continue;
      if (lowest === null || slot < lowest) lowest = slot;
    }
    return lowest;
  }

  #takeWrite(write: VersionedWrite): void {
    if (this.#isOld(write.slot)) return;
    const known = this.#told.get(write.slot)?.versions.get(write.address);
    if (known !== undefined && write.writeVersion <= known) {
      this.#options.onRepeated();
      return;
    }
    const assembly = this.#assembly(write.slot);
    const held = assembly.writes.get(write.address);
    if (held !== undefined && held.writeVersion >= write.writeVersion) {
      if (held.writeVersion === write.writeVersion) this.#options.onRepeated();
      return;
    }
    assembly.writes.set(write.address, write);
    this.#grow(assembly, write.state?.data.length ?? 0);
    this.#finishIfWhole(assembly);
  }

  #takeTransaction(slot: Slot, info: TransactionInfo): void {
    if (this.#isOld(slot)) return;
    const signature = signatureFromBytes(info.signature);
    if (this.#told.get(slot)?.signatures.has(signature)) {
      this.#options.onRepeated();
      return;
    }
    const assembly = this.#assembly(slot);
    if (assembly.transactions.has(signature)) {
      this.#options.onRepeated();
      return;
    }
    assembly.transactions.set(signature, info);
    assembly.records = null;
    this.#grow(assembly, RECORD_BYTES);
    this.#finishIfWhole(assembly);
  }

  #takeMeta(meta: BlockMeta): void {
    if (this.#isOld(meta.slot)) return;
    const told = this.#told.get(meta.slot);
    if (told?.blockhash === meta.blockhash) {
      this.#options.onRepeated();
      return;
    }
    const assembly = this.#assembly(meta.slot);
    if (assembly.meta?.blockhash === meta.blockhash) {
      this.#options.onRepeated();
      return;
    }
    // Of two blocks of a slot the one that was told of last is the one that is settled.
    assembly.meta = meta;
    assembly.records = null;
    this.#finishIfWhole(assembly);
  }

  #takeSettled(slot: Slot): void {
    if (this.#settled === null || slot > this.#settled) this.#settled = slot;
    if (this.#isOld(slot)) return;
    if (this.#told.has(slot) && !this.#open.has(slot)) {
      this.#options.onRepeated();
      return;
    }
    const assembly = this.#assembly(slot);
    if (assembly.isSettled) {
      this.#options.onRepeated();
      return;
    }
    assembly.isSettled = true;
    this.#finishIfWhole(assembly);
  }

  #finishIfWhole(assembly: Assembly): void {
    const { meta, isSettled, transactions } = assembly;
    if (meta === null || !isSettled || transactions.size !== meta.transactionCount) return;
    const { transactionCount: _, ...block } = meta;
    assembly.records ??= this.#read(meta, transactions.values());
    const { records } = assembly;
    const accounts = accountsOf(assembly);
    // Writes may still be on their way: transactions tell of those that changed a balance.
    if (this.#options.everyAccount && unseenChanges({ accounts, transactions: records }).length > 0)
      return;
    this.#finish(assembly, {
      ...block,
      provenance: 'STREAMED',
      accounts,
      transactions: records,
    });
  }

  #read(meta: BlockMeta, infos: Iterable<TransactionInfo>): TransactionRecord[] {
    const { slot, blockTimeSeconds } = meta;
    return [...infos]
      .map((info) =>
        readTransactionInfo(info, { slot, blockTimeSeconds }, this.#options.decodeError),
      )
      .sort((left, right) => (left.blockIndex ?? 0) - (right.blockIndex ?? 0));
  }

  #finish(assembly: Assembly, block: SlotUpdate): void {
    const { slot, writes } = assembly;
    this.#forget(assembly);
    this.#told.delete(slot);
    this.#told.set(slot, {
      blockhash: block.blockhash,
      versions: new Map([...writes].map(([address, { writeVersion }]) => [address, writeVersion])),
      signatures: new Set(block.transactions.map(({ signature }) => signature)),
    });
    const oldest = this.#told.keys().next().value;
    if (this.#told.size > TOLD_SLOTS_MAX && oldest !== undefined) {
      this.#told.delete(oldest);
      if (this.#floor === null || this.#floor < oldest) this.#floor = oldest;
      for (const each of this.#open.values()) if (this.#isOld(each.slot)) this.#forget(each);
    }
    this.#whole.push(block);
  }

  /** Older than everything that can be news. */
  #isOld(slot: Slot): boolean {
    if (this.#floor === null || slot > this.#floor) return false;
    this.#options.onRepeated();
    return true;
  }

  #assembly(slot: Slot): Assembly {
    let assembly = this.#open.get(slot);
    if (assembly === undefined) {
      assembly = {
        slot,
        sinceMs: this.#nowMs(),
        writes: new Map(),
        transactions: new Map(),
        meta: null,
        records: null,
        isSettled: false,
        sizeBytes: 0,
      };
      this.#open.set(slot, assembly);
      this.#grow(assembly, 0);
    }
    return assembly;
  }

  #grow(assembly: Assembly, sizeBytes: number): void {
    assembly.sizeBytes += sizeBytes + RECORD_BYTES;
    this.#sizeBytes += sizeBytes + RECORD_BYTES;
  }

  #forget(assembly: Assembly): void {
    this.#open.delete(assembly.slot);
    this.#sizeBytes -= assembly.sizeBytes;
  }
}

function accountsOf({ writes }: Assembly): AccountWrite[] {
  return [...writes.values()].map(({ address, state }) => ({ address, state }));
}
