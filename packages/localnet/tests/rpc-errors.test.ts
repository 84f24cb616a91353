// What a client can get wrong, and the code that it gets for it.
import { Keypair, SystemProgram, Transaction } from '@solana/web3.js';
import { describe, expect, it } from 'vitest';
import {
  advance,
  answer,
  call,
  fundedWallet,
  newAddress,
  post,
  SOL,
  startTestLocalnet,
} from './support.ts';

const KEY = SystemProgram.programId.toBase58();
const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';

describe('RPC errors', () => {
  it('has the standard codes for what is not a call', async () => {
    const localnet = await startTestLocalnet();
    const codeOf = async (body: string) =>
      ((await (await post(localnet, body)).json()) as { error: { code: number } }).error.code;
    expect(await codeOf('{')).toBe(-32_700);
    expect(await codeOf('[]')).toBe(-32_600);
    expect(await codeOf('{"method":"getSlot","id":1}')).toBe(-32_600);
    expect(await codeOf('{"jsonrpc":"2.0","method":"getSlot","params":{},"id":1}')).toBe(-32_600);
    expect(await codeOf('{"jsonrpc":"2.0","method":"toString","id":1}')).toBe(-32_601);
    expect(await codeOf('"text"')).toBe(-32_600);
  });

  it('answers a batch call by call, and no notification', async () => {
    const localnet = await startTestLocalnet();
    const calls = [
      { jsonrpc: '2.0', id: 'a', method: 'getHealth' },
      { jsonrpc: '2.0', id: 2, method: 'nope' },
      { jsonrpc: '2.0', method: 'getHealth' },
      7,
    ];
    expect(await (await post(localnet, JSON.stringify(calls))).json()).toEqual([
      { jsonrpc: '2.0', id: 'a', result: 'ok' },
      { jsonrpc: '2.0', id: 2, error: { code: -32_601, message: 'Method not found' } },
      { jsonrpc: '2.0', id: null, error: { code: -32_600, message: 'Invalid request' } },
    ]);
    const alone = await post(localnet, JSON.stringify(calls[2]));
    expect({ status: alone.status, body: await alone.text() }).toEqual({ status: 204, body: '' });
  });

  it.each([
    ['getAccountInfo', ['']],
    ['getAccountInfo', [KEY, { encoding: 'hex' }]],
    ['getAccountInfo', [KEY, { commitment: 'soon' }]],
    ['getAccountInfo', [KEY, { dataSlice: { offset: -1, length: 1 } }]],
    ['getAccountInfo', [KEY, 'base64']],
    ['getMultipleAccounts', [KEY]],
    ['getMultipleAccounts', [Array.from({ length: 101 }, () => KEY)]],
    ['getProgramAccounts', [KEY, { filters: Array.from({ length: 5 }, () => ({ dataSize: 1 })) }]],
    ['getProgramAccounts', [KEY, { filters: [{ memcmp: { offset: 0, bytes: '0OIl' } }] }]],
    ['getTokenAccountsByOwner', [KEY, { mint: KEY }]],
    ['getTokenAccountsByOwner', [KEY, { programId: KEY }]],
    ['getTokenAccountBalance', [KEY]],
    ['getTokenSupply', [TOKEN]],
    ['getBlock', [-1]],
    ['getBlock', [1, { commitment: 'processed' }]],
    ['getTransaction', ['abc']],
    ['getSignatureStatuses', ['abc']],
    ['getSignaturesForAddress', [KEY, { limit: 1_001 }]],
    ['sendTransaction', ['AAAA', { encoding: 'base64' }]],
    ['sendTransaction', ['not base58 0OIl']],
    ['sendTransaction', ['A'.repeat(3_000), { encoding: 'base64' }]],
    ['simulateTransaction', ['AAAA', { encoding: 'base64', sigVerify: true }]],
    ['requestAirdrop', [KEY, 1.5]],
    ['requestAirdrop', [KEY, 2 ** 52]],
    ['getFeeForMessage', ['AAAA']],
    ['getMinimumBalanceForRentExemption', ['1']],
  ])('-32602 for parameters of %s that do not fit, case %#', async (method, params) => {
    const localnet = await startTestLocalnet();
    const { error } = await answer(localnet, method, params);
    expect(error).toMatchObject({ code: -32_602 });
  });

  it('refuses base58 for more than 128 bytes with -32600', async () => {
    const localnet = await startTestLocalnet();
    const rent = 'SysvarS1otHashes111111111111111111111111111';
    const { error } = await answer(localnet, 'getAccountInfo', [rent, { encoding: 'base58' }]);
    expect(error).toMatchObject({ code: -32_600, message: expect.stringContaining('128 bytes') });
  });

  it('has Solana\u2019s codes for blocks, signatures, preflight and slots', async () => {
    const localnet = await startTestLocalnet();
    const wallet = await fundedWallet(localnet);
    const codeOf = async (method: string, params: unknown[]) =>
      (await answer(localnet, method, params)).error?.code;
    const confirmed = { commitment: 'confirmed' };
    expect(await codeOf('getBlock', [99, confirmed])).toBe(-32_004);
    expect(await codeOf('getBlock', [0, confirmed])).toBe(-32_001);
    expect(await codeOf('getAccountInfo', [KEY, { minContextSlot: 99 }])).toBe(-32_016);

    const transaction = new Transaction().add(
      SystemProgram.transfer({
        fromPubkey: wallet.publicKey,
        toPubkey: newAddress(),
        lamports: SOL,
      }),
    );
    transaction.feePayer = wallet.publicKey;
    transaction.recentBlockhash = newAddress().toBase58();
    const wire = () =>
      transaction
        .serialize({ requireAllSignatures: false, verifySignatures: false })
        .toString('base64');
    const send = () => answer(localnet, 'sendTransaction', [wire(), { encoding: 'base64' }]);
    transaction.sign(wallet);
    expect((await send()).error).toMatchObject({
      code: -32_002,
      message: 'Transaction simulation failed: Blockhash not found',
      data: { err: 'BlockhashNotFound', logs: [] },
    });
    const latest = await call<{ value: { blockhash: string } }>(localnet, 'getLatestBlockhash');
    transaction.recentBlockhash = latest.value.blockhash;
    transaction.signatures = [];
    expect((await send()).error?.code).toBe(-32_003);
    transaction.sign(wallet);
    transaction.signatures[0]?.signature?.fill(7, 10, 20);
    expect((await send()).error?.code).toBe(-32_003);
  });

  it('keeps the HTTP rules: only POST, a body limit, health', async () => {
    const localnet = await startTestLocalnet();
    expect((await fetch(localnet.httpUrl)).status).toBe(405);
    expect(await (await fetch(`${localnet.httpUrl}/health`)).text()).toBe('ok');
    const large = await post(localnet, `"${'x'.repeat(600 * 1024)}"`);
    expect(large.status).toBe(413);
    expect(await call(localnet, 'getHealth')).toBe('ok');
  });

  it('writes u64 exactly, beyond what a JavaScript number holds', async () => {
    const localnet = await startTestLocalnet();
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'getAccountInfo', params: [KEY] });
    expect(await (await post(localnet, body)).text()).toContain('"rentEpoch":18446744073709551615');
  });

  it('pages through the signatures of an address, newest first', async () => {
    const localnet = await startTestLocalnet();
    const to = Keypair.generate().publicKey.toBase58();
    const sent: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      sent.unshift(await call<string>(localnet, 'requestAirdrop', [to, SOL]));
      advance(localnet, 1);
    }
    const page = async (config: object) =>
      (
        await call<{ signature: string }[]>(localnet, 'getSignaturesForAddress', [
          to,
          { commitment: 'confirmed', ...config },
        ])
      ).map((one) => one.signature);
    expect(await page({})).toEqual(sent);
    expect(await page({ limit: 2 })).toEqual(sent.slice(0, 2));
    expect(await page({ before: sent[1], limit: 2 })).toEqual(sent.slice(2, 4));
    expect(await page({ until: sent[3] })).toEqual(sent.slice(0, 3));
  });
});
