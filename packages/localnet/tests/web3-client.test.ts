// Localnet through web3.js 1.x and its SPL Token helpers, on real sockets.
import {
  closeAccount,
  createMint,
  getAccount,
  getMint,
  getOrCreateAssociatedTokenAccount,
  mintTo,
  TOKEN_2022_PROGRAM_ID,
  TOKEN_PROGRAM_ID,
  transfer,
} from '@solana/spl-token';
import {
  AddressLookupTableProgram,
  ComputeBudgetProgram,
  Keypair,
  type PublicKey,
  SendTransactionError,
  SystemProgram,
  sendAndConfirmTransaction,
  Transaction,
  TransactionMessage,
  VersionedTransaction,
} from '@solana/web3.js';
import { describe, expect, it } from 'vitest';
import {
  advance,
  advanceUntil,
  connect,
  fundedWallet,
  newAddress,
  SOL,
  startTestLocalnet,
} from './support.ts';

const transferTo = (from: Keypair, to: PublicKey, lamports: number) =>
  new Transaction().add(
    SystemProgram.transfer({ fromPubkey: from.publicKey, toPubkey: to, lamports }),
  );

describe('web3.js 1.x', () => {
  it('airdrops, confirms and reads balances', async () => {
    const localnet = await startTestLocalnet();
    const connection = connect(localnet);
    const wallet = Keypair.generate();
    const latest = await connection.getLatestBlockhash();
    const signature = await connection.requestAirdrop(wallet.publicKey, 3 * SOL);
    const confirmed = await advanceUntil(
      localnet,
      connection.confirmTransaction({ signature, ...latest }),
    );
    expect(confirmed.value.err).toBeNull();
    expect(await connection.getBalance(wallet.publicKey)).toBe(3 * SOL);
  });

  it('sends, confirms and finds a transfer again with its balances and fee', async () => {
    const localnet = await startTestLocalnet();
    const connection = connect(localnet);
    const from = await fundedWallet(localnet);
    const to = newAddress();
    const signature = await advanceUntil(
      localnet,
      sendAndConfirmTransaction(connection, transferTo(from, to, SOL), [from]),
    );
    const found = await connection.getTransaction(signature, { commitment: 'confirmed' });
    expect(found?.meta).toMatchObject({ err: null, fee: 5_000 });
    expect(found?.meta?.preBalances.slice(0, 2)).toEqual([10 * SOL, 0]);
    expect(found?.meta?.postBalances.slice(0, 2)).toEqual([9 * SOL - 5_000, SOL]);
    expect(found?.transaction.message.accountKeys[1]?.toBase58()).toBe(to.toBase58());

    const listed = await connection.getSignaturesForAddress(to, {}, 'confirmed');
    expect(listed.map((one) => one.signature)).toEqual([signature]);

    const block = await connection.getBlock(found?.slot ?? 0, {
      maxSupportedTransactionVersion: 0,
      commitment: 'confirmed',
    });
    expect(block?.transactions.map((one) => one.transaction.signatures[0])).toContain(signature);
    expect(await connection.getBlockTime(found?.slot ?? 0)).toBe(block?.blockTime);

    const parsed = await connection.getParsedTransaction(signature, { commitment: 'confirmed' });
    expect(parsed?.transaction.message.accountKeys[0]).toMatchObject({ signer: true });
  });

  it('reports each step of confirmation: processed at once, confirmed, finalized after 31 slots', async () => {
    const localnet = await startTestLocalnet();
    const connection = connect(localnet);
    const from = await fundedWallet(localnet);
    const signature = await connection.sendTransaction(transferTo(from, newAddress(), SOL), [from]);
    const status = async () => (await connection.getSignatureStatus(signature)).value;
    expect(await status()).toMatchObject({ confirmationStatus: 'processed', confirmations: 0 });
    localnet.advanceSlot();
    expect(await status()).toMatchObject({ confirmationStatus: 'confirmed', confirmations: 1 });
    advance(localnet, 29);
    expect(await status()).toMatchObject({ confirmationStatus: 'confirmed', confirmations: 30 });
    localnet.advanceSlot();
    expect(await status()).toMatchObject({ confirmationStatus: 'finalized', confirmations: null });
  });

  it('refuses a transfer beyond the balance in preflight, with logs', async () => {
    const localnet = await startTestLocalnet();
    const connection = connect(localnet);
    const from = await fundedWallet(localnet);
    const sent = connection.sendTransaction(transferTo(from, newAddress(), 50 * SOL), [from]);
    const error = await sent.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(SendTransactionError);
    expect((error as SendTransactionError).message).toContain(
      'Error processing Instruction 0: custom program error: 0x1',
    );
    expect((error as SendTransactionError).logs?.join()).toContain('insufficient lamports');
    expect(await connection.getBalance(from.publicKey, 'processed')).toBe(10 * SOL);
  });

  it('includes a failing transaction sent without preflight, and charges its fee', async () => {
    const localnet = await startTestLocalnet();
    const connection = connect(localnet);
    const from = await fundedWallet(localnet);
    const signature = await connection.sendTransaction(
      transferTo(from, newAddress(), 50 * SOL),
      [from],
      { skipPreflight: true },
    );
    localnet.advanceSlot();
    const found = await connection.getTransaction(signature, { commitment: 'confirmed' });
    expect(found?.meta?.err).toEqual({ InstructionError: [0, { Custom: 1 }] });
    expect(await connection.getBalance(from.publicKey)).toBe(10 * SOL - 5_000);
  });

  it('simulates without signatures and shows the accounts after', async () => {
    const localnet = await startTestLocalnet();
    const connection = connect(localnet);
    const from = await fundedWallet(localnet);
    const to = newAddress();
    const message = new TransactionMessage({
      payerKey: from.publicKey,
      recentBlockhash: newAddress().toBase58(),
      instructions: transferTo(from, to, SOL).instructions,
    }).compileToV0Message();
    const simulated = await connection.simulateTransaction(new VersionedTransaction(message), {
      replaceRecentBlockhash: true,
      sigVerify: false,
      accounts: { encoding: 'base64', addresses: [to.toBase58()] },
    });
    expect(simulated.value.err).toBeNull();
    expect(simulated.value.unitsConsumed).toBe(150);
    expect(simulated.value.accounts?.[0]?.lamports).toBe(SOL);
    expect(await connection.getBalance(to, 'processed')).toBe(0);
  });

  it('states the fee that is then charged, with a compute unit price', async () => {
    const localnet = await startTestLocalnet();
    const connection = connect(localnet);
    const from = await fundedWallet(localnet);
    const message = new TransactionMessage({
      payerKey: from.publicKey,
      recentBlockhash: (await connection.getLatestBlockhash()).blockhash,
      instructions: [
        ComputeBudgetProgram.setComputeUnitPrice({ microLamports: 1_234_567 }),
        ComputeBudgetProgram.setComputeUnitLimit({ units: 777 }),
        ...transferTo(from, newAddress(), SOL).instructions,
      ],
    }).compileToV0Message();
    const stated = await connection.getFeeForMessage(message);
    const transaction = new VersionedTransaction(message);
    transaction.sign([from]);
    const signature = await connection.sendTransaction(transaction);
    localnet.advanceSlot();
    const found = await connection.getTransaction(signature, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 0,
    });
    expect(found?.version).toBe(0);
    expect(found?.meta?.fee).toBe(stated.value);
    expect(stated.value).toBe(5_000 + 960);
  });

  it.each([
    ['SPL Token', TOKEN_PROGRAM_ID],
    ['Token-2022', TOKEN_2022_PROGRAM_ID],
  ])('works with the helpers of %s', async (_name, programId) => {
    const localnet = await startTestLocalnet();
    const connection = connect(localnet);
    const payer = await fundedWallet(localnet);
    const other = await fundedWallet(localnet);
    const confirmed = { commitment: 'confirmed' } as const;
    const run = <T>(promise: Promise<T>) => advanceUntil(localnet, promise);

    const mint = await run(
      createMint(connection, payer, payer.publicKey, null, 6, undefined, confirmed, programId),
    );
    const open = (owner: PublicKey) =>
      run(
        getOrCreateAssociatedTokenAccount(
          connection,
          payer,
          mint,
          owner,
          false,
          'confirmed',
          confirmed,
          programId,
        ),
      );
    const from = await open(payer.publicKey);
    const to = await open(other.publicKey);
    await run(
      mintTo(connection, payer, mint, from.address, payer, 1_500_000n, [], confirmed, programId),
    );
    const signature = await run(
      transfer(
        connection,
        payer,
        from.address,
        to.address,
        payer,
        1_500_000n,
        [],
        confirmed,
        programId,
      ),
    );
    expect((await getAccount(connection, to.address, 'confirmed', programId)).amount).toBe(
      1_500_000n,
    );
    expect((await getMint(connection, mint, 'confirmed', programId)).supply).toBe(1_500_000n);
    expect((await connection.getTokenSupply(mint)).value.uiAmountString).toBe('1.5');
    expect((await connection.getTokenAccountBalance(to.address)).value.amount).toBe('1500000');
    const largest = await connection.getTokenLargestAccounts(mint);
    expect(largest.value.map((one) => one.amount)).toEqual(['1500000', '0']);
    for (const filter of [{ mint }, { programId }]) {
      const owned = await connection.getTokenAccountsByOwner(other.publicKey, filter);
      expect(owned.value.map((one) => one.pubkey.toBase58())).toEqual([to.address.toBase58()]);
    }
    const found = await connection.getTransaction(signature, confirmed);
    expect(found?.meta?.postTokenBalances?.map((one) => one.uiTokenAmount.amount).sort()).toEqual([
      '0',
      '1500000',
    ]);

    await run(
      closeAccount(
        connection,
        payer,
        from.address,
        payer.publicKey,
        payer,
        [],
        confirmed,
        programId,
      ),
    );
    expect(await connection.getAccountInfo(from.address)).toBeNull();
    const accounts = await connection.getProgramAccounts(programId, {
      filters: [{ memcmp: { offset: 0, bytes: mint.toBase58() } }],
    });
    expect(accounts.map((one) => one.pubkey.toBase58())).toEqual([to.address.toBase58()]);
  });

  it('loads addresses from lookup tables', async () => {
    const localnet = await startTestLocalnet();
    const connection = connect(localnet);
    const payer = await fundedWallet(localnet);
    const to = newAddress();
    advance(localnet, 2);
    const [create, table] = AddressLookupTableProgram.createLookupTable({
      authority: payer.publicKey,
      payer: payer.publicKey,
      recentSlot: (await connection.getSlot('confirmed')) - 1,
    });
    const extend = AddressLookupTableProgram.extendLookupTable({
      lookupTable: table,
      authority: payer.publicKey,
      payer: payer.publicKey,
      addresses: [to],
    });
    await connection.sendTransaction(new Transaction().add(create, extend), [payer]);
    advance(localnet, 2);
    const lookup = (await connection.getAddressLookupTable(table)).value;
    if (lookup === null) throw new Error('the table exists');
    const message = new TransactionMessage({
      payerKey: payer.publicKey,
      recentBlockhash: (await connection.getLatestBlockhash()).blockhash,
      instructions: transferTo(payer, to, SOL).instructions,
    }).compileToV0Message([lookup]);
    const transaction = new VersionedTransaction(message);
    transaction.sign([payer]);
    const signature = await connection.sendTransaction(transaction);
    localnet.advanceSlot();
    const found = await connection.getTransaction(signature, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 0,
    });
    expect(found?.meta?.loadedAddresses?.writable.map(String)).toEqual([to.toBase58()]);
    expect(found?.meta?.postBalances.at(-1)).toBe(SOL);
    await expect(connection.getTransaction(signature, { commitment: 'confirmed' })).rejects.toThrow(
      'Transaction version (0) is not supported',
    );
  });
});
