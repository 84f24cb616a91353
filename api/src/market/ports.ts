// What the market knows of nodes, and what it needs to hear.
import type {
  Blockhash,
  HistoryRange,
  NodeKey,
  OperatorId,
  Slot,
  SlotProvenance,
  Specialisation,
} from '@streamsync/domain';

/** A slot that a node says that it can answer at. */
export interface NodePin {
  readonly slot: bigint;
  readonly blockhash: Blockhash;
}

/** One node as its heartbeats show it, with the operator and pool that the configuration gives it. */
export interface MarketNode {
  readonly nodeKey: NodeKey;
  readonly operator: OperatorId;
  readonly specialisation: Specialisation;
  /** The operator's chance of a seat, relative to others'; shared by its nodes of a pool. */
  readonly operatorWeight: number;
  /** In session, heard of, and without debts. */
  readonly ready: boolean;
  /** Oldest first. */
  readonly pins: readonly NodePin[];
  /** The oldest slot that it can answer for; null before its first heartbeat. */
  readonly historySlotFirst: Slot | null;
  /** The stretches of history that it holds, ascending; empty where it keeps none. */
  readonly historyRanges: readonly HistoryRange[];
  readonly provenance: SlotProvenance | null;
}

export interface MarketSource<Node extends MarketNode> {
  marketNodes(): readonly Node[];
  /** The gateway's own view of the chain, where it has one. */
  chainTip(): Slot | null;
}
