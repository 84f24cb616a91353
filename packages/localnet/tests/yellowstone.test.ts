// The Yellowstone face, asked by the real client package through real sockets.

import {
  credentials,
  makeGenericClientConstructor,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { base58 } from '@scure/base';
import { type Keypair, type PublicKey, SystemProgram, Transaction } from '@solana/web3.js';
import { CommitmentLevel, SlotStatus, txEncode, txErrDecode } from '@triton-one/yellowstone-grpc';
import { describe, expect, it } from 'vitest';
import { geyserService, type Localnet } from '../src/index.ts';
import { ALL_ACCOUNTS, ALL_TRANSACTIONS, connectGeyser, GeyserStream } from './geyser-stream.ts';
import {
  advance,
  call,
  connect,
  fundedWallet,
  newAddress,
  SOL,
  startTestLocalnet,
} from './support.ts';

const { CONFIRMED, FINALIZED, PROCESSED } = CommitmentLevel;
const text = (bytes: Uint8Array) => base58.encode(bytes);

async function pay(localnet: Localnet, from: Keypair, to: PublicKey, lamports: number) {
  const transaction = new Transaction().add(
    SystemProgram.transfer({ fromPubkey: from.publicKey, toPubkey: to, lamports }),
  );
  return connect(localnet).sendTransaction(transaction, [from], { skipPreflight: true });
}

const ALL = {
  accounts: ALL_ACCOUNTS,
  transactions: ALL_TRANSACTIONS,
  blocksMeta: { meta: {} },
  slots: { slots: { filterByCommitment: true } },
};

describe('a stream of the Yellowstone face', () => {
  it('tells a confirmed slot whole: accounts and transactions, then the block, then the slot', async () => {
    const localnet = await startTestLocalnet();
    const wallet = await fundedWallet(localnet);
    const stream = await GeyserStream.open(localnet, { ...ALL, commitment: CONFIRMED });
    const to = newAddress();
    const first = await pay(localnet, wallet, to, SOL);
    const second = await pay(localnet, wallet, to, 2 * SOL);
    const { block } = localnet.advanceSlot();
    await stream.until(() => stream.of('slot').length === 1);

    const kinds = stream.updates.flatMap((update) => {
      if (update.account) return update.account.account ? ['account'] : [];
      if (update.transaction) return ['transaction'];
      if (update.blockMeta) return ['blockMeta'];
      return update.slot ? ['slot'] : [];
    });
    expect(kinds.slice(-4)).toEqual(['transaction', 'transaction', 'blockMeta', 'slot']);
    expect(kinds.slice(0, -4).every((kind) => kind === 'account')).toBe(true);

    const slot = String(block.slot);
    expect(stream.of('slot')[0]).toMatchObject({
      slot,
      parent: String(block.slot - 1),
      status: SlotStatus.SLOT_CONFIRMED,
    });
    expect(stream.of('blockMeta')[0]).toMatchObject({
      slot,
      blockhash: block.blockhash,
      parentBlockhash: block.previousBlockhash,
      parentSlot: String(block.parentSlot),
      blockTime: { timestamp: String(block.blockTimeSeconds) },
      blockHeight: { blockHeight: slot },
      executedTransactionCount: '2',
    });
    // The state that the slot left, once, with the transaction that wrote it last.
    const paid = stream
      .of('account')
      .filter(({ account }) => text(account?.pubkey ?? new Uint8Array()) === to.toBase58());
    expect(paid).toHaveLength(1);
    expect(paid[0]).toMatchObject({ slot, account: { lamports: String(3 * SOL) } });
    expect(text(paid[0]?.account?.txnSignature ?? new Uint8Array())).toBe(second);
    const versions = stream.of('account').map(({ account }) => Number(account?.writeVersion));
    expect(new Set(versions).size).toBe(versions.length);

    const transactions = stream.of('transaction');
    expect(
      transactions.map(({ transaction }) => text(transaction?.signature ?? new Uint8Array())),
    ).toEqual([first, second]);
    expect(transactions.map(({ transaction }) => transaction?.index)).toEqual(['0', '1']);
  });

  it('carries a transaction as RPC has it', async () => {
    const localnet = await startTestLocalnet();
    const wallet = await fundedWallet(localnet);
    const stream = await GeyserStream.open(localnet, {
      transactions: ALL_TRANSACTIONS,
      commitment: CONFIRMED,
    });
    // More than the wallet has: the transaction fails, and pays its fee.
    const signature = await pay(localnet, wallet, newAddress(), 100 * SOL);
    localnet.advanceSlot();
    await stream.until(() => stream.of('transaction').length === 1);
    const info = stream.of('transaction')[0]?.transaction;
    if (!info?.meta?.err) throw new Error('the transaction failed');
    const config = { encoding: 'json', maxSupportedTransactionVersion: 0, commitment: 'confirmed' };
    const { transaction, meta } = await call<{ transaction: object; meta: { err: object } }>(
      localnet,
      'getTransaction',
      [signature, config],
    );
    const encoded = txEncode.encode(info, 3, 0, true) as unknown as Record<string, never>;
    expect(encoded.transaction).toEqual(transaction);
    expect(encoded.meta).toMatchObject({ ...meta, rewards: [] });
    expect(txErrDecode.decode(info.meta.err.err)).toEqual(meta.err);
  });

  it('tells a processed transaction and its writes at once', async () => {
    const localnet = await startTestLocalnet();
    const wallet = await fundedWallet(localnet);
    const stream = await GeyserStream.open(localnet, { ...ALL, commitment: PROCESSED });
    const to = newAddress();
    await pay(localnet, wallet, to, SOL);
    await pay(localnet, wallet, to, 2 * SOL);
    await stream.until(() => stream.of('transaction').length === 2);
    expect(stream.of('blockMeta')).toEqual([]);
    const lamports = stream
      .of('account')
      .filter(({ account }) => text(account?.pubkey ?? new Uint8Array()) === to.toBase58())
      .map(({ account }) => account?.lamports);
    expect(lamports).toEqual([String(SOL), String(3 * SOL)]);
    localnet.advanceSlot();
    await stream.until(() => stream.of('slot').length === 1);
    expect(stream.of('blockMeta')).toHaveLength(1);
  });

  it('tells a finalized slot 31 slots behind the open one', async () => {
    const localnet = await startTestLocalnet();
    const stream = await GeyserStream.open(localnet, { ...ALL, commitment: FINALIZED });
    advance(localnet, 30);
    await stream.ping(1);
    expect(stream.of('slot')).toEqual([]);
    advance(localnet, 1);
    await stream.until(() => stream.of('slot').length === 1);
    expect(stream.of('slot')[0]).toMatchObject({ slot: '1', status: SlotStatus.SLOT_FINALIZED });
    expect(stream.of('blockMeta').map(({ slot }) => slot)).toEqual(['1']);
  });

  it('tells every status of a slot, and those between slots on request', async () => {
    const localnet = await startTestLocalnet();
    const plain = await GeyserStream.open(localnet, { slots: { s: {} }, commitment: CONFIRMED });
    const all = await GeyserStream.open(localnet, { slots: { s: { interslotUpdates: true } } });
    advance(localnet, 1);
    await plain.ping(1);
    await all.ping(1);
    const statuses = (stream: GeyserStream) =>
      stream.of('slot').map(({ slot, status }) => `${slot} ${SlotStatus[status]}`);
    expect(statuses(plain)).toEqual(['1 SLOT_PROCESSED', '1 SLOT_CONFIRMED']);
    expect(statuses(all)).toEqual([
      '1 SLOT_COMPLETED',
      '1 SLOT_PROCESSED',
      '1 SLOT_CONFIRMED',
      '2 SLOT_FIRST_SHRED_RECEIVED',
      '2 SLOT_CREATED_BANK',
    ]);
  });

  it('tells the account that closed as one without lamports', async () => {
    const localnet = await startTestLocalnet();
    const wallet = await fundedWallet(localnet);
    const stream = await GeyserStream.open(localnet, {
      accounts: { wallet: { account: [wallet.publicKey.toBase58()], owner: [], filters: [] } },
      commitment: CONFIRMED,
    });
    await pay(localnet, wallet, newAddress(), 10 * SOL - 5_000);
    localnet.advanceSlot();
    await stream.until(() => stream.of('account').length === 1);
    expect(stream.of('account')[0]?.account).toMatchObject({ lamports: '0' });
    expect(stream.updates.find(({ account }) => account)?.filters).toEqual(['wallet']);
  });

  it('lets accounts pass by each kind of filter', async () => {
    const localnet = await startTestLocalnet();
    const wallet = await fundedWallet(localnet);
    const to = newAddress();
    const none = { account: [], owner: [], filters: [] };
    const clock = 'SysvarC1ock11111111111111111111111111111111';
    const stream = await GeyserStream.open(localnet, {
      commitment: CONFIRMED,
      accounts: {
        account: { ...none, account: [to.toBase58()] },
        owner: { ...none, owner: ['Sysvar1111111111111111111111111111111111111'] },
        both: { ...none, account: [to.toBase58()], owner: [clock] },
        size: { ...none, filters: [{ datasize: '40' }] },
        memcmp: {
          ...none,
          filters: [{ memcmp: { offset: '0', bytes: new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0]) } }],
        },
        memcmp58: {
          ...none,
          filters: [
            {
              memcmp: {
                offset: '0',
                base58: base58.encode(new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0])),
              },
            },
          ],
        },
        rich: { ...none, filters: [{ lamports: { gt: String(5 * SOL) } }, { datasize: '0' }] },
        exact: { ...none, filters: [{ lamports: { eq: String(SOL) } }] },
        signed: { ...none, nonemptyTxnSignature: true },
        unsigned: { ...none, nonemptyTxnSignature: false, account: [clock] },
        tokens: { ...none, filters: [{ tokenAccountState: true }] },
      },
    });
    await pay(localnet, wallet, to, SOL);
    const { block } = localnet.advanceSlot();
    expect(block.slot).toBe(2);
    await stream.ping(1);
    const filters = new Map(
      stream.updates.flatMap(({ account, filters }) =>
        account?.account ? [[text(account.account.pubkey), [...filters].sort()]] : [],
      ),
    );
    expect(filters.get(to.toBase58())).toEqual(['account', 'exact', 'signed']);
    expect(filters.get(wallet.publicKey.toBase58())).toEqual(['rich', 'signed']);
    expect(filters.get(clock)).toEqual(['memcmp', 'memcmp58', 'owner', 'size', 'unsigned']);
  });

  it('cuts account data to its slices', async () => {
    const localnet = await startTestLocalnet();
    const clock = 'SysvarC1ock11111111111111111111111111111111';
    const stream = await GeyserStream.open(localnet, {
      commitment: CONFIRMED,
      accounts: { clock: { account: [clock], owner: [], filters: [] } },
      accountsDataSlice: [
        { offset: '0', length: '1' },
        { offset: '4', length: '4' },
      ],
    });
    const { block } = localnet.advanceSlot();
    await stream.until(() => stream.of('account').length === 1);
    expect([...(stream.of('account')[0]?.account?.data ?? [])]).toEqual([block.slot, 0, 0, 0, 0]);
  });

  it('lets transactions pass by each kind of filter, and tells their status alone', async () => {
    const localnet = await startTestLocalnet();
    const wallet = await fundedWallet(localnet);
    const to = newAddress();
    const [a, b, stranger] = [wallet.publicKey.toBase58(), to.toBase58(), newAddress().toBase58()];
    const none = { accountInclude: [], accountExclude: [], accountRequired: [] };
    const good = await pay(localnet, wallet, to, SOL);
    const filters = {
      include: { ...none, accountInclude: [stranger, b] },
      exclude: { ...none, accountExclude: [b] },
      required: { ...none, accountRequired: [a, b] },
      requiredOther: { ...none, accountRequired: [a, stranger] },
      failed: { ...none, failed: true },
      succeeded: { ...none, failed: false },
      votes: { ...none, vote: true },
      noVotes: { ...none, vote: false },
      signature: { ...none, signature: good },
    };
    const stream = await GeyserStream.open(localnet, {
      commitment: CONFIRMED,
      transactions: filters,
      transactionsStatus: { failed: { ...none, failed: true } },
    });
    const bad = await pay(localnet, wallet, to, 100 * SOL);
    localnet.advanceSlot();
    await stream.ping(1);
    const passed = new Map(
      stream.updates.flatMap(({ transaction, filters: names }) =>
        transaction?.transaction
          ? [[text(transaction.transaction.signature), [...names].sort()]]
          : [],
      ),
    );
    expect(passed.get(good)).toEqual(['include', 'noVotes', 'required', 'signature', 'succeeded']);
    expect(passed.get(bad)).toEqual(['failed', 'include', 'noVotes', 'required']);
    const statuses = stream.of('transactionStatus');
    expect(statuses.map(({ signature, index }) => [text(signature), index])).toEqual([[bad, '1']]);
    expect(statuses[0]?.err?.err.length).toBeGreaterThan(0);
  });

  it('tells whole blocks', async () => {
    const localnet = await startTestLocalnet();
    const wallet = await fundedWallet(localnet);
    const to = newAddress();
    const stream = await GeyserStream.open(localnet, {
      commitment: CONFIRMED,
      blocks: {
        all: { accountInclude: [], includeTransactions: true, includeAccounts: true },
        other: { accountInclude: [newAddress().toBase58()], includeAccounts: true },
      },
    });
    await pay(localnet, wallet, to, SOL);
    const { block } = localnet.advanceSlot();
    await stream.until(() => stream.of('block').length === 2);
    const blockOf = (filter: string) =>
      stream.updates.find(({ block, filters }) => block && filters.includes(filter))?.block;
    const [all, other] = [blockOf('all'), blockOf('other')];
    expect(all).toMatchObject({
      slot: String(block.slot),
      blockhash: block.blockhash,
      executedTransactionCount: '1',
    });
    expect(all?.transactions).toHaveLength(1);
    expect(all?.accounts.map(({ pubkey }) => text(pubkey))).toContain(to.toBase58());
    expect(all?.updatedAccountCount).toBe(String(all?.accounts.length));
    expect(other?.transactions).toEqual([]);
    expect(other?.accounts).toEqual([]);
  });

  it('takes new filters in the place of the old ones, and answers pings beside them', async () => {
    const localnet = await startTestLocalnet();
    const stream = await GeyserStream.open(localnet, {
      blocksMeta: { a: {} },
      commitment: CONFIRMED,
    });
    advance(localnet, 1);
    stream.write({ slots: { s: { filterByCommitment: true } }, commitment: CONFIRMED });
    await stream.ping(7);
    advance(localnet, 1);
    await stream.until(() => stream.of('slot').length === 1);
    expect(stream.of('blockMeta').map(({ slot }) => slot)).toEqual(['1']);
    expect(stream.of('slot').map(({ slot }) => slot)).toEqual(['2']);
  });
});

