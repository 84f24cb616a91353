// A program of one's own: deployed by transactions through the upgradeable loader, callable from the
// next slot on, and again after a restart.
import {
  Keypair,
  PublicKey,
  SYSVAR_CLOCK_PUBKEY,
  SYSVAR_RENT_PUBKEY,
  SystemProgram,
  Transaction,
  TransactionInstruction,
} from '@solana/web3.js';
import { describe, expect, it } from 'vitest';
import type { Localnet } from '../src/index.ts';
import { connect, fundedWallet, startTestLocalnet, temporaryFolder } from './support.ts';

const LOADER = new PublicKey('BPFLoaderUpgradeab1e11111111111111111111111');
/** Its account's data is its ELF, so that the test needs no file. */
const MEMO = new PublicKey('MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr');
/** Sizes of the loader's buffer header and program account. */
const BUFFER_HEADER_BYTES = 37;
const PROGRAM_BYTES = 36;
const CHUNK_BYTES = 900;

/** An instruction of the loader: u32 kind, then fields. Keys marked 'w' are writable, 's' signers. */
function loaderInstruction(keys: [PublicKey, string][], kind: number, ...fields: Buffer[]) {
  const discriminator = Buffer.alloc(4);
  discriminator.writeUInt32LE(kind);
  return new TransactionInstruction({
    programId: LOADER,
    keys: keys.map(([pubkey, flags]) => ({
      pubkey,
      isWritable: flags.includes('w'),
      isSigner: flags.includes('s'),
    })),
    data: Buffer.concat([discriminator, ...fields]),
  });
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

async function deploy(localnet: Localnet, payer: Keypair): Promise<PublicKey> {
  const connection = connect(localnet);
  const elf = (await connection.getAccountInfo(MEMO))?.data;
  if (elf === undefined) throw new Error('the memo program exists');
  const [buffer, program] = [Keypair.generate(), Keypair.generate()];
  const [programData] = PublicKey.findProgramAddressSync([program.publicKey.toBuffer()], LOADER);
  const create = async (key: PublicKey, space: number) =>
    SystemProgram.createAccount({
      fromPubkey: payer.publicKey,
      newAccountPubkey: key,
      lamports: await connection.getMinimumBalanceForRentExemption(space),
      space,
      programId: LOADER,
    });
  const send = (signers: Keypair[], ...instructions: TransactionInstruction[]) =>
    connection.sendTransaction(new Transaction().add(...instructions), [payer, ...signers]);

  await send(
    [buffer],
    await create(buffer.publicKey, BUFFER_HEADER_BYTES + elf.length),
    loaderInstruction(
      [
        [buffer.publicKey, 'w'],
        [payer.publicKey, ''],
      ],
      0,
    ),
  );
  for (let offset = 0; offset < elf.length; offset += CHUNK_BYTES) {
    const chunk = elf.subarray(offset, offset + CHUNK_BYTES);
    const keys: [PublicKey, string][] = [
      [buffer.publicKey, 'w'],
      [payer.publicKey, 's'],
    ];
    await send([], loaderInstruction(keys, 1, u32(offset), u64(chunk.length), chunk));
  }
  localnet.advanceSlot();
  await send(
    [program],
    await create(program.publicKey, PROGRAM_BYTES),
    loaderInstruction(
      [
        [payer.publicKey, 'ws'],
        [programData, 'w'],
        [program.publicKey, 'w'],
        [buffer.publicKey, 'w'],
        [SYSVAR_RENT_PUBKEY, ''],
        [SYSVAR_CLOCK_PUBKEY, ''],
        [SystemProgram.programId, ''],
        [payer.publicKey, 's'],
      ],
      2,
      u64(elf.length * 2),
    ),
  );
  localnet.advanceSlot();
  return program.publicKey;
}

async function logsOfCall(localnet: Localnet, program: PublicKey, payer: Keypair, text: string) {
  const connection = connect(localnet);
  const transaction = new Transaction().add(
    new TransactionInstruction({ programId: program, keys: [], data: Buffer.from(text) }),
  );
  const signature = await connection.sendTransaction(transaction, [payer]);
  localnet.advanceSlot();
  const found = await connection.getTransaction(signature, { commitment: 'confirmed' });
  return found?.meta?.logMessages?.join('\n');
}

describe('a deployed program', () => {
  it('runs, and runs again after a restart', async () => {
    const dir = temporaryFolder();
    const first = await startTestLocalnet({ dir });
    const payer = await fundedWallet(first);
    const program = await deploy(first, payer);
    expect((await connect(first).getAccountInfo(program))?.executable).toBe(true);
    expect(await logsOfCall(first, program, payer, 'before')).toContain('before');
    await first.stop();
    const second = await startTestLocalnet({ dir });
    expect(await logsOfCall(second, program, payer, 'after')).toContain('after');
  });
});
