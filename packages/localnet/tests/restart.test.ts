// State across restarts: nothing that was announced is lost, and nothing runs twice.
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  Keypair,
  NONCE_ACCOUNT_LENGTH,
  NonceAccount,
  SystemProgram,
  Transaction,
} from '@solana/web3.js';
import { describe, expect, it } from 'vitest';
import type { Localnet } from '../src/index.ts';
import { SEGMENT_SLOTS } from '../src/storage/slot-log.ts';
import {
  advance,
  answer,
  call,
  connect,
  fundedWallet,
  newAddress,
  SOL,
  startTestLocalnet,
  temporaryFolder,
} from './support.ts';

const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
const confirmed = { commitment: 'confirmed' };

async function signedTransfer(localnet: Localnet, from: Keypair) {
  const transaction = new Transaction().add(
    SystemProgram.transfer({
      fromPubkey: from.publicKey,
      toPubkey: newAddress(),
      lamports: SOL,
    }),
  );
  transaction.recentBlockhash = (await connect(localnet).getLatestBlockhash()).blockhash;
  transaction.sign(from);
  return transaction.serialize().toString('base64');
}

const send = (localnet: Localnet, wire: string, skipPreflight = false) =>
  answer(localnet, 'sendTransaction', [wire, { encoding: 'base64', skipPreflight }]);

/** What a client can see of the state, at the last closed slot. */
async function picture(localnet: Localnet) {
  const accounts = await call<{ pubkey: string }[]>(localnet, 'getProgramAccounts', [
    TOKEN,
    { encoding: 'base64', ...confirmed },
  ]);
  const tip = await call<number>(localnet, 'getSlot', [confirmed]);
  return {
    tip,
    genesis: await call(localnet, 'getGenesisHash'),
    accounts: accounts.sort((a, b) => (a.pubkey < b.pubkey ? -1 : 1)),
    block: await call(localnet, 'getBlock', [tip, confirmed]),
    firstBlock: await call(localnet, 'getBlock', [1, confirmed]),
    count: await call(localnet, 'getTransactionCount'),
  };
}

/** A copy of the folder as a killed process leaves it. */
function killed(dir: string): string {
  const copy = temporaryFolder();
  for (const name of readdirSync(dir))
    writeFileSync(join(copy, name), readFileSync(join(dir, name)));
  return copy;
}

const activity = { seed: 7, transactionsPerSlot: 3 };

