// What every source of chain data is to the rest of a node: an ordered feed of slots, what it covers,
// and counters. Invariant: each applied slot ('slot', 'snapshotEnd') comes once, in ascending order,
// and holds every account write of the covered set since the applied slot before it; after a
// 'rollback' the order goes on from the slot that it names.
import type { AccountWrite, Address, Blockhash, Pin, Slot, SlotUpdate } from '@streamsync/domain';
import type { SourceStats } from './source-counters.ts';

export { SourceCounters, type SourceProgress, type SourceStats } from './source-counters.ts';

export type SourceEvent =
  /** A part of the state of every covered account as of `slot`; what no part names does not exist. */
  | { readonly kind: 'snapshot'; readonly slot: Slot; readonly accounts: readonly AccountWrite[] }
  /** The snapshot is whole, and its slot applied; the update has no account writes. */
  | { readonly kind: 'snapshotEnd'; readonly update: SlotUpdate }
  /** The next applied slot. */
  | { readonly kind: 'slot'; readonly update: SlotUpdate }
  /**
   * The applied slots above this one are undone: they are on a fork that the chain left. The slot is
   * the newest that stands; where the asker no longer knows it, it begins anew with a snapshot.
   */
  | { readonly kind: 'rollback'; readonly slot: Slot }
  /** Transactions of a slot whose account writes were missed: history, but never a pin. */
  | { readonly kind: 'history'; readonly update: SlotUpdate }
  /** Everything that the source had when it was asked has been delivered. */
  | { readonly kind: 'caughtUp'; readonly slot: Slot };

/** What may be said of data that no event named: null and empty are claims, made only where known. */
export interface SourceCoverage {
  /** Whether an address that no event named is known not to exist. */
  absentIsKnown(address: Uint8Array): boolean;
  /** Whether every account of the program is among what the source delivers. */
  followsProgram(program: Uint8Array): boolean;
  /** Whether the data was fed from folders, which cover what they hold and no more. */
  readonly isFed: boolean;
}

export interface Genesis {
  readonly genesisHash: Blockhash;
  /** The first slot of the history, if that history begins with the chain; null where it does not. */
  readonly slotFirst: Slot | null;
}

export interface FeedOptions {
  readonly signal: AbortSignal;
  /** The newest slot that is applied; null before the first. */
  readonly cursor: Slot | null;
  /** The newest pins that are applied, newest first: where a fork left the cursor's slot behind. */
  readonly recentPins?: readonly Pin[];
  /** Whether a slot's transactions are held; by default those of slots up to the cursor are. */
  readonly holdsHistory?: (slot: Slot) => boolean;
  /** Owners of the accounts that are held: programs that a stream must go on following. */
  readonly owners?: Iterable<Address>;
}

export interface ChainSource {
  readonly coverage: SourceCoverage;
  /** One line for people: which source, and where. */
  describe(): string;
  /** @throws StreamSyncError SOURCE_FAILED */
  genesis(signal: AbortSignal): Promise<Genesis>;
  /**
   * The feed behind `cursor`, the newest applied slot of whoever asks; null begins anew. A source
   * that cannot know what was written since the cursor begins with a snapshot. It recovers by itself
   * from whatever may pass, and ends when the signal aborts or, if it is finite, at its end.
   * @throws StreamSyncError SOURCE_FAILED for what cannot pass, CONFIG_INVALID
   */
  events(options: FeedOptions): AsyncIterable<SourceEvent>;
  stats(): SourceStats;
}
