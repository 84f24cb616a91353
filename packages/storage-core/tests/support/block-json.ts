// The blocks of the corpus, read straight from their JSON: who is named, which balances differ. Written
// without the project's parsers, so that both can be wrong only in different ways.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { base58 } from '@scure/base';

interface TokenJson {
  readonly accountIndex: number;
  readonly mint: string;
  readonly owner?: string;
  readonly uiTokenAmount: { readonly amount: string };
}

interface TransactionJson {
  readonly transaction:
    | readonly [base64: string, encoding: 'base64']
    | { readonly signatures: string[]; readonly message: { readonly accountKeys: KeyJson[] } };
  readonly meta: {
    readonly preBalances: number[];
    readonly postBalances: number[];
    readonly preTokenBalances?: TokenJson[] | null;
    readonly postTokenBalances?: TokenJson[] | null;
    readonly loadedAddresses?: { readonly writable: string[]; readonly readonly: string[] };
  };
}

type KeyJson = string | { readonly pubkey: string };

export interface BlockJson {
  readonly slot: number;
  readonly parentSlot: number;
  readonly blockhash: string;
  readonly previousBlockhash: string;
  readonly blockTime: number | null;
  readonly blockHeight: number | null;
  readonly transactions: readonly TransactionJson[];
}

export interface PlainTransaction {
  readonly slot: number;
  readonly index: number;
  readonly signature: string;
  readonly keys: readonly string[];
  readonly meta: TransactionJson['meta'];
}

export interface PlainEntry {
  readonly slot: number;
  readonly index: number;
  readonly signature: string;
  readonly address: string;
  readonly pre: string | null;
  readonly post: string | null;
}

/** Ascending by slot. */
export function readBlocks(folder: string): BlockJson[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json.gz'))
    .map((name) => ({
      ...(JSON.parse(gunzipSync(readFileSync(join(folder, name))).toString()) as BlockJson),
      slot: Number(name.slice(0, name.indexOf('.'))),
    }))
    .sort((left, right) => left.slot - right.slot);
}

/** The files that the manifest calls excerpts, by their slots. */
export function excerptSlots(corpus: string): Set<number> {
  const manifest = JSON.parse(readFileSync(join(corpus, 'manifest.json'), 'utf8')) as {
    files: { file: string; kind: string }[];
  };
  const excerpts = manifest.files.filter(({ kind }) => kind === 'block-excerpt');
  return new Set(excerpts.map(({ file }) => Number(/(\d+)\.json/.exec(file)?.[1])));
}

export function plainTransactions(block: BlockJson): PlainTransaction[] {
  return block.transactions.map(({ transaction, meta }, index) => {
    const { signature, keys } = Array.isArray(transaction)
      ? fromWire(Buffer.from(transaction[0] as string, 'base64'))
      : fromJson(transaction as Exclude<TransactionJson['transaction'], readonly unknown[]>);
    const loaded = meta.loadedAddresses;
    const all = [...keys, ...(loaded?.writable ?? []), ...(loaded?.readonly ?? [])];
    return { slot: block.slot, index, signature, keys: all, meta };
  });
}

export function lamportEntries(
  transactions: readonly PlainTransaction[],
  address: string,
): PlainEntry[] {
  return transactions.flatMap(({ slot, index, signature, keys, meta }) => {
    const at = keys.indexOf(address);
    const pre = meta.preBalances[at];
    const post = meta.postBalances[at];
    if (at === -1 || pre === post) return [];
    return [{ slot, index, signature, address, pre: String(pre), post: String(post) }];
  });
}

/** Of the mint in the account itself, and in the accounts that it owns. */
export function tokenEntries(
  transactions: readonly PlainTransaction[],
  address: string,
  mint: string,
): PlainEntry[] {
  return transactions.flatMap(({ slot, index, signature, keys, meta }) => {
    const entries: PlainEntry[] = [];
    keys.forEach((account, accountIndex) => {
      const find = (list: TokenJson[] | null | undefined) =>
        list?.find((each) => each.accountIndex === accountIndex && each.mint === mint);
      const pre = find(meta.preTokenBalances);
      const post = find(meta.postTokenBalances);
      const before = pre?.uiTokenAmount.amount ?? null;
      const after = post?.uiTokenAmount.amount ?? null;
      if (before === after || ![account, pre?.owner, post?.owner].includes(address)) return;
      entries.push({ slot, index, signature, address: account, pre: before, post: after });
    });
    return entries.sort((left, right) =>
      Buffer.compare(base58.decode(left.address), base58.decode(right.address)),
    );
  });
}

/** Every (address, mint) of the transactions' token balances, owners too. */
export function tokenKeys(
  transactions: readonly PlainTransaction[],
): Map<string, [string, string]> {
  const keys = new Map<string, [string, string]>();
  for (const { meta, keys: accounts } of transactions) {
    for (const each of [...(meta.preTokenBalances ?? []), ...(meta.postTokenBalances ?? [])]) {
      for (const address of [accounts[each.accountIndex], each.owner]) {
        if (address !== undefined) keys.set(`${address}/${each.mint}`, [address, each.mint]);
      }
    }
  }
  return keys;
}

function fromJson(transaction: Exclude<TransactionJson['transaction'], readonly unknown[]>) {
  return {
    signature: transaction.signatures[0] as string,
    keys: transaction.message.accountKeys.map((key) =>
      typeof key === 'string' ? key : key.pubkey,
    ),
  };
}

/** Signatures and static keys of a transaction in its wire format; counts here are below 128. */
function fromWire(bytes: Buffer) {
  const signatures = bytes[0] as number;
  let at = 1 + signatures * 64;
  if ((bytes[at] as number) >= 0x80) at += 1;
  at += 3;
  const count = bytes[at] as number;
  at += 1;
  const keys = Array.from({ length: count }, (_, key) =>
    base58.encode(bytes.subarray(at + key * 32, at + key * 32 + 32)),
  );
  return { signature: base58.encode(bytes.subarray(1, 65)), keys };
}
