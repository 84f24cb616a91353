// Activity on the chain: ordinary signed transactions of seeded wallets, through the same door as
// those of RPC. It keeps no state of its own: it reads the chain and decides by seed and slot, so it
// goes on after a restart, and its accounts are bounded by wallets times mints.
import { type PublicKey, Transaction } from '@solana/web3.js';
import type { Signature } from '@streamsync/domain';
import type { Chain } from '../chain/chain.ts';
import { decodeTransaction } from '../chain/decode-transaction.ts';
import { viewTokenAccount } from '../chain/token-balances.ts';
import { describeTransactionError } from '../chain/transaction-error.ts';
import type { Faucet } from '../faucet.ts';
import type { Log } from '../log.ts';
import { signTransaction } from '../sign-transaction.ts';
import { addressOf, type Cast, type MintPlan, makeCast } from './cast.ts';
import { type Demo, ensureDemo } from './demo.ts';
import { Random } from './random.ts';
import {
  burn,
  close,
  createMint,
  mintTo,
  type Step,
  tokenAccountOf,
  transferSol,
  transferTokens,
} from './steps.ts';

const LAMPORTS_PER_SOL = 1_000_000_000n;
const FUNDS_LAMPORTS = 100n * LAMPORTS_PER_SOL;
const FUNDS_LAMPORTS_MIN = LAMPORTS_PER_SOL;
/** A new mint every so many slots, until all are there. */
const SLOTS_PER_MINT = 4;
/** Transfers that fit one transaction. */
const TRANSFERS_PER_TRANSACTION = 15;

export interface ActivityOptions {
  readonly chain: Chain;
  readonly faucet: Faucet;
  readonly log: Log;
  readonly seed: number;
  readonly transactionsPerSlot: number;
}

export interface Activity {
  readonly demo: Demo;
  /** Runs the transactions of the slot that just opened. */
  runSlot(): void;
}

/** Makes the demo accounts and funds the wallets, in the open slot. */
export function startActivity(options: ActivityOptions): Activity {
  const { chain, faucet, log, seed, transactionsPerSlot } = options;
  const cast = makeCast(seed);
  const send = (step: Step): Signature => sendStep(chain, step);

  for (const { publicKey } of [cast.issuer, cast.demoOwner]) fund(chain, faucet, publicKey);
  const demo = ensureDemo(chain, cast, send);
  fundWallets(chain, cast, send);

  return {
    demo,
    runSlot() {
      const slot = chain.slotAt('processed');
      const random = new Random(seed, `slot/${slot}`);
      try {
        fund(chain, faucet, cast.issuer.publicKey);
        for (const step of stepsOfSlot(chain, cast, random, slot, transactionsPerSlot)) send(step);
      } catch (cause) {
        log.warn({ slot, cause: String(cause) }, 'an activity transaction failed');
      }
    },
  };
}

/** Each step is decided when the one before it has run. */
function* stepsOfSlot(
  chain: Chain,
  cast: Cast,
  random: Random,
  slot: number,
  count: number,
): Generator<Step> {
  const rent = (sizeBytes: number) => chain.svm.rentExemptLamports(sizeBytes);
  const existing = cast.mints.filter(
    (mint) => chain.accounts.read(addressOf(mint.keypair.publicKey), 'open') !== null,
  );
  const next = cast.mints[existing.length];
  let left = count;
  if (next !== undefined && slot % SLOTS_PER_MINT === 0 && left > 0) {
    left -= 1;
    yield createMint(next, cast.issuer, rent);
  }
  for (; left > 0; left -= 1) yield oneStep(chain, cast, random, existing);
}

function oneStep(chain: Chain, cast: Cast, random: Random, mints: readonly MintPlan[]): Step {
  const mint = random.pick(mints);
  const wallet = random.pick(cast.wallets);
  const to = random.below(20) === 0 ? cast.demoOwner : random.pick(cast.wallets);
  const held = amountOf(chain, mint, wallet.publicKey);
  // Uniqueness within a slot comes from the amount: equal messages would be one transaction.
  const amount = BigInt(1 + random.below(1_000_000));
  const roll = random.below(100);
  if (held === null || roll < 35) return mintTo(mint, wallet.publicKey, amount, cast.issuer);
  if (roll < 45) return transferSol(wallet, [to.publicKey], amount);
  if (roll < 52) return close(mint, wallet, held);
  const part = held < amount ? held : amount;
  if (part === 0n) return mintTo(mint, wallet.publicKey, amount, cast.issuer);
  if (roll < 62) return burn(mint, wallet, part);
  return transferTokens(mint, wallet, to.publicKey, part);
}

/** Base units in the wallet's account of the mint; null when it has none. */
function amountOf(chain: Chain, mint: MintPlan, owner: PublicKey): bigint | null {
  const address = addressOf(tokenAccountOf(mint, owner));
  return viewTokenAccount(chain.accounts.read(address, 'open'))?.amount ?? null;
}

function fund(chain: Chain, faucet: Faucet, key: PublicKey): void {
  const state = chain.accounts.read(addressOf(key), 'open');
  if ((state?.lamports ?? 0n) >= FUNDS_LAMPORTS_MIN) return;
  const result = faucet.airdrop(addressOf(key), FUNDS_LAMPORTS * 100n);
  if ('error' in result) throw new Error(describeTransactionError(result.error));
}

/** Gives every wallet that has little its share, from the issuer, many to a transaction. */
function fundWallets(chain: Chain, cast: Cast, send: (step: Step) => Signature): void {
  const poor = cast.wallets
    .map((wallet) => wallet.publicKey)
    .filter((key) => {
      const state = chain.accounts.read(addressOf(key), 'open');
      return (state?.lamports ?? 0n) < FUNDS_LAMPORTS_MIN;
    });
  for (let first = 0; first < poor.length; first += TRANSFERS_PER_TRANSACTION) {
    const some = poor.slice(first, first + TRANSFERS_PER_TRANSACTION);
    send(transferSol(cast.issuer, some, FUNDS_LAMPORTS));
  }
}

/** @throws Error when the transaction does not succeed */
function sendStep(chain: Chain, { instructions, signers }: Step): Signature {
  const [payer] = signers;
  if (payer === undefined) throw new Error('a step has a signer');
  const transaction = new Transaction({
    feePayer: payer.publicKey,
    recentBlockhash: chain.latestBlockhash().blockhash,
  }).add(...instructions);
  const execution = chain.send(decodeTransaction(signTransaction(transaction, signers)));
  const error = execution.kind === 'refused' ? execution.error : execution.transaction.error;
  if (execution.kind === 'refused' || error !== null) {
    throw new Error(describeTransactionError(error ?? 'unknown'));
  }
  return execution.transaction.signature;
}
