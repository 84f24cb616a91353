// RPC methods that send, simulate and look up transactions.

import {
  type DecodedTransaction,
  decodeMessage,
  decodeTransaction,
  signatureOf,
  TRANSACTION_BYTES_MAX,
} from '../../chain/decode-transaction.ts';
import { messageFeeLamports } from '../../chain/fee.ts';
import type { SimulatedOutcome } from '../../chain/svm.ts';
import { describeTransactionError } from '../../chain/transaction-error.ts';
import type { Commitment } from '../../chain/types.ts';
import { AIRDROP_LAMPORTS_MAX } from '../../faucet.ts';
import { accountEncoding, encodeAccount } from '../encode-account.ts';
import {
  encodeInner,
  encodeReturnData,
  encodeTransactionWithMeta,
  statusOfError,
  TRANSACTION_ENCODINGS,
} from '../encode-transaction.ts';
import { invalidParams, RpcError } from '../errors.ts';
import { historyCommitment, type RpcContext, type RpcMethods, readAt } from '../method.ts';
import {
  address,
  boolean,
  bytes,
  type Fields,
  fields,
  list,
  oneOf,
  optional,
  signature,
  text,
  whole,
} from '../params.ts';

/** RPC's limits on signatures of one call. */
const STATUSES_MAX = 256;
const SIGNATURES_MAX = 1_000;
const SIMULATED_ACCOUNTS_MAX = 128;
const NATIVE_LOADER = 'NativeLoader1111111111111111111111111111111';

export const transactionMethods: RpcMethods = {
  sendTransaction(context, params) {
    const config = fields(params[1], 'config');
    const decoded = transactionParam(params[0], config);
    const skipPreflight = optional(config.skipPreflight, 'skipPreflight', boolean) ?? false;
    readAt(context.chain, { minContextSlot: config.minContextSlot, commitment: 'processed' });
    if (!skipPreflight) preflight(context, decoded);
    const execution = verified(() => context.chain.send(decoded));
    if (execution.kind === 'refused') {
      // Without preflight RPC answers with the signature, and the transaction is dropped later.
      context.log.info(
        { signature: signatureOf(decoded), error: execution.error },
        'dropped a transaction that was sent without preflight',
      );
    }
    return signatureOf(decoded);
  },

  simulateTransaction({ chain }, params) {
    const config = fields(params[1], 'config');
    const { context } = readAt(chain, config);
    const decoded = transactionParam(params[0], config);
    const verifySignatures = optional(config.sigVerify, 'sigVerify', boolean) ?? false;
    const replace =
      optional(config.replaceRecentBlockhash, 'replaceRecentBlockhash', boolean) ?? false;
    if (verifySignatures && replace) {
      throw invalidParams('sigVerify may not be used with replaceRecentBlockhash');
    }
    const outcome = verified(() =>
      chain.simulate(decoded, { verifySignatures, ignoreBlockhash: replace }),
    );
    return {
      context,
      value: {
        ...encodeOutcome(outcome),
        accounts: simulatedAccounts(outcome, config),
        innerInstructions: optional(config.innerInstructions, 'innerInstructions', boolean)
          ? encodeInner({ ...outcome, accountKeys: decoded.staticKeys }, false)
          : null,
        replacementBlockhash: replace ? chain.latestBlockhash() : null,
      },
    };
  },

  requestAirdrop({ chain, faucet }, params) {
    const to = address(params[0], 'pubkey');
    const lamports = BigInt(whole(params[1], 'lamports'));
    readAt(chain, fields(params[2], 'config'));
    if (lamports > AIRDROP_LAMPORTS_MAX) {
      throw invalidParams(`an airdrop has at most ${AIRDROP_LAMPORTS_MAX} lamports`);
    }
    const result = faucet.airdrop(to, lamports);
    if ('error' in result) {
      throw new RpcError('internalError', describeTransactionError(result.error), {
        err: result.error,
      });
    }
    return result.signature;
  },

  getSignatureStatuses({ chain }, params) {
    const { context } = readAt(chain, { commitment: 'processed' });
    optional(
      fields(params[1], 'config').searchTransactionHistory,
      'searchTransactionHistory',
      boolean,
    );
    const tip = chain.slotAt('processed');
    const value = list(params[0], 'signatures', STATUSES_MAX).map((entry) => {
      const status = chain.status(signature(entry, 'signature'));
      if (status === null) return null;
      const level = chain.commitmentOf(status.slot);
      return {
        slot: status.slot,
        confirmations: level === 'finalized' ? null : tip - status.slot,
        err: status.error,
        status: statusOfError(status.error),
        confirmationStatus: level,
      };
    });
    return { context, value };
  },

  getSignaturesForAddress({ chain }, params) {
    const config = fields(params[1], 'config');
    const key = address(params[0], 'address');
    const limit = optional(config.limit, 'limit', whole) ?? SIGNATURES_MAX;
    if (limit < 1 || limit > SIGNATURES_MAX) throw invalidParams('limit must be from 1 to 1000');
    const before = optional(config.before, 'before', signature);
    const until = optional(config.until, 'until', signature);
    const tip = chain.slotAt(historyCommitment(config));
    const all = chain.history.signaturesFor(key);
    const end = before === undefined ? all.length : all.lastIndexOf(before);
    const found = [];
    // Newest first; an unknown `before` has index -1, and nothing comes before it.
    for (let index = end - 1; index >= 0 && found.length < limit; index -= 1) {
      const one = all[index];
      if (one === undefined || one === until) break;
      const status = chain.history.status(one);
      if (status === null || status.slot > tip) continue;
      found.push({
        signature: one,
        slot: status.slot,
        err: status.error,
        memo: status.memo,
        blockTime: status.blockTimeSeconds,
        confirmationStatus: chain.commitmentOf(status.slot),
      });
    }
    return found;
  },

  getTransaction({ chain }, params) {
    const config =
      typeof params[1] === 'string' ? { encoding: params[1] } : fields(params[1], 'config');
    const found = chain.transaction(signature(params[0], 'signature'));
    const level: Commitment = historyCommitment(config);
    const encoding = optional(config.encoding, 'encoding', (value, name) =>
      oneOf(value, name, TRANSACTION_ENCODINGS),
    );
    if (found === null || found.status.slot > chain.slotAt(level)) return null;
    return {
      slot: found.status.slot,
      blockTime: found.status.blockTimeSeconds,
      ...encodeTransactionWithMeta(
        found.transaction,
        encoding ?? 'json',
        optional(config.maxSupportedTransactionVersion, 'maxSupportedTransactionVersion', whole),
      ),
    };
  },

  getFeeForMessage({ chain }, params) {
    const { view, context } = readAt(chain, fields(params[1], 'config'));
    const wire = bytes(text(params[0], 'message'), 'base64', 'message');
    const message = decoded(() => decodeMessage(wire));
    const isGood = chain.isBlockhashGood(message.recentBlockhash);
    const isBuiltin = (program: string) =>
      chain.accounts.read(program as never, view)?.owner === (NATIVE_LOADER as string);
    return { context, value: isGood ? messageFeeLamports(message, isBuiltin) : null };
  },
};

