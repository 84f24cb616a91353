// Localnet through @solana/kit: its RPC, its subscriptions, and its confirmation strategy.

import {
  address,
  airdropFactory,
  appendTransactionMessageInstruction,
  assertIsTransactionWithBlockhashLifetime,
  createSolanaRpc,
  createSolanaRpcSubscriptions,
  createTransactionMessage,
  generateKeyPairSigner,
  getBase64EncodedWireTransaction,
  getSignatureFromTransaction,
  isAddress,
  lamports,
  pipe,
  sendAndConfirmTransactionFactory,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
} from '@solana/kit';
import { getTransferSolInstruction } from '@solana-program/system';
import { describe, expect, it } from 'vitest';
import type { Localnet } from '../src/index.ts';
import { advanceUntil, startTestLocalnet } from './support.ts';

const SOL = 1_000_000_000n;

async function setUp() {
  const localnet: Localnet = await startTestLocalnet();
  const rpc = createSolanaRpc(localnet.httpUrl);
  const rpcSubscriptions = createSolanaRpcSubscriptions(localnet.wsUrl);
  const payer = await generateKeyPairSigner();
  const airdrop = airdropFactory({ rpc, rpcSubscriptions } as never);
  await advanceUntil(
    localnet,
    airdrop({
      commitment: 'confirmed',
      lamports: lamports(10n * SOL),
      recipientAddress: payer.address,
    }),
  );
  return { localnet, rpc, rpcSubscriptions, payer };
}

type World = Awaited<ReturnType<typeof setUp>>;

async function signedTransfer({ rpc, payer }: World, to: string, amount: bigint) {
  const { value: latest } = await rpc.getLatestBlockhash().send();
  const message = pipe(
    createTransactionMessage({ version: 0 }),
    (tx) => setTransactionMessageFeePayerSigner(payer, tx),
    (tx) => setTransactionMessageLifetimeUsingBlockhash(latest, tx),
    (tx) =>
      appendTransactionMessageInstruction(
        getTransferSolInstruction({ source: payer, destination: address(to), amount }),
        tx,
      ),
  );
  const transaction = await signTransactionMessageWithSigners(message);
  assertIsTransactionWithBlockhashLifetime(transaction);
  return transaction;
}

describe('@solana/kit', () => {
  it('airdrops, sends, confirms and reads', async () => {
    const world = await setUp();
    const { localnet, rpc, rpcSubscriptions, payer } = world;
    expect((await rpc.getBalance(payer.address).send()).value).toBe(10n * SOL);
    const to = await generateKeyPairSigner();
    const transaction = await signedTransfer(world, to.address, SOL);
    const send = sendAndConfirmTransactionFactory({ rpc, rpcSubscriptions });
    await advanceUntil(localnet, send(transaction as never, { commitment: 'confirmed' }));
    const signature = getSignatureFromTransaction(transaction);

    const found = await rpc
      .getTransaction(signature, {
        commitment: 'confirmed',
        encoding: 'base64',
        maxSupportedTransactionVersion: 0,
      })
      .send();
    expect(found?.meta?.fee).toBe(5_000n);
    expect(found?.transaction[0]).toBe(getBase64EncodedWireTransaction(transaction));
    const info = await rpc.getAccountInfo(to.address, { encoding: 'base64+zstd' }).send();
    expect(info.value).toMatchObject({ lamports: SOL, space: 0n });
    const block = await rpc
      .getBlock(found?.slot ?? 0n, {
        commitment: 'confirmed',
        transactionDetails: 'accounts',
        maxSupportedTransactionVersion: 0,
        rewards: false,
      })
      .send();
    expect(block?.transactions[0]?.transaction.accountKeys[0]).toMatchObject({
      pubkey: payer.address,
      signer: true,
      writable: true,
    });
  });

  it('simulates', async () => {
    const world = await setUp();
    const transaction = await signedTransfer(world, world.payer.address, 1n);
    const { value } = await world.rpc
      .simulateTransaction(getBase64EncodedWireTransaction(transaction), {
        encoding: 'base64',
        sigVerify: true,
        innerInstructions: true,
      })
      .send();
    expect(value).toMatchObject({ err: null, unitsConsumed: 150n, innerInstructions: [] });
  });

  it('follows slots and accounts', async () => {
    const { localnet, rpc, rpcSubscriptions, payer } = await setUp();
    const abort = new AbortController();
    const options = { abortSignal: abort.signal };
    const slots = await rpcSubscriptions.slotNotifications().subscribe(options);
    const accounts = await rpcSubscriptions
      .accountNotifications(payer.address, { encoding: 'base64', commitment: 'confirmed' })
      .subscribe(options);
    await rpc.requestAirdrop(payer.address, lamports(SOL)).send();
    const { slot } = localnet.advanceSlot().block;
    const [slotSeen, accountSeen] = await Promise.all([
      slots[Symbol.asyncIterator]().next(),
      accounts[Symbol.asyncIterator]().next(),
    ]);
    abort.abort();
    expect(slotSeen.value).toMatchObject({ slot: BigInt(slot) });
    expect(accountSeen.value).toMatchObject({
      context: { slot: BigInt(slot) },
      value: { lamports: 11n * SOL },
    });
  });

  it('reads everything about the cluster', async () => {
    const { localnet, rpc } = await setUp();
    expect(await rpc.getHealth().send()).toBe('ok');
    expect(await rpc.getGenesisHash().send()).toBe(localnet.genesisHash);
    expect((await rpc.getVersion().send())['solana-core']).toMatch(/^\d+\.\d+\.\d+$/);
    expect(isAddress((await rpc.getIdentity().send()).identity)).toBe(true);
    expect((await rpc.getEpochInfo({ commitment: 'confirmed' }).send()).epoch).toBe(0n);
    expect((await rpc.getEpochSchedule().send()).slotsPerEpoch).toBe(432_000n);
    expect(await rpc.getMinimumBalanceForRentExemption(165n).send()).toBe(2_039_280n);
    expect(await rpc.getFirstAvailableBlock().send()).toBe(1n);
    expect(await rpc.minimumLedgerSlot().send()).toBe(1n);
    expect(await rpc.getClusterNodes().send()).toEqual([]);
    expect(await rpc.getVoteAccounts().send()).toEqual({ current: [], delinquent: [] });
    const tip = await rpc.getSlot({ commitment: 'confirmed' }).send();
    expect(await rpc.getBlocks(1n, tip, { commitment: 'confirmed' }).send()).toHaveLength(
      Number(tip),
    );
    expect(await rpc.getBlocksWithLimit(1n, 1, { commitment: 'confirmed' }).send()).toEqual([1n]);
    const fees = await rpc.getRecentPrioritizationFees().send();
    expect(fees.at(-1)).toEqual({ slot: tip, prioritizationFee: 0n });
    const supply = await rpc.getSupply({ excludeNonCirculatingAccountsList: true }).send();
    expect(supply.value.total).toBeGreaterThan(500_000_000n * SOL);
  });
});
