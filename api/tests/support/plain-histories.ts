// What happened to each address, read off plain blocks: lists in the order of the chain, oldest first.
// Invariant: it shares no code with the product.
import type { PlainBlock } from './plain-blocks.ts';

/** Blocks without one left out between them, by their parent links. */
export interface PlainRun {
  readonly slotFirst: number;
  readonly slotLast: number;
  readonly blocks: readonly PlainBlock[];
}

/** Where a block's parent is not the block before it, blocks were left out. */
export function runsOf(blocks: readonly PlainBlock[]): PlainRun[] {
  const runs: PlainBlock[][] = [];
  let last: PlainBlock | null = null;
  for (const block of blocks) {
    if (last !== null && block.parentSlot === last.slot) runs.at(-1)?.push(block);
    else runs.push([block]);
    last = block;
  }
  return runs.map((run) => ({
    slotFirst: run[0]?.slot ?? 0,
    slotLast: run.at(-1)?.slot ?? 0,
    blocks: run,
  }));
}

export interface PlainMention {
  readonly slot: string;
  readonly blockIndex: number;
  readonly signature: string;
}

export interface PlainBalance extends PlainMention {
  /** The account whose balance it is. */
  readonly address: string;
  readonly preAmount: string | null;
  readonly postAmount: string | null;
}

export interface PlainHistory {
  readonly transactions: PlainMention[];
  readonly lamports: PlainBalance[];
  /** By mint: of the token account itself, and of those that the address owns. */
  readonly tokens: Map<string, PlainBalance[]>;
}

export function historiesOf(run: PlainRun): Map<string, PlainHistory> {
  const histories = new Map<string, PlainHistory>();
  const of = (address: string): PlainHistory => {
    const held = histories.get(address) ?? { transactions: [], lamports: [], tokens: new Map() };
    histories.set(address, held);
    return held;
  };
  for (const { slot, transactions } of run.blocks) {
    for (const { signature, blockIndex, accountKeys, lamports, tokens, meta } of transactions) {
      const mention = { slot: String(slot), blockIndex, signature };
      for (const address of new Set(accountKeys)) of(address).transactions.push(mention);
      for (const [address, pre, post] of lamports) {
        if (pre === post) continue;
        of(address).lamports.push({ ...mention, address, preAmount: pre, postAmount: post });
      }
      for (const { address, mint, preAmount, postAmount } of tokens) {
        if (preAmount === postAmount) continue;
        const index = accountKeys.indexOf(address);
        const owners = [...(meta.preTokenBalances ?? []), ...(meta.postTokenBalances ?? [])]
          .filter((each) => each.accountIndex === index && each.mint === mint && each.owner)
          .map((each): string => each.owner);
        for (const key of new Set([address, ...owners])) {
          const lists = of(key).tokens;
          const list = lists.get(mint) ?? [];
          lists.set(mint, [...list, { ...mention, address, preAmount, postAmount }]);
        }
      }
    }
  }
  return histories;
}
