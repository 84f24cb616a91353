// A plain reading of getBlock results, as a person would read their JSON: the other side of what the
// graph answers. Invariant: it shares no code with the product.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { base58 } from '@scure/base';

// biome-ignore lint/suspicious/noExplicitAny: the plain side of the comparison has no types.
export type Json = any;

export interface PlainInstruction {
  /** 1 for one of the message; of the others what the block states, if it does. */
  readonly stackHeight: number | null;
  readonly programId: string;
  readonly accounts: readonly string[];
  readonly data: string;
}

export interface PlainTokenChange {
  readonly address: string;
  readonly mint: string;
  readonly tokenOwner: string | null;
  readonly decimals: number;
  readonly preAmount: string | null;
  readonly postAmount: string | null;
  readonly change: string;
}

export interface PlainTransaction {
  readonly signature: string;
  readonly signatures: readonly string[];
  readonly blockIndex: number;
  readonly version: string;
  readonly recentBlockhash: string;
  readonly accountKeys: readonly string[];
  /** Each before those that it invoked. */
  readonly instructions: readonly PlainInstruction[];
  /** Of all keys: lamports before and after. */
  readonly lamports: readonly (readonly [address: string, pre: string, post: string])[];
  readonly tokens: readonly PlainTokenChange[];
  /** As RPC states it. */
  readonly meta: Json;
}

export interface PlainBlock {
  readonly file: string;
  readonly slot: number;
  readonly parentSlot: number;
  readonly json: Json;
  readonly transactions: readonly PlainTransaction[];
}

