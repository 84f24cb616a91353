// Every account with an address and every transaction of the corpus through the front door, raced and
// verified, against a plain reading of the same JSON. Skipped, and says so, without the corpus.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { base58 } from '@scure/base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../src/schema/index.ts';
import type { GraphqlBody } from './support/front-door.ts';
import { type RealNetwork, startRealNetwork } from './support/real-network.ts';
import { ownFields } from './support/select-fields.ts';

const CORPUS = process.env.STREAMSYNC_CORPUS ?? join(import.meta.dirname, '../../../shared/corpus');
const isAbsent = !existsSync(join(CORPUS, 'manifest.json'));
if (isAbsent) process.stdout.write(`SKIPPED: no corpus in ${CORPUS}; set STREAMSYNC_CORPUS.\n`);

const ACCOUNTS_PER_QUERY = 50;
/** Below the limit of 32 aliases. */
const TRANSACTIONS_PER_QUERY = 30;

// biome-ignore lint/suspicious/noExplicitAny: the plain side of the comparison has no types.
type Json = any;

/** A plain reading: numbers of 16 digits and more as text, by the JSON's own source. */
function plain(file: string): Json {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const revive = (_key: string, value: unknown, context: { source?: string }) =>
    typeof value === 'number' && (context.source?.length ?? 0) >= 16 ? context.source : value;
  // The third argument is in Node 24 and not yet in TypeScript's library.
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

const jsonFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.json(\.gz)?$/.test(name))
    .sort()
    .map((name) => join(folder, name));

/** Of several states of one address the file without `.n`, else the lowest n. */
function accountsStated(): Map<string, Json> {
  const held = new Map<string, { rank: number; account: Json }>();
  for (const file of jsonFiles(join(CORPUS, 'accounts'))) {
    const { pubkey, account } = plain(file);
    if (!pubkey) continue;
    const rank = Number(/\.(\d+)\.json/.exec(file)?.[1] ?? -1);
    const other = held.get(pubkey);
    if (other === undefined || rank < other.rank) held.set(pubkey, { rank, account });
  }
  return new Map([...held].map(([pubkey, { account }]) => [pubkey, account]));
}

/** The graph's type of each kind of the manifest that has a parser. */
const TYPES: Readonly<Record<string, string>> = {
  system: 'SystemAccount',
  nonce: 'NonceAccount',
  'spl-mint': 'Mint',
  'spl-token-account': 'TokenAccount',
  'spl-multisig': 'Multisig',
  'token2022-mint': 'Mint',
  'token2022-account': 'TokenAccount',
  'mpl-metadata': 'TokenMetadata',
  'mpl-edition-v1': 'Edition',
  'mpl-master-edition-v2': 'MasterEdition',
  'mpl-core-asset': 'CoreAsset',
  'mpl-core-collection': 'CoreCollection',
  stake: 'StakeAccount',
  vote: 'VoteAccount',
  'lookup-table': 'AddressLookupTable',
  programdata: 'ProgramData',
  config: 'ValidatorInfo',
};

/** By address, from the manifest; programs are told by their loader. */
function typesStated(): Map<string, string> {
  const { files } = plain(join(CORPUS, 'manifest.json'));
  return new Map(
    files
      .filter(({ file, pubkey }: Json) => file.startsWith('accounts/') && pubkey)
      .map(({ kind, owner, pubkey }: Json) => {
        if (kind !== 'program') return [pubkey, TYPES[kind] ?? 'ProgramAccount'];
        return [pubkey, owner.startsWith('BPFLoader2') ? 'FinalProgram' : 'UpgradeableProgram'];
      }),
  );
}

