// Real chain data from folders, served raced and verified through the front door.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { addressFromBytes } from '@streamsync/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  askGraphql,
  type Description,
  type DevnetProcess,
  READY_MS_MAX,
  type Response,
  runDevnet,
} from './devnet-process.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const CORPUS = process.env.STREAMSYNC_CORPUS ?? join(ROOT, '..', 'shared', 'corpus');
const ACCOUNTS = join(CORPUS, 'accounts');
const BLOCKS = join(CORPUS, 'blocks', 'mainnet');
const isAbsent = !existsSync(ACCOUNTS) || !existsSync(BLOCKS);
if (isAbsent) {
  process.stdout.write(`SKIPPED: no corpus at ${CORPUS} (STREAMSYNC_CORPUS names another place)\n`);
}
const ACCOUNTS_ASKED = 60;
const BLOCKS_ASKED = 5;

interface Dump {
  readonly pubkey: string;
  readonly account: { readonly lamports: number; readonly owner: string; readonly data: [string] };
}

interface BlockTransaction {
  readonly transaction: { readonly signatures: [string] };
  readonly meta: {
    readonly fee: number;
    readonly err: unknown;
    readonly preBalances: number[];
    readonly postBalances: number[];
  };
}

const read = (file: string): string => {
  const bytes = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
};

function spread<Item>(items: readonly Item[], count: number): Item[] {
  const stride = Math.max(1, Math.floor(items.length / count));
  return items.filter((_, index) => index % stride === 0).slice(0, count);
}

/** Dumps whose file is named by their address alone: of several states these win. */
function dumps(): Dump[] {
  const names = readdirSync(ACCOUNTS, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\/[1-9A-HJ-NP-Za-km-z]{32,44}\.json(\.gz)?$/.test(name))
    .filter((name) => !name.startsWith('no-pubkey'))
    .sort();
  return spread(names, ACCOUNTS_ASKED).map(
    (name) => JSON.parse(read(join(ACCOUNTS, name))) as Dump,
  );
}

function expectVerified({ errors, extensions }: Response): void {
  expect(errors).toBeUndefined();
  const races = extensions?.streamsync.races ?? [];
  expect(races.length).toBeGreaterThan(0);
  for (const race of races) expect(race.verifiers.length).toBeGreaterThan(0);
}

describe.skipIf(isAbsent)('folders of real chain data', () => {
  let devnet: DevnetProcess;
  let network: Description;

  beforeAll(async () => {
    devnet = runDevnet('--ports', '0', '--accounts', ACCOUNTS, '--blocks', BLOCKS);
    network = await devnet.ready;
  }, READY_MS_MAX);
  afterAll(() => devnet.dispose());

  it('serve accounts with the lamports, owner and bytes of their dumps', async () => {
    const wanted = dumps();
    expect(wanted.length).toBeGreaterThan(30);
    const addresses = wanted.map((dump) => JSON.stringify(dump.pubkey)).join(',');
    const reply = await askGraphql(
      network.graphql.url,
      `{ accounts(addresses: [${addresses}]) { address owner lamports data(encoding: BASE64) } }`,
    );
    expectVerified(reply);
    expect(reply.data?.accounts).toEqual(
      wanted.map(({ pubkey, account }) => ({
        address: pubkey,
        owner: account.owner,
        lamports: String(account.lamports),
        data: account.data[0],
      })),
    );
  });

  it('serve transactions with the fee, status and balances of their blocks', async () => {
    const files = readdirSync(BLOCKS).filter((name) => /\.json(\.gz)?$/.test(name));
    for (const name of spread(files, BLOCKS_ASKED)) {
      const block = JSON.parse(read(join(BLOCKS, name))) as { transactions: BlockTransaction[] };
      const [first] = block.transactions.filter((each) => each.meta !== null);
      if (first === undefined) continue;
      const { transaction, meta } = first;
      const [signature] = transaction.signatures;
      const reply = await askGraphql(
        network.graphql.url,
        `{ transaction(signature: "${signature}") { signature slot feeLamports succeeded
           balanceChanges { preLamports postLamports } } }`,
      );
      expectVerified(reply);
      expect(reply.data?.transaction, name).toMatchObject({
        signature,
        slot: name.split('.')[0],
        feeLamports: String(meta.fee),
        succeeded: meta.err === null,
        balanceChanges: meta.preBalances.map((before, index) => ({
          preLamports: String(before),
          postLamports: String(meta.postBalances[index]),
        })),
      });
    }
  });

  it('say that they do not cover what is not in them', async () => {
    const reply = await askGraphql(
      network.graphql.url,
      `{ account(address: "${addressFromBytes(new Uint8Array(32).fill(7))}") { lamports } }`,
    );
    expect(reply.data).toEqual({ account: null });
    expect(reply.errors).toEqual([
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'NOT_COVERED' }) }),
    ]);
  });
});
