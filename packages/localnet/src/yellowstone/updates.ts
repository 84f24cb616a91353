// What happened on the chain, as the stream tells it, and the slots of the replay window. The
// recorder follows the chain from its first listener's call on, so that no slot is recorded in part.
import type { Address } from '@streamsync/domain';
import { type Chain, FINALITY_SLOTS } from '../chain/chain.ts';
import { decodeTransaction, isWritableStatic } from '../chain/decode-transaction.ts';
import type { Block, ClosedSlot, Commitment, ExecutedTransaction } from '../chain/types.ts';
import type { AccountMessage } from './encode.ts';

/** The numbers of geyser.proto. */
export const SLOT_STATUS = {
  processed: 0,
  confirmed: 1,
  finalized: 2,
  firstShredReceived: 3,
  completed: 4,
  createdBank: 5,
} as const;
export type SlotStatus = keyof typeof SLOT_STATUS;

export interface TransactionUpdate {
  readonly kind: 'transaction';
  readonly slot: number;
  readonly index: number;
  readonly transaction: ExecutedTransaction;
}
export interface AccountUpdate {
  readonly kind: 'account';
  readonly slot: number;
  readonly account: AccountMessage;
}
export interface BlockUpdate {
  readonly kind: 'block';
  readonly block: Block;
  /** As the slot left them. */
  readonly accounts: readonly AccountMessage[];
}
export interface SlotStatusUpdate {
  readonly kind: 'slot';
  readonly slot: number;
  readonly parent: number;
  readonly status: SlotStatus;
}
export type Update = TransactionUpdate | AccountUpdate | BlockUpdate | SlotStatusUpdate;

/** Told as it happens; a commitment's subscribers get the updates of that commitment alone. */
export type OnUpdates = (commitment: Commitment | 'all', updates: readonly Update[]) => void;

/** About 7 minutes of slots of 400 ms: a provider offers about twenty. */
export const REPLAY_SLOTS_MAX = 1_000;
/** What the window may hold of account data and transactions. */
export const REPLAY_BYTES_MAX = 64 * 1024 * 1024;
/** An account's or a transaction's record beside its bytes, roughly. */
const RECORD_BYTES = 512;

interface RecordedSlot {
  /** Every write in its order, as 'processed' sees them, and the transactions between them. */
  readonly live: readonly Update[];
  readonly block: BlockUpdate;
  readonly sizeBytes: number;
}

export class SlotRecorder {
  readonly #chain: Chain;
  readonly #bounds: { readonly slotsMax: number; readonly bytesMax: number };
  readonly #slots = new Map<number, RecordedSlot>();
  #sizeBytes = 0;
  #live: Update[] = [];
  #transactions = 0;
  #lastWrites = new Map<Address, AccountMessage>();
  #writeVersion = 0;
  #listeners = new Set<OnUpdates>();
  readonly stop: () => void;