function transactionParam(value: unknown, config: Fields): DecodedTransaction {
  const encoding =
    optional(config.encoding, 'encoding', (one, name) =>
      oneOf(one, name, ['base58', 'base64'] as const),
    ) ?? 'base58';
  const encoded = text(value, 'transaction');
  // Base58 is refused by its length, because decoding it costs time quadratic in the length.
  if (encoded.length > 2 * TRANSACTION_BYTES_MAX) throw tooLarge(encoded.length);
  const wire = bytes(encoded, encoding, 'transaction');
  if (wire.length > TRANSACTION_BYTES_MAX) throw tooLarge(wire.length);
  return decoded(() => decodeTransaction(wire));
}

function tooLarge(length: number): RpcError {
  return invalidParams(`transaction too large: ${length} (max: ${TRANSACTION_BYTES_MAX} bytes)`);
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unknown form';
    throw invalidParams(`failed to deserialize transaction: ${why.slice(0, 200)}`);
  }
}

/** Missing signatures make @solana/kit throw before litesvm sees the transaction. */
function verified<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'SolanaError') throw signatureFailure();
    throw cause;
  }
}

function signatureFailure(): RpcError {
  return new RpcError('signatureVerificationFailure', 'Transaction signature verification failure');
}

/** @throws RpcError -32002 with the simulation, or -32003 for a bad signature */
function preflight({ chain }: RpcContext, transaction: DecodedTransaction): void {
  const outcome = verified(() =>
    chain.simulate(transaction, { verifySignatures: true, ignoreBlockhash: false }),
  );
  if (outcome.error === null) return;
  if (outcome.error === 'SignatureFailure') throw signatureFailure();
  throw new RpcError(
    'preflightFailure',
    `Transaction simulation failed: ${describeTransactionError(outcome.error)}`,
    {
      ...encodeOutcome(outcome),
      accounts: null,
      innerInstructions: null,
      replacementBlockhash: null,
    },
  );
}

function encodeOutcome(outcome: SimulatedOutcome) {
  return {
    err: outcome.error,
    logs: outcome.logs,
    unitsConsumed: outcome.computeUnitsConsumed,
    returnData: outcome.returnData === null ? null : encodeReturnData(outcome.returnData),
  };
}

function simulatedAccounts(outcome: SimulatedOutcome, config: Fields) {
  if (config.accounts === undefined || config.accounts === null) return null;
  const wanted = fields(config.accounts, 'accounts');
  const encoding = accountEncoding({ encoding: wanted.encoding ?? 'base64' });
  return list(wanted.addresses, 'accounts.addresses', SIMULATED_ACCOUNTS_MAX).map((entry) => {
    const state = outcome.accountsAfter.get(address(entry, 'address'));
    return state ? encodeAccount(state, encoding) : null;
  });
}