describe('from_slot', () => {
  it('tells the slots since, each once, and goes on with what is new', async () => {
    const localnet = await startTestLocalnet();
    const wallet = await fundedWallet(localnet);
    const to = newAddress();
    for (let round = 0; round < 5; round += 1) {
      await pay(localnet, wallet, to, SOL);
      advance(localnet, 1);
    }
    const stream = await GeyserStream.open(localnet, {
      ...ALL,
      commitment: CONFIRMED,
      fromSlot: '3',
    });
    await pay(localnet, wallet, to, SOL);
    advance(localnet, 1);
    await stream.until(() => stream.of('slot').length === 5);
    expect(stream.of('slot').map(({ slot }) => slot)).toEqual(['3', '4', '5', '6', '7']);
    expect(stream.of('blockMeta').map(({ slot }) => slot)).toEqual(['3', '4', '5', '6', '7']);
    const balances = stream
      .of('account')
      .filter(({ account }) => text(account?.pubkey ?? new Uint8Array()) === to.toBase58())
      .map(({ account }) => Number(account?.lamports) / SOL);
    expect(balances).toEqual([2, 3, 4, 5, 6]);
  });

  it('tells what the open slot has so far to those at processed', async () => {
    const localnet = await startTestLocalnet();
    const wallet = await fundedWallet(localnet);
    await pay(localnet, wallet, newAddress(), SOL);
    const stream = await GeyserStream.open(localnet, {
      ...ALL,
      commitment: PROCESSED,
      fromSlot: '1',
    });
    expect(stream.of('transaction').map(({ slot }) => slot)).toEqual(['1', '2']);
    expect(stream.of('slot').map(({ slot }) => slot)).toEqual(['1']);
  });

  it('tells many small updates at once in a form that the client takes', async () => {
    const localnet = await startTestLocalnet();
    advance(localnet, 400);
    const stream = await GeyserStream.open(localnet, {
      slots: { s: {} },
      commitment: CONFIRMED,
      fromSlot: '1',
    });
    advance(localnet, 1);
    await stream.ping(1);
    expect(stream.why).toBe('');
    const seen = stream.of('slot').map(({ slot, status }) => `${slot} ${status}`);
    const expected = Array.from({ length: 401 }, (_, index) => index + 1).flatMap((slot) =>
      [0, 1, ...(slot <= 371 ? [2] : [])].map((status) => `${slot} ${status}`),
    );
    expect(seen.sort()).toEqual(expected.sort());
  });

  it('is refused where the slot has left the window', async () => {
    const localnet = await startTestLocalnet({ replaySlotsMax: 10 });
    advance(localnet, 50);
    const client = await connectGeyser(localnet);
    expect(await client.subscribeReplayInfo()).toEqual({ firstAvailable: '41' });
    const stream = await GeyserStream.open(localnet, { ...ALL, fromSlot: '40' });
    expect(stream.why).toMatch(/broadcast from 40 is not available, last available: 41/);
  });
});

