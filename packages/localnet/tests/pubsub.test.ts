// The PubSub face: order, closed accounts, filters, bounds, and the rule that joins a snapshot with
// the notifications after it.
import {
  createCloseAccountInstruction,
  createInitializeAccount3Instruction,
  createInitializeMint2Instruction,
  TOKEN_PROGRAM_ID,
} from '@solana/spl-token';
import {
  type Connection,
  Keypair,
  type PublicKey,
  SystemProgram,
  Transaction,
} from '@solana/web3.js';
import { describe, expect, it } from 'vitest';
import type { Localnet } from '../src/index.ts';
import {
  advance,
  call,
  connect,
  fundedWallet,
  newAddress,
  PubSubClient,
  SOL,
  startTestLocalnet,
} from './support.ts';

interface AccountResult {
  readonly context: { readonly slot: number };
  readonly value: { readonly lamports: number; readonly owner: string; readonly data: unknown };
}
interface ProgramResult {
  readonly context: { readonly slot: number };
  readonly value: { readonly pubkey: string; readonly account: AccountResult['value'] };
}

const SYSTEM = SystemProgram.programId.toBase58();
const base64 = { encoding: 'base64', commitment: 'confirmed' };

const pay = (from: Keypair, to: PublicKey, lamports: number) =>
  new Transaction().add(
    SystemProgram.transfer({ fromPubkey: from.publicKey, toPubkey: to, lamports }),
  );

/** A mint and an empty token account of the owner, in one transaction. */
async function makeTokenAccount(connection: Connection, owner: Keypair) {
  const mint = Keypair.generate();
  const account = Keypair.generate();
  const create = async (key: Keypair, space: number) =>
    SystemProgram.createAccount({
      fromPubkey: owner.publicKey,
      newAccountPubkey: key.publicKey,
      lamports: await connection.getMinimumBalanceForRentExemption(space),
      space,
      programId: TOKEN_PROGRAM_ID,
    });
  await connection.sendTransaction(
    new Transaction().add(
      await create(mint, 82),
      createInitializeMint2Instruction(mint.publicKey, 0, owner.publicKey, null),
      await create(account, 165),
      createInitializeAccount3Instruction(account.publicKey, mint.publicKey, owner.publicKey),
    ),
    [owner, mint, account],
  );
  return { mint: mint.publicKey, account: account.publicKey };
}

const closeTokenAccount = (owner: Keypair, account: PublicKey) =>
  new Transaction().add(createCloseAccountInstruction(account, owner.publicKey, owner.publicKey));

async function setUp(): Promise<{ localnet: Localnet; connection: Connection; wallet: Keypair }> {
  const localnet = await startTestLocalnet();
  return { localnet, connection: connect(localnet), wallet: await fundedWallet(localnet) };
}

