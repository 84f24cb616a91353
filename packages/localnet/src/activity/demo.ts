// The accounts that a reader of the README can always ask for. They are made in the first slot and
// nothing is ever taken from them, so they outlive every restart.
import type { Address, Signature } from '@streamsync/domain';
import type { Chain } from '../chain/chain.ts';
import { addressOf, type Cast } from './cast.ts';
import {
  createMint,
  createMultisig,
  createNonce,
  mintTo,
  type Step,
  tokenAccountOf,
} from './steps.ts';

export interface Demo {
  /** The wallet that owns the token accounts. */
  readonly owner: Address;
  /** An SPL Token mint and the owner's account of it. */
  readonly mint: Address;
  readonly tokenAccount: Address;
  /** A Token-2022 mint with the metadata extension and the owner's account of it. */
  readonly mint2022: Address;
  readonly tokenAccount2022: Address;
  readonly nonce: Address;
  readonly multisig: Address;
  /** A transaction that names the token account; kept as long as the history reaches. */
  readonly signature: Signature;
}

const DEMO_TOKENS = 1_000_000_000n;

/**
 * Makes what is missing of the demo.
 * @param send runs a step; it throws when the step fails
 */
export function ensureDemo(chain: Chain, cast: Cast, send: (step: Step) => Signature): Demo {
  const { demoOwner, demoNonce, demoMultisig, issuer, wallets } = cast;
  const [mint, mint2022] = cast.mints;
  if (mint === undefined || mint2022 === undefined) throw new Error('the cast has two demo mints');
  const rent = (sizeBytes: number) => chain.svm.rentExemptLamports(sizeBytes);
  const exists = (address: Address) => chain.accounts.read(address, 'open') !== null;

  for (const one of [mint, mint2022]) {
    if (!exists(addressOf(one.keypair.publicKey))) send(createMint(one, issuer, rent));
    if (!exists(addressOf(tokenAccountOf(one, demoOwner.publicKey)))) {
      send(mintTo(one, demoOwner.publicKey, DEMO_TOKENS, issuer));
    }
  }
  if (!exists(addressOf(demoNonce.publicKey))) send(createNonce(demoNonce, demoOwner, rent));
  if (!exists(addressOf(demoMultisig.publicKey))) {
    const members = wallets.slice(0, 3).map((wallet) => wallet.publicKey);
    send(createMultisig(demoMultisig, demoOwner, members, rent));
  }
  return {
    owner: addressOf(demoOwner.publicKey),
    mint: addressOf(mint.keypair.publicKey),
    tokenAccount: addressOf(tokenAccountOf(mint, demoOwner.publicKey)),
    mint2022: addressOf(mint2022.keypair.publicKey),
    tokenAccount2022: addressOf(tokenAccountOf(mint2022, demoOwner.publicKey)),
    nonce: addressOf(demoNonce.publicKey),
    multisig: addressOf(demoMultisig.publicKey),
    // A fresh one at every start, because the old one may have left the history.
    signature: send(mintTo(mint, demoOwner.publicKey, 1n, issuer)),
  };
}
