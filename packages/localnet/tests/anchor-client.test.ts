// Localnet through Anchor's client: a provider that sends and confirms, a program made from an IDL,
// account decoding and subscription, and errors by their logs.
import { AnchorProvider, BN, type Idl, Program, setProvider, Wallet } from '@coral-xyz/anchor';
import { Keypair, PublicKey, SystemProgram, Transaction } from '@solana/web3.js';
import { describe, expect, it } from 'vitest';
import { advanceUntil, connect, fundedWallet, SOL, startTestLocalnet } from './support.ts';

/** The part of SPL Token's interface that Anchor's coder can express: one-byte discriminators. */
const TOKEN_IDL = {
  address: 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
  metadata: { name: 'token', version: '0.1.0', spec: '0.1.0' },
  instructions: [
    {
      name: 'initializeMint2',
      discriminator: [20],
      accounts: [{ name: 'mint', writable: true }],
      args: [
        { name: 'decimals', type: 'u8' },
        { name: 'mintAuthority', type: 'pubkey' },
        { name: 'freezeAuthority', type: { option: 'pubkey' } },
      ],
    },
    {
      name: 'burn',
      discriminator: [8],
      accounts: [
        { name: 'account', writable: true },
        { name: 'mint', writable: true },
        { name: 'owner', signer: true },
      ],
      args: [{ name: 'amount', type: 'u64' }],
    },
  ],
  accounts: [{ name: 'mint', discriminator: [1, 0, 0, 0] }],
  types: [
    {
      name: 'mint',
      type: {
        kind: 'struct',
        fields: [
          { name: 'mintAuthority', type: 'pubkey' },
          { name: 'supply', type: 'u64' },
          { name: 'decimals', type: 'u8' },
          { name: 'isInitialized', type: 'bool' },
        ],
      },
    },
  ],
} as const;

async function setUp() {
  const localnet = await startTestLocalnet();
  const payer = await fundedWallet(localnet);
  const provider = new AnchorProvider(connect(localnet), new Wallet(payer), {
    commitment: 'confirmed',
    preflightCommitment: 'confirmed',
  });
  setProvider(provider);
  return { localnet, payer, provider, program: new Program(TOKEN_IDL as unknown as Idl, provider) };
}

describe('Anchor', () => {
  it('sends and confirms through its provider', async () => {
    const { localnet, payer, provider } = await setUp();
    const to = Keypair.generate().publicKey;
    const transaction = new Transaction().add(
      SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: to, lamports: SOL }),
    );
    const simulated = await provider.simulate(transaction);
    expect(simulated.logs).toContain('Program 11111111111111111111111111111111 success');
    await advanceUntil(localnet, provider.sendAndConfirm(transaction));
    expect(await provider.connection.getBalance(to)).toBe(SOL);
  });

  it('calls a program by its IDL, then fetches and lists its accounts', async () => {
    const { localnet, payer, provider, program } = await setUp();
    const mint = Keypair.generate();
    const create = SystemProgram.createAccount({
      fromPubkey: payer.publicKey,
      newAccountPubkey: mint.publicKey,
      lamports: await provider.connection.getMinimumBalanceForRentExemption(82),
      space: 82,
      programId: program.programId,
    });
    const method = program.methods.initializeMint2?.(4, payer.publicKey, null);
    if (method === undefined) throw new Error('the IDL has the method');
    await advanceUntil(
      localnet,
      method.accounts({ mint: mint.publicKey }).preInstructions([create]).signers([mint]).rpc(),
    );
    const client = (program.account as Record<string, unknown>).mint as {
      fetch(key: PublicKey): Promise<unknown>;
      all(): Promise<{ publicKey: PublicKey }[]>;
    };
    const fetched = (await client.fetch(mint.publicKey)) as Record<string, unknown>;
    expect(fetched).toMatchObject({ decimals: 4, isInitialized: true });
    expect(String(fetched.mintAuthority)).toBe(payer.publicKey.toBase58());
    expect((await client.all()).map((one) => one.publicKey.toBase58())).toEqual([
      mint.publicKey.toBase58(),
    ]);
  });

  it('shows a program error with its logs', async () => {
    const { payer, program } = await setUp();
    const nobody = Keypair.generate().publicKey;
    const method = program.methods.burn?.(new BN(1));
    if (method === undefined) throw new Error('the IDL has the method');
    const error = await method
      .accounts({ account: nobody, mint: new PublicKey(nobody), owner: payer.publicKey })
      .rpc()
      .catch((cause: unknown) => cause);
    expect(String(error)).toMatch(/Error processing Instruction 0|failed/);
    expect((error as { logs?: string[] }).logs?.join()).toContain(program.programId.toBase58());
  });
});