/** Numbers of 16 digits and more as text, by the JSON's own source. */
export function plainJson(file: string): Json {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  // Reviving each value costs five times the parsing, and few blocks have such a number.
  if (!/[:[,]\s*\d{16}/.test(text)) return JSON.parse(text);
  const revive = (_key: string, value: unknown, context: { source?: string }) =>
    typeof value === 'number' && (context.source?.length ?? 0) >= 16 ? context.source : value;
  // The third argument is in Node 24 and not yet in TypeScript's library.
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

interface BlockFiles {
  /** Files of whole blocks, ascending by slot. */
  readonly blocks: readonly { readonly slot: number; readonly file: string }[];
  /** Files that hold only some of a block's transactions, by the manifest's word. */
  readonly excerpts: readonly { readonly slot: number; readonly file: string }[];
}

export function listBlocks(corpus: string): BlockFiles {
  const { files } = plainJson(join(corpus, 'manifest.json'));
  const kinds = new Map<string, string>(files.map(({ file, kind }: Json) => [file, kind]));
  const all = readdirSync(join(corpus, 'blocks'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\d+\.json(\.gz)?$/.test(name))
    .map((name) => ({
      slot: Number(/(\d+)\.json/.exec(name)?.[1]),
      file: join(corpus, 'blocks', name),
      kind: kinds.get(`blocks/${name}`),
    }))
    .sort((left, right) => left.slot - right.slot);
  return {
    blocks: all.filter(({ kind }) => kind === 'block'),
    excerpts: all.filter(({ kind }) => kind === 'block-excerpt'),
  };
}

export function readPlainBlock({ slot, file }: { slot: number; file: string }): PlainBlock {
  const json = plainJson(file);
  const transactions = json.transactions.map(readPlainTransaction);
  return { file, slot, parentSlot: json.parentSlot, json, transactions };
}

interface Message {
  readonly signatures: readonly string[];
  readonly version: string;
  readonly recentBlockhash: string;
  /** Of the message itself. */
  readonly keys: readonly string[];
  readonly instructions: readonly {
    readonly programIdIndex: number;
    readonly accounts: readonly number[];
    readonly data: Uint8Array;
  }[];
}

function readPlainTransaction(entry: Json, blockIndex: number): PlainTransaction {
  const { meta } = entry;
  const message = Array.isArray(entry.transaction)
    ? readMessageBytes(Buffer.from(entry.transaction[0], 'base64'))
    : readMessageJson(entry);
  const { writable = [], readonly = [] } = meta.loadedAddresses ?? {};
  const accountKeys: string[] = [...message.keys, ...writable, ...readonly];
  const named = (each: { programIdIndex: number; accounts: readonly number[] }) => ({
    programId: accountKeys[each.programIdIndex] ?? '',
    accounts: each.accounts.map((index) => accountKeys[index] ?? ''),
  });
  const instructions = message.instructions.flatMap((outer, index): PlainInstruction[] => {
    const inner = (meta.innerInstructions ?? [])
      .filter((group: Json) => group.index === index)
      .flatMap((group: Json) => group.instructions);
    return [
      { stackHeight: 1, ...named(outer), data: Buffer.from(outer.data).toString('base64') },
      ...inner.map((each: Json) => ({
        stackHeight: each.stackHeight ?? null,
        ...named(each),
        data: Buffer.from(base58.decode(each.data)).toString('base64'),
      })),
    ];
  });
  return {
    signature: message.signatures[0] ?? '',
    signatures: message.signatures,
    blockIndex,
    version: message.version,
    recentBlockhash: message.recentBlockhash,
    accountKeys,
    instructions,
    lamports: accountKeys.map((address, index) => [
      address,
      String(meta.preBalances[index]),
      String(meta.postBalances[index]),
    ]),
    tokens: readTokens(meta, accountKeys),
    meta,
  };
}

function readMessageJson({ transaction, version }: Json): Message {
  const { message, signatures } = transaction;
  return {
    signatures,
    // Blocks older than versioned transactions have none.
    version: String(version ?? 'legacy'),
    recentBlockhash: message.recentBlockhash,
    keys: message.accountKeys,
    instructions: message.instructions.map((each: Json) => ({
      programIdIndex: each.programIdIndex,
      accounts: each.accounts,
      data: base58.decode(each.data),
    })),
  };
}

/** The wire format: https://solana.com/docs/core/transactions#transaction-format */
function readMessageBytes(bytes: Buffer): Message {
  let at = 0;
  const take = (size: number) => {
    at += size;
    return bytes.subarray(at - size, at);
  };
  const byte = () => take(1)[0] ?? 0;
  /** A length in groups of seven bits, the lowest first. */
  const length = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const group = byte();
      value |= (group & 0x7f) << shift;
      if (group < 0x80) return value;
    }
  };
  const list = <Item>(read: () => Item): Item[] => Array.from({ length: length() }, read);
  const signatures = list(() => base58.encode(take(64)));
  const isVersioned = (bytes[at] ?? 0) >= 0x80;
  const version = isVersioned ? String(byte() & 0x7f) : 'legacy';
  take(3);
  const keys = list(() => base58.encode(take(32)));
  const recentBlockhash = base58.encode(take(32));
  const instructions = list(() => ({
    programIdIndex: byte(),
    accounts: list(byte),
    data: take(length()),
  }));
  return { signatures, version, recentBlockhash, keys, instructions };
}

/** Post minus pre for each token account and mint, in the order of the keys. */
function readTokens(meta: Json, accountKeys: readonly string[]): PlainTokenChange[] {
  const pre: Json[] = meta.preTokenBalances ?? [];
  const post: Json[] = meta.postTokenBalances ?? [];
  const isOf = (one: Json) => (other: Json) =>
    one.accountIndex === other.accountIndex && one.mint === other.mint;
  const sides = [
    ...pre.map((before) => ({ before, after: post.find(isOf(before)) })),
    ...post.filter((after) => !pre.some(isOf(after))).map((after) => ({ before: null, after })),
  ];
  return sides
    .map(({ before, after }) => {
      const stated = after ?? before;
      const preAmount: string | null = before?.uiTokenAmount.amount ?? null;
      const postAmount: string | null = after?.uiTokenAmount.amount ?? null;
      return {
        index: stated.accountIndex,
        change: {
          address: accountKeys[stated.accountIndex] ?? '',
          mint: stated.mint,
          tokenOwner: stated.owner || before?.owner || null,
          decimals: stated.uiTokenAmount.decimals,
          preAmount,
          postAmount,
          change: String(BigInt(postAmount ?? 0) - BigInt(preAmount ?? 0)),
        },
      };
    })
    .sort((left, right) => left.index - right.index)
    .map(({ change }) => change);
}
