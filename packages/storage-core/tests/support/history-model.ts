// Chains of small blocks for tests, and the simplest reading of them that can be right: filters over
// all transactions. What an archive answers is compared with these.
import {
  type Address,
  addressBytes,
  addressFromBytes,
  type BalanceEntry,
  blockhashFromBytes,
  parseSlot,
  type SlotUpdate,
  signatureFromBytes,
  type TokenBalance,
  type TransactionRecord,
} from '@streamsync/domain';
import fc from 'fast-check';

export const GENESIS = blockhashFromBytes(new Uint8Array(32).fill(99));
export const ADDRESSES = Array.from({ length: 6 }, (_, at) => addressOf(at + 1));
export const MINTS = [addressOf(101), addressOf(102)] as const;
const OWNERS = [addressOf(1), addressOf(201), null] as const;

export function addressOf(number: number): Address {
  // The first bytes differ between some and are equal between others, as sorted keys have to bear.
  return addressFromBytes(new Uint8Array(32).fill(number, number % 2 === 0 ? 0 : 9));
}

interface TransactionShape {
  readonly keys: readonly number[];
  readonly lamports: readonly (readonly [bigint, bigint])[];
  readonly tokens: readonly {
    readonly at: number;
    readonly mint: number;
    readonly owner: number;
    readonly pre: bigint | null;
    readonly post: bigint | null;
  }[];
}

const amount = fc.bigInt({ min: 0n, max: 3n });
const shape: fc.Arbitrary<TransactionShape> = fc.record({
  keys: fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 4 }),
  lamports: fc.array(fc.tuple(amount, amount), { minLength: 4, maxLength: 4 }),
  tokens: fc.uniqueArray(
    fc.record({
      at: fc.nat(3),
      mint: fc.nat(1),
      owner: fc.nat(2),
      pre: fc.option(amount),
      post: fc.option(amount),
    }),
    { maxLength: 4, selector: ({ at, mint }) => `${at}/${mint}` },
  ),
});

/** Blocks in the order of slots, linked; some slots are skipped. */
export const chainOfBlocks: fc.Arbitrary<SlotUpdate[]> = fc
  .array(fc.record({ skipped: fc.nat(2), shapes: fc.array(shape, { maxLength: 4 }) }), {
    minLength: 1,
    maxLength: 14,
  })
  .map((blocks) => {
    let slot = 10;
    return blocks.map(({ skipped, shapes }) => {
      const parent = slot;
      slot += 1 + skipped;
      return blockOf(slot, parent, shapes);
    });
  });

export function blockOf(
  slot: number,
  parentSlot: number | null,
  shapes: readonly TransactionShape[] = [],
  fork = 0,
): SlotUpdate {
  return {
    slot: parseSlot(slot),
    parentSlot: parentSlot === null ? null : parseSlot(parentSlot),
    blockhash: blockhashFromBytes(new Uint8Array(32).fill(slot % 251).fill(fork, 30)),
    previousBlockhash: null,
    blockTimeSeconds: BigInt(slot),
    blockHeight: null,
    provenance: 'STREAMED',
    accounts: [],
    transactions: shapes.map((each, index) => recordOf(slot, index, each, fork)),
  };
}

function recordOf(
  slot: number,
  index: number,
  shape: TransactionShape,
  fork: number,
): TransactionRecord {
  const bytes = new Uint8Array(64).fill(7);
  new DataView(bytes.buffer).setUint32(0, slot * 16 + index);
  bytes[63] = fork;
  const signature = signatureFromBytes(bytes);
  const keys = shape.keys.map((at) => ADDRESSES[at] as Address);
  const tokens = shape.tokens.filter(({ at }) => at < keys.length);
  const side = (name: 'pre' | 'post'): TokenBalance[] =>
    tokens.flatMap((token) => {
      const held = token[name];
      if (held === null) return [];
      return [
        {
          accountIndex: token.at,
          mint: MINTS[token.mint] as Address,
          owner: OWNERS[token.owner] ?? null,
          amount: held,
          decimals: 6,
        },
      ];
    });
  return {
    signature,
    slot: parseSlot(slot),
    blockTimeSeconds: BigInt(slot),
    blockIndex: index,
    version: 'legacy',
    signatures: [signature],
    accountKeys: keys,
    header: null,
    recentBlockhash: null,
    instructions: [
      { programIdIndex: 0, accountIndices: [0], data: Uint8Array.of(index), stackHeight: null },
    ],
    innerInstructions: null,
    feeLamports: 5_000n,
    succeeded: true,
    error: null,
    preBalancesLamports: keys.map((_, at) => shape.lamports[at]?.[0] ?? 0n),
    postBalancesLamports: keys.map((_, at) => shape.lamports[at]?.[1] ?? 0n),
    preTokenBalances: side('pre'),
    postTokenBalances: side('post'),
    logs: null,
    computeUnitsConsumed: null,
    returnData: null,
  };
}

const transactionsOf = (blocks: readonly SlotUpdate[]) =>
  blocks.flatMap(({ transactions }) => transactions);

/** Oldest first. */
export function mentionsIn(blocks: readonly SlotUpdate[], address: Address): TransactionRecord[] {
  return transactionsOf(blocks).filter(({ accountKeys }) => accountKeys.includes(address));
}

export function lamportEntriesIn(blocks: readonly SlotUpdate[], address: Address): BalanceEntry[] {
  return mentionsIn(blocks, address).flatMap((record) => {
    const at = record.accountKeys.indexOf(address);
    const preAmount = record.preBalancesLamports?.[at] ?? 0n;
    const postAmount = record.postBalancesLamports?.[at] ?? 0n;
    return preAmount === postAmount ? [] : [entryOf(record, address, preAmount, postAmount)];
  });
}

/** Of the token account that the address is and of those that it owns; by account in a transaction. */
export function tokenEntriesIn(
  blocks: readonly SlotUpdate[],
  address: Address,
  mint: Address,
): BalanceEntry[] {
  return transactionsOf(blocks).flatMap((record) => {
    const entries: BalanceEntry[] = [];
    record.accountKeys.forEach((account, accountIndex) => {
      const find = (balances: readonly TokenBalance[] | null) =>
        balances?.find((each) => each.accountIndex === accountIndex && each.mint === mint);
      const pre = find(record.preTokenBalances);
      const post = find(record.postTokenBalances);
      if (pre?.amount === post?.amount) return;
      if (![account, pre?.owner, post?.owner].includes(address)) return;
      entries.push(entryOf(record, account, pre?.amount ?? null, post?.amount ?? null));
    });
    return entries.sort((left, right) => compareAddresses(left.address, right.address));
  });
}

function entryOf(
  record: TransactionRecord,
  address: Address,
  preAmount: bigint | null,
  postAmount: bigint | null,
): BalanceEntry {
  const { slot, signature, blockIndex } = record;
  return { slot, blockIndex: blockIndex ?? -1, signature, address, preAmount, postAmount };
}

const compareAddresses = (left: Address, right: Address) =>
  Buffer.compare(addressBytes(left), addressBytes(right));
