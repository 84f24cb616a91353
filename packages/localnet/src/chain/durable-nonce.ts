// Durable nonces: a transaction whose first instruction advances a nonce account may name that
// account's value in the place of a blockhash. On a cluster an account that advances takes the value
// of the newest blockhash, sha256('DURABLE_NONCE' ‖ blockhash); litesvm takes the blockhash that the
// transaction names, which may be old, and leaves the account alone when the transaction fails. So
// around every run the value is exchanged, to make the system program decide as on a cluster, and
// settled afterwards. The chain's blockhashes never repeat, hence neither do the values.
import { createHash } from 'node:crypto';
import {
  getNonceDecoder,
  getNonceEncoder,
  identifySystemInstruction,
  NonceState,
  SystemInstruction,
} from '@solana-program/system';
import {
  type AccountState,
  type Address,
  addressBytes,
  addressFromBytes,
  type Blockhash,
} from '@streamsync/domain';
import { SYSTEM_PROGRAM, toKit } from './addresses.ts';
import { type DecodedTransaction, isWritableStatic } from './decode-transaction.ts';

const NONCE_ACCOUNT_BYTES = 80;

/** The value that a nonce account takes which advances while `blockhash` is the newest. */
export function durableNonceOf(blockhash: Blockhash): Address {
  const hash = createHash('sha256').update('DURABLE_NONCE').update(addressBytes(blockhash));
  return addressFromBytes(hash.digest());
}

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
  const nonce = readNonce(state);
  const signers = transaction.staticKeys.slice(0, transaction.header.requiredSignatures);
  return (
    nonce !== null &&
    nonce.value === transaction.recentBlockhash &&
    nonce.value !== nextNonce &&
    signers.includes(nonce.authority)
  );
}

/** Value and authority of an initialised nonce account; null for everything else. */
function readNonce(
  state: AccountState | null,
): { readonly value: string; readonly authority: Address } | null {
  if (state?.owner !== SYSTEM_PROGRAM || state.data.length !== NONCE_ACCOUNT_BYTES) return null;
  const nonce = getNonceDecoder().decode(state.data);
  if (nonce.state !== NonceState.Initialized) return null;
  return { value: nonce.blockhash as string, authority: nonce.authority as string as Address };
}

/** The nonce account with another value; anything else as it is. */
export function withNonce(state: AccountState, value: string): AccountState {
  if (readNonce(state) === null) return state;
  const nonce = getNonceDecoder().decode(state.data);
  const data = getNonceEncoder().encode({ ...nonce, blockhash: toKit(value as Address) });
  return { ...state, data: new Uint8Array(data) };
}

export class NonceExchange {
  /** What litesvm gives to an account that advances in this run. */
  readonly #given: Address;
  readonly #nextNonce: Address;

  constructor(transaction: Pick<DecodedTransaction, 'recentBlockhash'>, nextNonce: Address) {
    this.#given = durableNonceOf(transaction.recentBlockhash);
    this.#nextNonce = nextNonce;
  }

  /**
   * The account as the run shall find it. The system program refuses to advance an account that
   * holds the value it would get; on a cluster those are the accounts that advanced in this slot.
   */
  shown(state: AccountState | null): AccountState | null {
    const nonce = readNonce(state);
    if (state === null || nonce === null) return state;
    if (nonce.value === this.#nextNonce) return withNonce(state, this.#given);
    if (nonce.value === this.#given) return withNonce(state, this.#nextNonce);
    return state;
  }

  /** The account as a cluster would have left it. */
  settled(before: AccountState | null, after: AccountState | null): AccountState | null {
    const value = readNonce(after)?.value;
    if (after === null || value === undefined) return after;
    const shown = readNonce(this.shown(before))?.value;
    if (value === shown) return withNonce(after, readNonce(before)?.value ?? value);
    return value === this.#given ? withNonce(after, this.#nextNonce) : after;
  }
}
