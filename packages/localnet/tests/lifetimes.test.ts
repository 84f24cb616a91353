// How long a transaction may run, and that it runs once: blockhashes and durable nonces.
import {
  ComputeBudgetProgram,
  Keypair,
  NONCE_ACCOUNT_LENGTH,
  NonceAccount,
  type PublicKey,
  SystemProgram,
  Transaction,
} from '@solana/web3.js';
import { describe, expect, it } from 'vitest';
import { advance, connect, fundedWallet, newAddress, SOL, startTestLocalnet } from './support.ts';

const transferTo = (from: Keypair, to: PublicKey, lamports: number) =>
  new Transaction().add(
    SystemProgram.transfer({ fromPubkey: from.publicKey, toPubkey: to, lamports }),
  );

describe('blockhashes and nonces', () => {
  it('accept a transaction for 150 slots after its blockhash, and not one longer', async () => {
    const localnet = await startTestLocalnet();
    const connection = connect(localnet);
    const from = await fundedWallet(localnet);
    const latest = await connection.getLatestBlockhash();
    const signed = (lamports: number) => {
      const transaction = transferTo(from, newAddress(), lamports);
      transaction.recentBlockhash = latest.blockhash;
      transaction.feePayer = from.publicKey;
      transaction.sign(from);
      return transaction.serialize();
    };
    advance(localnet, 149);
    expect(await connection.getBlockHeight('processed')).toBe(latest.lastValidBlockHeight);
    expect((await connection.isBlockhashValid(latest.blockhash)).value).toBe(true);
    await connection.sendRawTransaction(signed(SOL));
    localnet.advanceSlot();
    expect((await connection.isBlockhashValid(latest.blockhash)).value).toBe(false);
    await expect(connection.sendRawTransaction(signed(SOL + 1))).rejects.toThrow(
      'Blockhash not found',
    );
  });

  it('refuse the same transaction a second time', async () => {
    const localnet = await startTestLocalnet();
    const connection = connect(localnet);
    const from = await fundedWallet(localnet);
    const transaction = transferTo(from, newAddress(), SOL);
    transaction.recentBlockhash = (await connection.getLatestBlockhash()).blockhash;
    transaction.sign(from);
    const wire = transaction.serialize();
    await connection.sendRawTransaction(wire);
    await expect(connection.sendRawTransaction(wire)).rejects.toThrow('already been processed');
    advance(localnet, 100);
    await expect(connection.sendRawTransaction(wire)).rejects.toThrow('already been processed');
    await connection.sendRawTransaction(wire, { skipPreflight: true });
    expect(await connection.getBalance(from.publicKey, 'processed')).toBe(9 * SOL - 5_000);
  });

  it('run a durable-nonce transaction once, long after it was signed', async () => {
    const localnet = await startTestLocalnet();
    const connection = connect(localnet);
    const owner = await fundedWallet(localnet);
    const nonce = await makeNonce();
    const sign = async (lamports: number) => {
      const account = await connection.getAccountInfo(nonce.publicKey);
      if (account === null) throw new Error('the nonce account exists');
      const transaction = new Transaction().add(
        SystemProgram.nonceAdvance({
          noncePubkey: nonce.publicKey,
          authorizedPubkey: owner.publicKey,
        }),
        ...transferTo(owner, newAddress(), lamports).instructions,
      );
      transaction.recentBlockhash = NonceAccount.fromAccountData(account.data).nonce;
      transaction.feePayer = owner.publicKey;
      transaction.sign(owner);
      return transaction.serialize();
    };
    async function makeNonce() {
      const keypair = Keypair.generate();
      const create = SystemProgram.createNonceAccount({
        fromPubkey: owner.publicKey,
        noncePubkey: keypair.publicKey,
        authorizedPubkey: owner.publicKey,
        lamports: await connection.getMinimumBalanceForRentExemption(NONCE_ACCOUNT_LENGTH),
      });
      await connection.sendTransaction(create, [owner, keypair]);
      localnet.advanceSlot();
      return keypair;
    }

    const first = await sign(SOL);
    advance(localnet, 200);
    await connection.sendRawTransaction(first);
    localnet.advanceSlot();
    advance(localnet, 200);
    await expect(connection.sendRawTransaction(first)).rejects.toThrow('Blockhash not found');

    // A failed one moves the nonce on as well, hence cannot run again either.
    const failing = await sign(500 * SOL);
    await connection.sendRawTransaction(failing, { skipPreflight: true });
    const afterFailure = await connection.getBalance(owner.publicKey, 'processed');
    advance(localnet, 200);
    await connection.sendRawTransaction(failing, { skipPreflight: true });
    expect(await connection.getBalance(owner.publicKey, 'processed')).toBe(afterFailure);
    await connection.sendRawTransaction(await sign(SOL));
  });

  it('let a nonce advance once per slot, whatever blockhash a transaction names', async () => {
    const localnet = await startTestLocalnet();
    const connection = connect(localnet);
    const owner = await fundedWallet(localnet);
    const nonce = Keypair.generate();
    const { blockhash } = await connection.getLatestBlockhash();
    const send = (transaction: Transaction, ...signers: Keypair[]) => {
      transaction.recentBlockhash = blockhash;
      transaction.feePayer = owner.publicKey;
      transaction.sign(owner, ...signers);
      return connection.sendRawTransaction(transaction.serialize());
    };
    const advanceNonce = (units: number) =>
      send(
        new Transaction().add(
          ComputeBudgetProgram.setComputeUnitLimit({ units }),
          SystemProgram.nonceAdvance({
            noncePubkey: nonce.publicKey,
            authorizedPubkey: owner.publicKey,
          }),
        ),
      );
    const stored = async () => {
      const account = await connection.getAccountInfo(nonce.publicKey, 'processed');
      return account && NonceAccount.fromAccountData(account.data).nonce;
    };
    const create = SystemProgram.createNonceAccount({
      fromPubkey: owner.publicKey,
      noncePubkey: nonce.publicKey,
      authorizedPubkey: owner.publicKey,
      lamports: await connection.getMinimumBalanceForRentExemption(NONCE_ACCOUNT_LENGTH),
    });
    await send(create, nonce);
    const first = await stored();
    await expect(advanceNonce(1_001)).rejects.toThrow('custom program error: 0x7');
    expect(await stored()).toBe(first);
    localnet.advanceSlot();
    await advanceNonce(1_002);
    const second = await stored();
    expect(second).not.toBe(first);
    await expect(advanceNonce(1_003)).rejects.toThrow('custom program error: 0x7');
    expect(await stored()).toBe(second);

    // A transaction that only pays the account leaves its value, whichever blockhash it names.
    const current = (await connection.getLatestBlockhash()).blockhash;
    for (const recentBlockhash of [blockhash, current]) {
      localnet.advanceSlot();
      const gift = transferTo(owner, nonce.publicKey, 1_000);
      gift.recentBlockhash = recentBlockhash;
      gift.sign(owner);
      await connection.sendRawTransaction(gift.serialize());
      expect(await stored()).toBe(second);
    }
  });
});
