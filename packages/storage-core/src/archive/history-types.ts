// The words of the archive's reads: positions, pages before they are encoded, and why there is none.
import type { Address, Slot } from '@streamsync/domain';

/** Where a transaction stands in the chain. Slots are numbers inside of the stores. */
export interface Position {
  readonly slot: number;
  readonly index: number;
}

/** A stretch of a list: inclusive slots, an order, what came before, how many. */
export interface Stretch {
  readonly slotFirst: number;
  readonly slotLast: number;
  readonly ascending: boolean;
  /** The entry before the stretch, in the list's order. */
  readonly after: Position | null;
  /** Entries that are wanted, at most. */
  readonly limit: number;
}

export interface LamportEntry extends Position {
  readonly pre: bigint;
  readonly post: bigint;
}

export interface TokenEntry extends Position {
  readonly account: Uint8Array;
  readonly pre: bigint | null;
  readonly post: bigint | null;
}

/** An account as a slot left it: the canonical item, canonical null where it was closed. */
export interface VersionEntry {
  readonly slot: number;
  readonly item: Uint8Array;
}

/** 'notCovered': the archive does not hold all of what was asked. */
export type ReadOutcome<Value> = Value | 'notCovered';

/** A stretch of slots in which every write of every followed account is known after `snapshot`. */
export interface WriteStretch {
  /** Its state is known, but not which slot wrote it. */
  readonly snapshot: number;
  readonly slotLast: number;
}

export interface HeldBlock {
  readonly slot: Slot;
  readonly parentSlot: Slot | null;
}

export interface TokenKey {
  readonly address: Address;
  readonly mint: Address;
}

/** The order of a list: by slot, then by place in the block. */
export function comparePositions(left: Position, right: Position): number {
  return left.slot - right.slot || left.index - right.index;
}

/** Whether the position lies within the stretch and behind its `after`. */
export function isWithin(position: Position, stretch: Stretch): boolean {
  if (position.slot < stretch.slotFirst || position.slot > stretch.slotLast) return false;
  if (stretch.after === null) return true;
  const order = comparePositions(position, stretch.after);
  return stretch.ascending ? order > 0 : order < 0;
}