describe('what the face refuses', () => {
  const none = { account: [], owner: [], filters: [] };
  const noneTransactions = { accountInclude: [], accountExclude: [], accountRequired: [] };
  it.each([
    [
      'an address',
      { accounts: { a: { ...none, account: ['nonsense'] } } },
      /not an address|address/i,
    ],
    [
      'a signature',
      { transactions: { t: { ...noneTransactions, signature: 'short' } } },
      /signature/i,
    ],
    [
      'a false token state',
      { accounts: { a: { ...none, filters: [{ tokenAccountState: false }] } } },
      /can only be true/,
    ],
    [
      'a long memcmp',
      {
        accounts: {
          a: { ...none, filters: [{ memcmp: { offset: '0', bytes: new Uint8Array(129) } }] },
        },
      },
      /at most 128 bytes/,
    ],
    [
      'too many rules',
      {
        accounts: { a: { ...none, filters: Array.from({ length: 5 }, () => ({ datasize: '1' })) } },
      },
      /at most 4/,
    ],
    ['entries', { entry: { e: {} } }, /no entry updates/],
    [
      'too many filters',
      { blocksMeta: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`${n}`, {}])) },
      /at most 64/,
    ],
    ['a long name', { blocksMeta: { ['n'.repeat(129)]: {} } }, /at most 128 characters/],
    [
      'a token expansion',
      { transactions: { t: { ...noneTransactions, tokenAccounts: 0 } } },
      /token_accounts/,
    ],
  ])('%s', async (_what, request, message) => {
    const localnet = await startTestLocalnet();
    const stream = await GeyserStream.open(localnet, request as never);
    expect(stream.why).toMatch(message);
    expect(stream.why).toMatch(/invalid argument|OutOfRange/i);
  });

  it('ends a reader that does not keep up, and no other', async () => {
    const localnet = await startTestLocalnet({ queuedBytesMax: 2_000 });
    const slow = await GeyserStream.open(localnet, {
      blocksMeta: { a: {} },
      commitment: CONFIRMED,
    });
    const other = await GeyserStream.open(localnet, {
      slots: { s: { filterByCommitment: true } },
      commitment: FINALIZED,
    });
    // All in one turn of the event loop: nothing can be sent in between.
    advance(localnet, 31);
    await slow.until(() => slow.failure !== null);
    expect(slow.why).toMatch(/reading too slowly/);
    await other.until(() => other.of('slot').length === 1);
    expect(other.failure).toBeNull();
  });
});