  constructor(
    chain: Chain,
    bounds: { readonly slotsMax?: number; readonly bytesMax?: number } = {},
  ) {
    this.#chain = chain;
    this.#bounds = {
      slotsMax: bounds.slotsMax ?? REPLAY_SLOTS_MAX,
      bytesMax: bounds.bytesMax ?? REPLAY_BYTES_MAX,
    };
    this.stop = chain.onEvents({
      executed: (transaction, slot) => this.#executed(transaction, slot),
      slotClosed: (closed) => this.#closed(closed),
    });
  }

  listen(listener: OnUpdates): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The oldest slot that can be told from its beginning. */
  get firstAvailable(): number {
    return this.#slots.keys().next().value ?? this.#chain.slotAt('processed');
  }

  /**
   * What was told of a slot to those of a commitment; 'live' where the slot has not reached it, so
   * that it will be told; 'dropped' where it left the window.
   */
  told(slot: number, commitment: Commitment): readonly Update[] | 'live' | 'dropped' {
    if (slot > this.#chain.slotAt(commitment) || slot === this.#chain.slotAt('processed')) {
      return 'live';
    }
    const recorded = this.#slots.get(slot);
    if (recorded === undefined) return 'dropped';
    return [...whole(recorded, commitment), ...statusesOf(recorded.block.block, this.#chain)];
  }

  /** What 'processed' has been told of the open slot so far. */
  get openSlot(): readonly Update[] {
    return this.#live;
  }

  #tell(commitment: Commitment | 'all', updates: readonly Update[]): void {
    for (const listener of this.#listeners) listener(commitment, updates);
  }

  #write(
    slot: number,
    address: Address,
    write: Omit<AccountMessage, 'address' | 'writeVersion'>,
  ): AccountUpdate {
    this.#writeVersion += 1;
    const account = { ...write, address, writeVersion: this.#writeVersion };
    this.#lastWrites.set(address, account);
    return { kind: 'account', slot, account };
  }

  #executed(transaction: ExecutedTransaction, slot: number): void {
    const { signature } = transaction;
    const updates: Update[] = writableKeys(transaction).map((address) =>
      this.#write(slot, address, {
        state: this.#chain.accounts.read(address, 'open'),
        signature,
      }),
    );
    updates.push({ kind: 'transaction', slot, transaction, index: this.#transactions });
    this.#transactions += 1;
    this.#live.push(...updates);
    this.#tell('processed', updates);
  }

  #closed({ block, writes }: ClosedSlot): void {
    const { slot, parentSlot: parent } = block;
    const own: AccountUpdate[] = [];
    // What the slot left differs from before, as PubSub tells it: a write that changed nothing is told
    // at 'processed' alone. Sysvars are written by no transaction.
    const accounts = writes.map(({ address, after }) => {
      const written = this.#lastWrites.get(address);
      if (written !== undefined) return written;
      const update = this.#write(slot, address, { state: after, signature: null });
      own.push(update);
      return update.account;
    });
    this.#live.push(...own);
    const blockUpdate: BlockUpdate = { kind: 'block', block, accounts };
    const recorded = { live: this.#live, block: blockUpdate, sizeBytes: sizeOf(this.#live) };
    this.#keep(slot, recorded);
    this.#live = [];
    this.#transactions = 0;
    this.#lastWrites = new Map();

    const statusOf = (status: SlotStatus, of = { slot, parent }): Update[] => [
      { kind: 'slot', status, ...of },
    ];
    this.#tell('all', statusOf('completed'));
    this.#tell('processed', [...own, blockUpdate]);
    this.#tell('all', statusOf('processed'));
    this.#tell('confirmed', whole(recorded, 'confirmed'));
    this.#tell('all', statusOf('confirmed'));
    const final = slot + 1 - FINALITY_SLOTS;
    if (final > 0) {
      const finalized = this.#slots.get(final);
      if (finalized !== undefined) this.#tell('finalized', whole(finalized, 'finalized'));
      this.#tell('all', statusOf('finalized', { slot: final, parent: final - 1 }));
    }
    const next = { slot: slot + 1, parent: slot };
    this.#tell('all', statusOf('firstShredReceived', next));
    this.#tell('all', statusOf('createdBank', next));
  }

  #keep(slot: number, recorded: RecordedSlot): void {
    this.#slots.set(slot, recorded);
    this.#sizeBytes += recorded.sizeBytes;
    for (const [oldest, { sizeBytes }] of this.#slots) {
      if (this.#slots.size <= this.#bounds.slotsMax && this.#sizeBytes <= this.#bounds.bytesMax) {
        break;
      }
      this.#slots.delete(oldest);
      this.#sizeBytes -= sizeBytes;
    }
  }
}

/** A slot as a commitment's subscribers get it: of settled slots, only what they left. */
function whole({ live, block }: RecordedSlot, commitment: Commitment): Update[] {
  if (commitment === 'processed') return [...live, block];
  const { slot } = block.block;
  const transactions = live.filter((update) => update.kind === 'transaction');
  const accounts = block.accounts.map((account) => ({ kind: 'account', slot, account }) as const);
  return [...accounts, ...transactions, block];
}

function statusesOf({ slot, parentSlot: parent }: Block, chain: Chain): Update[] {
  const reached = chain.commitmentOf(slot);
  const statuses: SlotStatus[] = ['processed', 'confirmed'];
  if (reached === 'finalized') statuses.push('finalized');
  return statuses.map((status) => ({ kind: 'slot', slot, parent, status }));
}

function writableKeys(transaction: ExecutedTransaction): Address[] {
  const decoded = decodeTransaction(transaction.wire);
  return [
    ...decoded.staticKeys.filter((_, index) => isWritableStatic(decoded, index)),
    ...transaction.loadedAddresses.writable,
  ];
}

function sizeOf(updates: readonly Update[]): number {
  return updates.reduce((sizeBytes, update) => {
    if (update.kind === 'account') {
      return sizeBytes + RECORD_BYTES + (update.account.state?.data.length ?? 0);
    }
    return (
      sizeBytes +
      RECORD_BYTES +
      (update.kind === 'transaction' ? 3 * update.transaction.wire.length : 0)
    );
  }, 0);
}