/** Facts that stand at a fixed place in the bytes of a type, read without a parser. */
const PLAIN_FACTS: Readonly<Record<string, (data: Buffer) => object>> = {
  Edition: (data) => ({
    parent: base58.encode(data.subarray(1, 33)),
    edition: String(data.readBigUInt64LE(33)),
  }),
  MasterEdition: (data) => ({ supply: String(data.readBigUInt64LE(1)) }),
  TokenMetadata: (data) => ({
    updateAuthority: base58.encode(data.subarray(1, 33)),
    mint: base58.encode(data.subarray(33, 65)),
  }),
  CoreAsset: (data) => ({ assetOwner: base58.encode(data.subarray(1, 33)) }),
  CoreCollection: (data) => ({ updateAuthority: base58.encode(data.subarray(1, 33)) }),
  StakeAccount: (data) => ({
    staker: base58.encode(data.subarray(12, 44)),
    withdrawer: base58.encode(data.subarray(44, 76)),
  }),
  VoteAccount: (data) => ({
    node: base58.encode(data.subarray(4, 36)),
    authorizedWithdrawer: base58.encode(data.subarray(36, 68)),
    commissionBasisPoints: (data[68] ?? 0) * 100,
  }),
  AddressLookupTable: (data) => ({
    lastExtendedSlot: String(data.readBigUInt64LE(12)),
    addresses: Array.from({ length: (data.length - 56) / 32 }, (_, index) =>
      base58.encode(data.subarray(56 + 32 * index, 88 + 32 * index)),
    ),
  }),
  UpgradeableProgram: (data) => ({ programData: base58.encode(data.subarray(4, 36)) }),
  ProgramData: (data) => ({
    deployedSlot: String(data.readBigUInt64LE(4)),
    codeSizeBytes: String(data.length - 45),
  }),
  FinalProgram: (data) => ({ codeSizeBytes: String(data.length) }),
};

interface Stated {
  readonly file: string;
  readonly signature: string;
  readonly expected: object;
}

const isBase58Of = (text: string, size: number): boolean => {
  try {
    return base58.decode(text).length === size;
  } catch {
    return false;
  }
};

const keyText = (key: string | { pubkey: string }) => (typeof key === 'string' ? key : key.pubkey);

/** The first signature names the transaction; in bytes it stands behind one byte that counts them. */
function signatureOf(transaction: Json): string {
  return Array.isArray(transaction)
    ? base58.encode(Buffer.from(transaction[0], 'base64').subarray(1, 65))
    : transaction.signatures[0];
}

/** What each file states; null where its signature or a key is a placeholder, as of no chain. */
function readStated(file: string): Stated | null {
  const json = plain(file);
  if ('isVote' in json) {
    const nothing = { feeLamports: null, succeeded: null, error: null, balanceChanges: null };
    return {
      file,
      signature: json.signature,
      expected: { signature: json.signature, slot: String(json.slot), ...nothing },
    };
  }
  const { transaction, meta, slot } = json;
  const signature = signatureOf(transaction);
  if (!Array.isArray(transaction)) {
    const keys: string[] = transaction.message.accountKeys.map(keyText);
    const areReal = keys.every((key) => isBase58Of(key, 32));
    if (!transaction.signatures.every((each: string) => isBase58Of(each, 64)) || !areReal) {
      return null;
    }
  }
  const balances = meta.preBalances.map((lamports: unknown, index: number) => ({
    preLamports: String(lamports),
    postLamports: String(meta.postBalances[index]),
  }));
  return {
    file,
    signature,
    expected: {
      signature,
      slot: String(slot),
      feeLamports: String(meta.fee),
      succeeded: meta.err === null,
      error: meta.err === null ? null : JSON.stringify(meta.err),
      balanceChanges: balances,
    },
  };
}

function expectVerified({ errors, extensions }: GraphqlBody): void {
  expect(errors).toBeUndefined();
  const races = extensions?.streamsync.races;
  expect(races.length).toBeGreaterThan(0);
  for (const race of races) {
    expect(race.verifiers.length).toBeGreaterThan(0);
  }
}

function inBatches<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

