// The transactions of the activity, as lists of instructions made by the token libraries.
import {
  createAssociatedTokenAccountIdempotentInstruction,
  createBurnInstruction,
  createCloseAccountInstruction,
  createInitializeMetadataPointerInstruction,
  createInitializeMint2Instruction,
  createInitializeMultisigInstruction,
  createMintToInstruction,
  createTransferCheckedInstruction,
  ExtensionType,
  getAssociatedTokenAddressSync,
  getMintLen,
  LENGTH_SIZE,
  MINT_SIZE,
  MULTISIG_SIZE,
  TOKEN_PROGRAM_ID,
  TYPE_SIZE,
} from '@solana/spl-token';
import { createInitializeInstruction, pack } from '@solana/spl-token-metadata';
import {
  type Keypair,
  NONCE_ACCOUNT_LENGTH,
  type PublicKey,
  SystemProgram,
  type TransactionInstruction,
} from '@solana/web3.js';
import type { MintPlan } from './cast.ts';

export interface Step {
  readonly instructions: readonly TransactionInstruction[];
  /** The first pays the fee. */
  readonly signers: readonly Keypair[];
}

export type RentExempt = (sizeBytes: number) => bigint;

/** Deriving an address costs a curve check or more; there are as many as wallets times mints. */
const tokenAccounts = new WeakMap<MintPlan, Map<string, PublicKey>>();

export function tokenAccountOf(mint: MintPlan, owner: PublicKey): PublicKey {
  const known = tokenAccounts.get(mint) ?? new Map<string, PublicKey>();
  tokenAccounts.set(mint, known);
  const name = owner.toBase58();
  const account =
    known.get(name) ??
    getAssociatedTokenAddressSync(mint.keypair.publicKey, owner, false, mint.programId);
  known.set(name, account);
  return account;
}

export function createMint(mint: MintPlan, issuer: Keypair, rent: RentExempt): Step {
  const { keypair, programId, decimals, metadata } = mint;
  const address = keypair.publicKey;
  const authority = issuer.publicKey;
  const initialize = createInitializeMint2Instruction(
    address,
    decimals,
    authority,
    null,
    programId,
  );
  const create = (space: number, sizeBytes: number) =>
    SystemProgram.createAccount({
      fromPubkey: authority,
      newAccountPubkey: address,
      lamports: Number(rent(sizeBytes)),
      space,
      programId,
    });
  if (metadata === null) {
    return { instructions: [create(MINT_SIZE, MINT_SIZE), initialize], signers: [issuer, keypair] };
  }
  // The metadata is appended by its own instruction, so only its rent is paid ahead.
  const space = getMintLen([ExtensionType.MetadataPointer]);
  const packed = pack({ mint: address, additionalMetadata: [], ...metadata });
  return {
    instructions: [
      create(space, space + TYPE_SIZE + LENGTH_SIZE + packed.length),
      createInitializeMetadataPointerInstruction(address, authority, address, programId),
      initialize,
      createInitializeInstruction({
        programId,
        metadata: address,
        updateAuthority: authority,
        mint: address,
        mintAuthority: authority,
        ...metadata,
      }),
    ],
    signers: [issuer, keypair],
  };
}

/** Opens the owner's token account where there is none, at the payer's cost. */
function openAccount(mint: MintPlan, owner: PublicKey, payer: PublicKey): TransactionInstruction {
  return createAssociatedTokenAccountIdempotentInstruction(
    payer,
    tokenAccountOf(mint, owner),
    owner,
    mint.keypair.publicKey,
    mint.programId,
  );
}

export function mintTo(mint: MintPlan, to: PublicKey, amount: bigint, issuer: Keypair): Step {
  return {
    instructions: [
      openAccount(mint, to, issuer.publicKey),
      createMintToInstruction(
        mint.keypair.publicKey,
        tokenAccountOf(mint, to),
        issuer.publicKey,
        amount,
        [],
        mint.programId,
      ),
    ],
    signers: [issuer],
  };
}

export function transferTokens(mint: MintPlan, from: Keypair, to: PublicKey, amount: bigint): Step {
  return {
    instructions: [
      openAccount(mint, to, from.publicKey),
      createTransferCheckedInstruction(
        tokenAccountOf(mint, from.publicKey),
        mint.keypair.publicKey,
        tokenAccountOf(mint, to),
        from.publicKey,
        amount,
        mint.decimals,
        [],
        mint.programId,
      ),
    ],
    signers: [from],
  };
}

export function burn(mint: MintPlan, from: Keypair, amount: bigint): Step {
  return {
    instructions: [
      createBurnInstruction(
        tokenAccountOf(mint, from.publicKey),
        mint.keypair.publicKey,
        from.publicKey,
        amount,
        [],
        mint.programId,
      ),
    ],
    signers: [from],
  };
}

/** Burns what is left and closes the account; its rent goes back to the owner. */
export function close(mint: MintPlan, owner: Keypair, amount: bigint): Step {
  const closing = createCloseAccountInstruction(
    tokenAccountOf(mint, owner.publicKey),
    owner.publicKey,
    owner.publicKey,
    [],
    mint.programId,
  );
  const burning = amount > 0n ? burn(mint, owner, amount).instructions : [];
  return { instructions: [...burning, closing], signers: [owner] };
}

export function transferSol(from: Keypair, to: readonly PublicKey[], lamports: bigint): Step {
  return {
    instructions: to.map((toPubkey) =>
      SystemProgram.transfer({ fromPubkey: from.publicKey, toPubkey, lamports }),
    ),
    signers: [from],
  };
}

export function createNonce(nonce: Keypair, owner: Keypair, rent: RentExempt): Step {
  return {
    instructions: SystemProgram.createNonceAccount({
      fromPubkey: owner.publicKey,
      noncePubkey: nonce.publicKey,
      authorizedPubkey: owner.publicKey,
      lamports: Number(rent(NONCE_ACCOUNT_LENGTH)),
    }).instructions,
    signers: [owner, nonce],
  };
}

/** A 2-of-n multisig of the SPL Token program. */
export function createMultisig(
  multisig: Keypair,
  payer: Keypair,
  members: readonly PublicKey[],
  rent: RentExempt,
): Step {
  return {
    instructions: [
      SystemProgram.createAccount({
        fromPubkey: payer.publicKey,
        newAccountPubkey: multisig.publicKey,
        lamports: Number(rent(MULTISIG_SIZE)),
        space: MULTISIG_SIZE,
        programId: TOKEN_PROGRAM_ID,
      }),
      createInitializeMultisigInstruction(multisig.publicKey, [...members], 2, TOKEN_PROGRAM_ID),
    ],
    signers: [payer, multisig],
  };
}
