// What a feed of folders delivers at which slot: the chain's blocks, and between them what was fed
// without its block. A slot that the chain skipped gets nothing, since a store that met it between a
// block and its parent would take the block for a fork.
import {
  type AccountWrite,
  type Blockhash,
  parseSlot,
  type Slot,
  type TransactionRecord,
} from '@streamsync/domain';
import type { FedAccount } from './accounts-folder.ts';
import type { BlockFile } from './blocks-folder.ts';
import type { FeedReport } from './feed-report.ts';

export interface FedSlot {
  readonly slot: Slot;
  /** Null where no file is of the slot's block. */
  readonly file: BlockFile | null;
  /** Of the file or of a child that names its parent; null where neither is there. */
  readonly blockhash: Blockhash | null;
  readonly accounts: readonly AccountWrite[];
  /** Fed singly. */
  readonly transactions: readonly TransactionRecord[];
}

export interface PlaceOptions {
  /** Ascending. */
  readonly chain: readonly BlockFile[];
  readonly accounts: readonly FedAccount[];
  readonly transactions: ReadonlyMap<Slot, readonly TransactionRecord[]>;
  readonly report: FeedReport;
}

/** Ascending by slot. */
export function placeSlots({ chain, accounts, transactions, report }: PlaceOptions): FedSlot[] {
  const stated = ascending([
    ...chain.map(({ slot }) => slot),
    ...transactions.keys(),
    ...accounts.flatMap(({ slot }) => (slot === null ? [] : [slot])),
  ]);
  // Dumps alone, none of them with a slot, still need one to hold from.
  if (stated.length === 0 && accounts.length > 0) stated.push(parseSlot(0));
  const writes = writesBySlot(accounts, stated[0] ?? parseSlot(0));

  const placed: FedSlot[] = [];
  /** Dumps of skipped slots, until the next slot that is fed. */
  let carried: AccountWrite[] = [];
  let next = 0;
  for (const slot of stated) {
    while ((chain[next]?.slot ?? slot) < slot) next += 1;
    const above = chain[next];
    const file = above?.slot === slot ? above : null;
    const alone = transactions.get(slot) ?? [];
    const parent = above?.parentSlot ?? null;
    const isSkipped = file === null && parent !== null && parent < slot;
    carried = [...carried, ...(writes.get(slot) ?? [])];
    if (isSkipped) {
      for (const { signature } of alone)
        report.skipped(signature, 'of a slot that the chain skipped');
      continue;
    }
    const named = file === null && parent === slot ? (above?.previousBlockhash ?? null) : null;
    const blockhash = file?.blockhash ?? named;
    placed.push({ slot, file, blockhash, accounts: carried, transactions: alone });
    carried = [];
  }
  return placed;
}

function writesBySlot(
  accounts: readonly FedAccount[],
  first: Slot,
): ReadonlyMap<Slot, readonly AccountWrite[]> {
  const writes = new Map<Slot, AccountWrite[]>();
  for (const { slot, address, state } of accounts) {
    const from = slot ?? first;
    const list = writes.get(from);
    if (list === undefined) writes.set(from, [{ address, state }]);
    else list.push({ address, state });
  }
  return writes;
}

function ascending(slots: readonly Slot[]): Slot[] {
  return [...new Set(slots)].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
}