describe.skipIf(isAbsent)('the corpus through the front door', () => {
  let network: RealNetwork;

  beforeAll(async () => {
    network = await startRealNetwork(
      `accounts = "${CORPUS}/accounts"\ntransactions = "${CORPUS}/transactions"\nblocks = "${CORPUS}/blocks/devnet"`,
    );
  }, 150_000);
  afterAll(() => network?.stop());

  it('serves every account with the lamports, owner and bytes of its dump', {
    timeout: 60_000,
  }, async () => {
    const stated = [...accountsStated()];
    expect(stated.length).toBeGreaterThan(300);
    for (const batch of inBatches(stated, ACCOUNTS_PER_QUERY)) {
      const answer = await network.ask(
        'query($list: [Address!]!) { accounts(addresses: $list) { address lamports owner executable data(encoding: BASE64) } }',
        { list: batch.map(([address]) => address) },
      );
      expectVerified(answer);
      batch.forEach(([address, account], index) => {
        expect(account.data[1], address).toBe('base64');
        expect(answer.data.accounts[index]).toEqual({
          address,
          lamports: String(account.lamports),
          owner: account.owner,
          executable: account.executable,
          data: account.data[0],
        });
      });
    }
  });

  it('serves every account as the type that it is, with every field of its own', {
    timeout: 60_000,
  }, async () => {
    const types = typesStated();
    const byType = Map.groupBy(accountsStated(), ([address]) => types.get(address) ?? 'unknown');
    expect([...byType.keys()].sort()).toEqual([...new Set([...types.values()])].sort());
    for (const [type, stated] of byType) {
      const fields = ownFields(schema, type, { links: false }).join(' ') || 'address';
      for (const batch of inBatches(stated, ACCOUNTS_PER_QUERY)) {
        const answer = await network.ask(
          `query($list: [Address!]!) { accounts(addresses: $list) { __typename ... on ${type} { ${fields} } } }`,
          { list: batch.map(([address]) => address) },
        );
        expectVerified(answer);
        batch.forEach(([address, { data }], index) => {
          const account = answer.data.accounts[index];
          expect(account.__typename, address).toBe(type);
          const facts = PLAIN_FACTS[type]?.(Buffer.from(data[0], 'base64')) ?? {};
          expect(account, address).toMatchObject(facts);
          if (type === 'ProgramAccount') expect(account.parseFailure, address).toBeNull();
        });
      }
    }
  });

  it('serves every transaction with the fee, status and balances of its JSON', {
    timeout: 60_000,
  }, async () => {
    const folder = join(CORPUS, 'transactions');
    const files = jsonFiles(folder);
    const stated = files.flatMap((file) => readStated(file) ?? []);
    const kinds = new Set(stated.map(({ file }) => file.slice(folder.length + 1).split('/')[0]));
    expect([...kinds].sort()).toEqual(['base64', 'json', 'jsonParsed', 'plerkle']);
    expect(files.length - stated.length).toBeLessThan(10);
    expect(stated.length).toBeGreaterThan(800);
    for (const batch of inBatches(stated, TRANSACTIONS_PER_QUERY)) {
      const fields = batch.map(
        ({ signature }, index) => `t${index}: transaction(signature: "${signature}") { ...Facts }`,
      );
      const answer = await network.ask(
        `{ ${fields.join(' ')} } fragment Facts on Transaction { signature slot feeLamports succeeded error balanceChanges { preLamports postLamports } }`,
      );
      expectVerified(answer);
      batch.forEach(({ expected, file }, index) => {
        expect(answer.data[`t${index}`], file).toEqual(expected);
      });
    }
  });

  it('serves the transactions of blocks with what their JSON states', async () => {
    for (const file of jsonFiles(join(CORPUS, 'blocks/devnet'))) {
      const slot = /(\d+)\.json/.exec(file)?.[1];
      const sample: Json[] = plain(file).transactions.slice(0, TRANSACTIONS_PER_QUERY);
      const fields = sample.map(
        ({ transaction }, index) =>
          `t${index}: transaction(signature: "${signatureOf(transaction)}") { slot feeLamports succeeded balanceChanges { preLamports postLamports } }`,
      );
      const answer = await network.ask(`{ ${fields.join(' ')} }`);
      expectVerified(answer);
      sample.forEach(({ meta }, index) => {
        expect(answer.data[`t${index}`], `${file} ${index}`).toEqual({
          slot,
          feeLamports: String(meta.fee),
          succeeded: meta.err === null,
          balanceChanges: meta.preBalances.map((lamports: unknown, at: number) => ({
            preLamports: String(lamports),
            postLamports: String(meta.postBalances[at]),
          })),
        });
      });
    }
  });

  it.each([
    ['an address that no dump has', 'account(address: "KEY") { slot }', 'NOT_COVERED'],
    ['a list that was not fed', 'tokenAccounts(owner: "KEY") { edges { cursor } }', 'NOT_COVERED'],
    [
      'a signature that no file has',
      'transaction(signature: "SIGNATURE") { slot }',
      'HISTORY_NOT_COVERED',
    ],
    [
      'a slot below the first',
      'account(address: "KEY", slot: "1") { slot }',
      'HISTORY_NOT_COVERED',
    ],
    ['a slot above the last', 'account(address: "KEY", slot: "999999999") { slot }', 'FUTURE_SLOT'],
  ])('says of %s that it is not covered, and never null alone', async (_name, field, code) => {
    const key = base58.encode(new Uint8Array(32).fill(77));
    const signature = base58.encode(new Uint8Array(64).fill(77));
    const { data, errors } = await network.ask(
      `{ ${field.replace('KEY', key).replace('SIGNATURE', signature)} }`,
    );
    expect(Object.values(data ?? { none: null })).toEqual([null]);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual([code]);
  });
});
