// Runs one transaction against the open slot and works out what RPC has to say about it. litesvm
// reports neither fee, balances nor touched accounts, so every key is read before and after: the
// difference is the writes, and the lamports that went missing are the fee (lamports are conserved).

import type { AccountState, Address } from '@streamsync/domain';
import { invariant } from '@streamsync/domain';
import { type Accounts, sameState } from './accounts.ts';
import { MEMO_PROGRAMS } from './addresses.ts';
import { type DecodedTransaction, resolveKeys, signatureOf } from './decode-transaction.ts';
import { NonceExchange, withNonce } from './durable-nonce.ts';
import type { Outcome, Svm } from './svm.ts';
import { tokenBalances } from './token-balances.ts';
import type { ExecutedTransaction, TransactionErrorJson } from './types.ts';

export type Execution =
  /** It is part of the open slot, succeeded or failed. */
  | { readonly kind: 'included'; readonly transaction: ExecutedTransaction }
  /** No fee was charged and nothing happened. */
  | {
      readonly kind: 'refused';
      readonly error: TransactionErrorJson;
      readonly logs: readonly string[];
    };

/**
 * @param nonceAccount the nonce account whose value the transaction names instead of a blockhash
 * @param nextNonce what a nonce account that advances now takes
 * @throws Error when a signature is missing altogether
 */
export function execute(
  svm: Svm,
  accounts: Accounts,
  decoded: DecodedTransaction,
  nonceAccount: Address | null,
  nextNonce: Address,
): Execution {
  const read = (address: Address) => accounts.read(address, 'open');
  const resolved = resolveKeys(decoded, read);
  if ('error' in resolved) return { kind: 'refused', error: resolved.error, logs: [] };
  const { keys, writable, loaded } = resolved;

  const before = keys.map(read);
  const preTokenBalances = tokenBalances(keys, read);
  const exchange = new NonceExchange(decoded, nextNonce);
  const putBack = showNonces(
    svm,
    exchange,
    keys.filter((_, index) => writable[index]),
    read,
  );
  let outcome: Outcome;
  try {
    outcome = svm.execute(decoded.kit);
  } catch (cause) {
    putBack();
    throw cause;
  }
  for (const [index, key] of keys.entries()) {
    if (!writable[index]) continue;
    const stateBefore = before[index] ?? null;
    const ran = svm.read(key);
    let after = exchange.settled(stateBefore, ran);
    // A failed transaction spends its nonce all the same; otherwise it could run again.
    if (outcome.error !== null && key === nonceAccount && after !== null) {
      after = withNonce(after, nextNonce);
    }
    if (after !== null && !sameState(ran, after)) svm.write(key, after);
    if (!sameState(stateBefore, after)) accounts.write(key, after);
  }
  const after = keys.map(read);
  const feeLamports = sumLamports(before) - sumLamports(after);
  invariant(feeLamports >= 0n, 'a transaction makes no lamports');
  if (feeLamports === 0n) {
    invariant(outcome.error !== null, 'a transaction that succeeds pays a fee');
    return { kind: 'refused', error: outcome.error, logs: outcome.logs };
  }
  return {
    kind: 'included',
    transaction: {
      signature: signatureOf(decoded),
      wire: decoded.wire,
      version: decoded.version,
      accountKeys: keys,
      loadedAddresses: loaded,
      feeLamports,
      preBalancesLamports: before.map((state) => state?.lamports ?? 0n),
      postBalancesLamports: after.map((state) => state?.lamports ?? 0n),
      preTokenBalances,
      postTokenBalances: tokenBalances(keys, read),
      memo: memoOf(decoded, keys),
      ...fieldsOf(outcome),
    },
  };
}

function fieldsOf({ error, logs, innerInstructions, computeUnitsConsumed, returnData }: Outcome) {
  return { error, logs, innerInstructions, computeUnitsConsumed, returnData };
}

/** Writes the nonce accounts among `keys` as `exchange` shows them. @returns what undoes it */
export function showNonces(
  svm: Svm,
  exchange: NonceExchange,
  keys: readonly Address[],
  read: (address: Address) => AccountState | null,
): () => void {
  const changed: [Address, AccountState][] = [];
  for (const key of keys) {
    const state = read(key);
    const shown = exchange.shown(state);
    if (state === null || shown === null || shown === state) continue;
    svm.write(key, shown);
    changed.push([key, state]);
  }
  return () => {
    for (const [key, state] of changed) svm.write(key, state);
  };
}

function sumLamports(states: readonly (AccountState | null)[]): bigint {
  return states.reduce((sum, state) => sum + (state?.lamports ?? 0n), 0n);
}

function memoOf(decoded: DecodedTransaction, keys: readonly Address[]): string | null {
  const memos = decoded.instructions.flatMap(({ programIdIndex, data }) => {
    const program = keys[programIdIndex];
    if (program === undefined || !MEMO_PROGRAMS.includes(program)) return [];
    return [`[${data.length}] ${new TextDecoder().decode(data)}`];
  });
  return memos.length === 0 ? null : memos.join('; ');
}
