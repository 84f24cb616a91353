// The account that airdrops come from. Its key follows from the genesis hash, so that it survives a
// restart and differs between networks; an airdrop is an ordinary signed transfer.
import { createHash } from 'node:crypto';
import {
  ComputeBudgetProgram,
  Keypair,
  PublicKey,
  SystemProgram,
  Transaction,
} from '@solana/web3.js';
import {
  type AccountState,
  type Address,
  addressBytes,
  type Blockhash,
  type Signature,
} from '@streamsync/domain';
import { SYSTEM_PROGRAM } from './chain/addresses.ts';
import type { Chain } from './chain/chain.ts';
import { decodeTransaction } from './chain/decode-transaction.ts';
import type { TransactionErrorJson } from './chain/types.ts';
import { signTransaction } from './sign-transaction.ts';

const LAMPORTS_PER_SOL = 1_000_000_000n;
/** As much as Solana has in all. */
export const FAUCET_LAMPORTS = 500_000_000n * LAMPORTS_PER_SOL;
/** Enough for any test, and web3.js's number of lamports stays exact below 2^53. */
export const AIRDROP_LAMPORTS_MAX = 1_000_000n * LAMPORTS_PER_SOL;
/** A transfer needs a few hundred units; the rest of the limit makes equal airdrops distinct. */
const UNITS_BASE = 1_000;
const UNITS_SPREAD = 1_000_000;

/** A keypair that follows from a network's genesis hash and a name. */
export function deriveKeypair(genesisHash: Blockhash, name: string): Keypair {
  const seed = createHash('sha256').update(addressBytes(genesisHash)).update(name).digest();
  return Keypair.fromSeed(seed);
}

export function faucetGenesisAccount(genesisHash: Blockhash): readonly [Address, AccountState] {
  const address = deriveKeypair(genesisHash, 'faucet').publicKey.toBase58() as Address;
  const state = {
    lamports: FAUCET_LAMPORTS,
    owner: SYSTEM_PROGRAM,
    executable: false,
    data: new Uint8Array(),
  };
  return [address, state];
}

export class Faucet {
  readonly #chain: Chain;
  readonly #keypair: Keypair;
  #count = 0;

  constructor(chain: Chain) {
    this.#chain = chain;
    this.#keypair = deriveKeypair(chain.genesisHash, 'faucet');
  }

  /** Pays at once, in the open slot. */
  airdrop(
    to: Address,
    lamports: bigint,
  ): { readonly signature: Signature } | { readonly error: TransactionErrorJson } {
    const transaction = new Transaction({
      feePayer: this.#keypair.publicKey,
      recentBlockhash: this.#chain.latestBlockhash().blockhash,
    }).add(
      ComputeBudgetProgram.setComputeUnitLimit({
        units: UNITS_BASE + (this.#count++ % UNITS_SPREAD),
      }),
      SystemProgram.transfer({
        fromPubkey: this.#keypair.publicKey,
        toPubkey: new PublicKey(to),
        lamports,
      }),
    );
    const wire = signTransaction(transaction, [this.#keypair]);
    const execution = this.#chain.send(decodeTransaction(wire));
    if (execution.kind === 'refused') return { error: execution.error };
    const { error, signature } = execution.transaction;
    return error === null ? { signature } : { error };
  }
}