describe('PubSub', () => {
  it('sends everything that a slot changed before the slot itself, once per account', async () => {
    const { localnet, connection, wallet } = await setUp();
    const client = await PubSubClient.open(localnet);
    const to = newAddress();
    // Subscribed first, so that order of subscription cannot be what puts it last.
    await client.subscribe('slotSubscribe');
    await client.subscribe('accountSubscribe', [to.toBase58(), base64]);
    await client.subscribe('programSubscribe', [SYSTEM, base64]);
    await client.subscribe('logsSubscribe', [{ mentions: [to.toBase58()] }]);
    await connection.sendTransaction(pay(wallet, to, SOL), [wallet]);
    await connection.sendTransaction(pay(wallet, to, 2 * SOL), [wallet]);
    const { slot } = localnet.advanceSlot().block;
    await client.until(() => client.results('slotNotification').length === 1);

    const methods = client.notifications.map((one) => one.method);
    expect(methods.at(-1)).toBe('slotNotification');
    expect(client.results('slotNotification')).toEqual([{ slot, parent: slot - 1, root: 0 }]);
    expect(client.results<AccountResult>('accountNotification')).toEqual([
      { context: { slot }, value: expect.objectContaining({ lamports: 3 * SOL, owner: SYSTEM }) },
    ]);
    const programs = client.results<ProgramResult>('programNotification');
    expect(programs.map((one) => one.value.pubkey).sort()).toEqual(
      [wallet.publicKey.toBase58(), to.toBase58()].sort(),
    );
    expect(client.results('logsNotification')).toHaveLength(2);
    expect(await call(localnet, 'getBlock', [slot, { commitment: 'confirmed' }])).toMatchObject({
      blockHeight: slot,
    });
  });

  it('tells followers of an account and of its program that it was closed', async () => {
    const { localnet, connection, wallet } = await setUp();
    const { mint, account } = await makeTokenAccount(connection, wallet);
    localnet.advanceSlot();
    const client = await PubSubClient.open(localnet);
    const ofMint = (key: PublicKey) => ({
      ...base64,
      filters: [{ dataSize: 165 }, { memcmp: { offset: 0, bytes: key.toBase58() } }],
    });
    await client.subscribe('accountSubscribe', [account.toBase58(), base64]);
    const program = TOKEN_PROGRAM_ID.toBase58();
    const matching = await client.subscribe('programSubscribe', [program, ofMint(mint)]);
    await client.subscribe('programSubscribe', [program, ofMint(newAddress())]);
    await client.subscribe('slotSubscribe');
    await connection.sendTransaction(closeTokenAccount(wallet, account), [wallet]);
    const { slot } = localnet.advanceSlot().block;
    await client.until(() => client.results('slotNotification').length === 1);

    const gone = { lamports: 0, owner: SYSTEM, data: ['', 'base64'], space: 0 };
    expect(client.results('accountNotification')).toEqual([
      { context: { slot }, value: expect.objectContaining(gone) },
    ]);
    const programs = client.notifications.filter((one) => one.method === 'programNotification');
    expect(programs.map((one) => one.params.subscription)).toEqual([matching]);
    expect(programs[0]?.params.result).toEqual({
      context: { slot },
      value: { pubkey: account.toBase58(), account: expect.objectContaining(gone) },
    });
  });

  it('says nothing of an account that was opened and closed within one slot', async () => {
    const { localnet, connection, wallet } = await setUp();
    const client = await PubSubClient.open(localnet);
    await client.subscribe('programSubscribe', [TOKEN_PROGRAM_ID.toBase58(), base64]);
    await client.subscribe('slotSubscribe');
    const { mint, account } = await makeTokenAccount(connection, wallet);
    await connection.sendTransaction(closeTokenAccount(wallet, account), [wallet]);
    localnet.advanceSlot();
    await client.until(() => client.results('slotNotification').length === 1);
    const programs = client.results<ProgramResult>('programNotification');
    expect(programs.map((one) => one.value.pubkey)).toEqual([mint.toBase58()]);
  });

  it.each([
    ['confirmed', (slot: number, snapshot: number) => slot > snapshot],
    ['processed', (slot: number, snapshot: number) => slot >= snapshot],
  ] as const)(
    'joins a %s snapshot with the notifications after it without loss or anticipation',
    async (commitment, isAfter) => {
      const { localnet, connection, wallet } = await setUp();
      const client = await PubSubClient.open(localnet);
      await client.subscribe('programSubscribe', [SYSTEM, base64]);
      await client.subscribe('slotSubscribe');
      const snapshots: { context: { slot: number }; value: ProgramResult['value'][] }[] = [];
      const to = [newAddress(), newAddress(), newAddress()] as const;
      for (let round = 0; round < 6; round += 1) {
        await connection.sendTransaction(pay(wallet, to[round % 3] ?? to[0], SOL), [wallet]);
        snapshots.push(
          await call(localnet, 'getProgramAccounts', [
            SYSTEM,
            { encoding: 'base64', commitment, withContext: true },
          ]),
        );
        await connection.sendTransaction(pay(wallet, to[(round + 1) % 3] ?? to[0], 1_000_000), [
          wallet,
        ]);
        localnet.advanceSlot();
      }
      await client.until(() => client.results('slotNotification').length === 6);
      const truth = await call<ProgramResult['value'][]>(localnet, 'getProgramAccounts', [
        SYSTEM,
        { encoding: 'base64', commitment: 'confirmed' },
      ]);
      const balances = (list: readonly ProgramResult['value'][]) =>
        Object.fromEntries(list.map(({ pubkey, account }) => [pubkey, account.lamports]));
      for (const snapshot of snapshots) {
        const state = balances(snapshot.value);
        for (const { context, value } of client.results<ProgramResult>('programNotification')) {
          if (isAfter(context.slot, snapshot.context.slot)) {
            state[value.pubkey] = value.account.lamports;
          }
        }
        expect(state).toEqual(balances(truth));
      }
    },
  );

  it('keeps a confirmed read at its slot while the next slot is written', async () => {
    const { localnet, connection, wallet } = await setUp();
    const to = newAddress();
    await connection.sendTransaction(pay(wallet, to, SOL), [wallet]);
    const open = await connection.getBalanceAndContext(to, 'processed');
    const closed = await connection.getBalanceAndContext(to, 'confirmed');
    expect(open).toMatchObject({ value: SOL, context: { slot: closed.context.slot + 1 } });
    expect(closed.value).toBe(0);
    localnet.advanceSlot();
    const after = await connection.getBalanceAndContext(to, 'confirmed');
    expect(after).toMatchObject({ value: SOL, context: { slot: open.context.slot } });
  });

  it('notifies a signature at each commitment, once, and ends the subscription', async () => {
    const { localnet, connection, wallet } = await setUp();
    const client = await PubSubClient.open(localnet);
    const signature = await connection.sendTransaction(pay(wallet, newAddress(), SOL), [wallet]);
    const at = (commitment: string, received = false) =>
      client.subscribe('signatureSubscribe', [
        signature,
        { commitment, enableReceivedNotification: received },
      ]);
    const processed = await at('processed');
    const confirmed = await at('confirmed', true);
    const finalized = await at('finalized');
    const seen = () =>
      client.notifications.map(({ params }) => [params.subscription, params.result]);
    const value = (subscription: number, result: unknown) => [
      subscription,
      expect.objectContaining({ value: result }),
    ];
    await client.until(() => seen().length === 2);
    localnet.advanceSlot();
    await client.until(() => seen().length === 3);
    advance(localnet, 31);
    await client.until(() => seen().length === 4);
    expect(seen()).toEqual([
      value(processed, { err: null }),
      value(confirmed, 'receivedSignature'),
      value(confirmed, { err: null }),
      value(finalized, { err: null }),
    ]);
    expect((await client.call('signatureUnsubscribe', [finalized])).error?.code).toBe(-32_602);
  });

  it('serves root and block subscriptions, and stops each kind on unsubscribe', async () => {
    const { localnet, connection, wallet } = await setUp();
    const client = await PubSubClient.open(localnet);
    const account = wallet.publicKey.toBase58();
    const ids = {
      account: await client.subscribe('accountSubscribe', [account]),
      block: await client.subscribe('blockSubscribe', [
        { mentionsAccountOrProgram: account },
        { commitment: 'confirmed', transactionDetails: 'signatures' },
      ]),
      logs: await client.subscribe('logsSubscribe', ['all']),
      program: await client.subscribe('programSubscribe', [SYSTEM]),
      root: await client.subscribe('rootSubscribe'),
      slot: await client.subscribe('slotSubscribe'),
    };
    const signature = await connection.sendTransaction(pay(wallet, newAddress(), SOL), [wallet]);
    advance(localnet, 40);
    await client.until(() => client.results('slotNotification').length === 40);
    expect(client.results<number>('rootNotification').at(-1)).toBe(
      await call(localnet, 'getSlot', [{ commitment: 'finalized' }]),
    );
    expect(client.results('blockNotification')[0]).toMatchObject({
      value: { err: null, block: { signatures: [signature] } },
    });
    for (const [kind, id] of Object.entries(ids)) {
      expect(await client.call(`${kind}Unsubscribe`, [id])).toMatchObject({ result: true });
    }
    const before = client.notifications.length;
    await connection.sendTransaction(pay(wallet, newAddress(), SOL), [wallet]);
    advance(localnet, 2);
    await client.subscribe('slotSubscribe');
    expect(client.notifications.length).toBe(before);
  });

  it.each([
    ['nopeSubscribe', [], -32_601],
    ['constructorSubscribe', [], -32_601],
    ['accountSubscribe', ['not an address'], -32_602],
    ['logsSubscribe', [{ mentions: [] }], -32_602],
    ['programSubscribe', [SYSTEM, { filters: [{ size: 1 }] }], -32_602],
    ['slotUnsubscribe', [12345], -32_602],
  ])('refuses %s %j', async (method, params, code) => {
    const localnet = await startTestLocalnet();
    const client = await PubSubClient.open(localnet);
    expect((await client.call(method, params)).error?.code).toBe(code);
  });

  it('closes a reader that does not read, and goes on for the others', async () => {
    const localnet = await startTestLocalnet({ queuedBytesMax: 1024 * 1024 });
    const slow = await PubSubClient.open(localnet);
    const quick = await PubSubClient.open(localnet);
    // SlotHashes, 20 KB, changes with every slot.
    const sysvar = ['SysvarS1otHashes111111111111111111111111111', { encoding: 'base64' }];
    for (let count = 0; count < 20; count += 1) await slow.subscribe('accountSubscribe', sysvar);
    await quick.subscribe('slotSubscribe');
    const closed = new Promise<[number, Buffer]>((resolve) =>
      slow.socket.once('close', (code, reason) => resolve([code, reason])),
    );
    slow.socket.pause();
    for (let count = 0; count < 100; count += 1) {
      localnet.advanceSlot();
      await quick.until(() => quick.results('slotNotification').length === count + 1);
    }
    slow.socket.resume();
    const [code, reason] = await closed;
    expect({ code, reason: reason.toString() }).toEqual({
      code: 1_008,
      reason: expect.stringContaining('too slowly'),
    });
  });
});
