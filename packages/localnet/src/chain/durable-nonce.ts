// Durable nonces: a transaction whose first instruction advances a nonce account may name that
// account's value in the place of a blockhash. The value moves on even when the transaction fails,
// which litesvm does not do, so the chain does it here; otherwise the transaction could run again.
import {
  getNonceDecoder,
  getNonceEncoder,
  identifySystemInstruction,
  NonceState,
  SystemInstruction,
} from '@solana-program/system';
import type { AccountState, Address } from '@streamsync/domain';
import { SYSTEM_PROGRAM, toKit } from './addresses.ts';
import { type DecodedTransaction, isWritableStatic } from './decode-transaction.ts';

const NONCE_ACCOUNT_BYTES = 80;

/** The nonce account that a transaction's first instruction advances, whatever its state. */
export function nonceAccountOf(transaction: DecodedTransaction): Address | null {
  const [first] = transaction.instructions;
  if (first === undefined) return null;
  if (transaction.staticKeys[first.programIdIndex] !== SYSTEM_PROGRAM) return null;
  const [index] = first.accounts;
  if (index === undefined || !isWritableStatic(transaction, index)) return null;
  try {
    const kind = identifySystemInstruction(first.data);
    if (kind !== SystemInstruction.AdvanceNonceAccount) return null;
  } catch {
    return null;
  }
  return transaction.staticKeys[index] ?? null;
}

/** Whether the nonce account's stored value is what the transaction names, and may move on now. */
export function isNonceGood(
  transaction: DecodedTransaction,
  state: AccountState | null,
  nextNonce: Address,
): boolean {
  if (state?.owner !== SYSTEM_PROGRAM || state.data.length !== NONCE_ACCOUNT_BYTES) return false;
  const nonce = getNonceDecoder().decode(state.data);
  const signers = transaction.staticKeys.slice(0, transaction.header.requiredSignatures);
  return (
    nonce.state === NonceState.Initialized &&
    (nonce.blockhash as string) === transaction.recentBlockhash &&
    (nonce.blockhash as string) !== nextNonce &&
    signers.some((signer) => toKit(signer) === nonce.authority)
  );
}

/** The nonce account with its value moved on. */
export function advanceNonce(state: AccountState, nextNonce: Address): AccountState {
  const nonce = getNonceDecoder().decode(state.data);
  const data = getNonceEncoder().encode({ ...nonce, blockhash: toKit(nextNonce) });
  return { ...state, data: new Uint8Array(data) };
}