it('ends a stream whose client has ended its side', async () => {
  const localnet = await startTestLocalnet();
  const Plain = makeGenericClientConstructor(geyserService, 'Geyser');
  const plain = new Plain(localnet.grpcUrl.replace('http://', ''), credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = geyserService.Subscribe ?? {};
  if (path === undefined || !requestSerialize || !responseDeserialize) throw new Error('served');
  const stream = plain.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  stream.on('data', () => {});
  stream.end({});
  const { code } = await new Promise<StatusObject>((resolve) => stream.on('status', resolve));
  expect(code).toBe(status.OK);
  plain.close();
});

describe('the calls of the Yellowstone face', () => {
  it('answer for each commitment', async () => {
    const localnet = await startTestLocalnet();
    advance(localnet, 99);
    const client = await connectGeyser(localnet);
    expect(await client.getSlot(PROCESSED)).toEqual({ slot: '100' });
    expect(await client.getSlot(CONFIRMED)).toEqual({ slot: '99' });
    expect(await client.getSlot(FINALIZED)).toEqual({ slot: '69' });
    expect(await client.getSlot()).toEqual({ slot: '100' });
    expect(await client.getBlockHeight(CONFIRMED)).toEqual({ blockHeight: '99' });
    const latest = await client.getLatestBlockhash(CONFIRMED);
    const { value } = await call<{ value: { blockhash: string; lastValidBlockHeight: number } }>(
      localnet,
      'getLatestBlockhash',
    );
    expect(latest).toEqual({
      slot: '99',
      blockhash: value.blockhash,
      lastValidBlockHeight: String(value.lastValidBlockHeight),
    });
    expect(await client.isBlockhashValid(latest.blockhash, CONFIRMED)).toEqual({
      slot: '99',
      valid: true,
    });
    expect(await client.isBlockhashValid(newAddress().toBase58())).toEqual({
      slot: '100',
      valid: false,
    });
    await expect(client.isBlockhashValid('nonsense')).rejects.toMatchObject({
      cause: expect.objectContaining({ message: expect.stringMatching(/base58/) }),
    });
    expect(await client.ping(41)).toEqual({ count: 41 });
    expect(JSON.parse((await client.getVersion()).version)).toMatchObject({
      version: { package: 'streamsync-localnet' },
    });
    expect(await client.subscribeReplayInfo()).toEqual({ firstAvailable: '1' });
  });
});

describe('the port of the Yellowstone face', () => {
  it('is refused by name when it is taken', async () => {
    const localnet = await startTestLocalnet();
    const grpcPort = Number(new URL(localnet.grpcUrl).port);
    await expect(startTestLocalnet({ grpcPort })).rejects.toMatchObject({ code: 'PORT_BUSY' });
  });
});