describe('a restart', () => {
  it('brings back accounts, blocks, history, genesis hash and slot after a stop', async () => {
    const dir = temporaryFolder();
    const first = await startTestLocalnet({ dir, activity });
    advance(first, 20);
    const before = await picture(first);
    await first.stop();
    const second = await startTestLocalnet({ dir });
    const after = await picture(second);
    // Stopping closes the open slot, in which transactions of the activity had run.
    expect(after.tip).toBe(before.tip + 1);
    expect(after.genesis).toBe(before.genesis);
    expect(after.firstBlock).toEqual(before.firstBlock);
    expect(await call(second, 'getBlock', [before.tip, confirmed])).toEqual(before.block);
    expect(after.accounts.length).toBeGreaterThanOrEqual(before.accounts.length);
    const [signature] = (before.block as { signatures?: string[] }).signatures ?? [];
    expect(signature).toBeUndefined();
  });

  it('brings back every announced slot after a kill, without a stop', async () => {
    const dir = temporaryFolder();
    const first = await startTestLocalnet({ dir, activity });
    advance(first, 25);
    const before = await picture(first);
    const copy = killed(dir);
    expect(existsSync(join(copy, 'snapshot.bin'))).toBe(false);
    const second = await startTestLocalnet({ dir: copy });
    // Transactions of the open slot were never announced as confirmed, and are gone.
    const after = await picture(second);
    expect({ ...after, count: null }).toEqual({ ...before, count: null });
  });

  it('goes on from snapshot and log together', async () => {
    const dir = temporaryFolder();
    const first = await startTestLocalnet({ dir });
    const early = (await fundedWallet(first)).publicKey;
    advance(first, SEGMENT_SLOTS + 5);
    const late = (await fundedWallet(first, 3 * SOL)).publicKey;
    const before = await picture(first);
    const copy = killed(dir);
    expect(readdirSync(copy).sort()).toEqual([
      'genesis.json',
      'slots-0.log',
      `slots-${SEGMENT_SLOTS}.log`,
      'snapshot.bin',
    ]);
    const second = await startTestLocalnet({ dir: copy });
    expect(await picture(second)).toEqual(before);
    expect(await connect(second).getBalance(early)).toBe(10 * SOL);
    expect(await connect(second).getBalance(late)).toBe(3 * SOL);
  });

  it('refuses a transaction that ran before it', async () => {
    const dir = temporaryFolder();
    const first = await startTestLocalnet({ dir });
    const wallet = await fundedWallet(first);
    const wire = await signedTransfer(first, wallet);
    const notSent = await signedTransfer(first, wallet);
    expect((await send(first, wire)).error).toBeUndefined();
    await first.stop();

    const second = await startTestLocalnet({ dir });
    const balance = () => connect(second).getBalance(wallet.publicKey, 'processed');
    expect(await balance()).toBe(9 * SOL - 5_000);
    expect((await send(second, wire)).error).toMatchObject({
      code: -32_002,
      data: { err: 'AlreadyProcessed' },
    });
    await send(second, wire, true);
    expect(await balance()).toBe(9 * SOL - 5_000);
    // A blockhash from before is still good for one that has not run.
    expect((await send(second, notSent)).error).toBeUndefined();
    expect(await balance()).toBe(8 * SOL - 10_000);
  });

  it('never returns a nonce to a value that it had', async () => {
    const dir = temporaryFolder();
    const nonce = Keypair.generate();
    const seen = new Set<string>();
    let owner: Keypair | null = null;
    for (let round = 0; round < 3; round += 1) {
      const localnet = await startTestLocalnet({ dir });
      const connection = connect(localnet);
      owner ??= await fundedWallet(localnet);
      const { publicKey } = owner;
      if (round === 0) {
        const create = SystemProgram.createNonceAccount({
          fromPubkey: publicKey,
          noncePubkey: nonce.publicKey,
          authorizedPubkey: publicKey,
          lamports: await connection.getMinimumBalanceForRentExemption(NONCE_ACCOUNT_LENGTH),
        });
        await connection.sendTransaction(create, [owner, nonce]);
      }
      for (let turn = 0; turn < 4; turn += 1) {
        localnet.advanceSlot();
        const advanceNonce = SystemProgram.nonceAdvance({
          noncePubkey: nonce.publicKey,
          authorizedPubkey: publicKey,
        });
        await connection.sendTransaction(new Transaction().add(advanceNonce), [owner]);
        const info = await connection.getAccountInfo(nonce.publicKey, 'processed');
        if (info === null) throw new Error('the nonce account exists');
        seen.add(NonceAccount.fromAccountData(info.data).nonce);
      }
      await localnet.stop();
    }
    expect(seen.size).toBe(12);
  });

  it('cuts off a record that a crash left half written', async () => {
    const dir = temporaryFolder();
    const first = await startTestLocalnet({ dir, activity });
    advance(first, 10);
    const before = await picture(first);
    const copy = killed(dir);
    appendFileSync(join(copy, 'slots-0.log'), Buffer.alloc(50, 3));
    const second = await startTestLocalnet({ dir: copy });
    expect({ ...(await picture(second)), count: null }).toEqual({ ...before, count: null });
    advance(second, 3);
    const third = await startTestLocalnet({ dir: killed(copy) });
    expect((await picture(third)).tip).toBe(before.tip + 3);
  });

  it('refuses a damaged snapshot, a log with a hole and a folder that is a file, in one sentence', async () => {
    const dir = temporaryFolder();
    const first = await startTestLocalnet({ dir, activity });
    advance(first, 5);
    await first.stop();
    const damaged = killed(dir);
    const snapshot = readFileSync(join(damaged, 'snapshot.bin'));
    snapshot[200] = (snapshot[200] ?? 0) ^ 1;
    writeFileSync(join(damaged, 'snapshot.bin'), snapshot);
    await expect(startTestLocalnet({ dir: damaged })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('damaged'),
    });
    const short = killed(dir);
    truncateSync(join(short, 'slots-0.log'), 0);
    await expect(startTestLocalnet({ dir: short })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('ends before the snapshot'),
    });
    await expect(startTestLocalnet({ dir: join(dir, 'genesis.json') })).rejects.toMatchObject({
      code: 'FOLDER_NOT_WRITABLE',
    });
  });
});
