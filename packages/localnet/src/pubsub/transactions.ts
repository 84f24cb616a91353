// logsSubscribe, signatureSubscribe and blockSubscribe. Logs and blocks are sent when their slot
// closes; a signature when its transaction reaches the commitment that was asked for.
import type { Signature } from '@streamsync/domain';
import type { Chain } from '../chain/chain.ts';
import type { Commitment, TransactionErrorJson } from '../chain/types.ts';
import { blockEncoding, encodeBlock } from '../rpc/encode-block.ts';
import { invalidParams } from '../rpc/errors.ts';
import { address, boolean, commitment, fields, list, optional, signature } from '../rpc/params.ts';
import type { Subscribe, Subscription } from './subscription.ts';

/** What a subscription wants: everything ('all', 'allWithVotes'; there are no votes) or mentions. */
function mentionFilter(value: unknown, name: string): (keys: readonly string[]) => boolean {
  if (value === 'all' || value === 'allWithVotes') return () => true;
  const filter = fields(value, 'filter');
  const [mentioned] = list(filter[name] ?? invalid(name), name, 1);
  const key = address(mentioned, name);
  return (keys) => keys.includes(key);
}

function invalid(name: string): never {
  throw invalidParams(`the filter is 'all' or has ${name}`);
}

export const logsSubscribe: Subscribe = (_chain, params) => {
  const accepts = mentionFilter(params[0], 'mentions');
  commitment(fields(params[1], 'config'));
  return {
    notification: 'logsNotification',
    stage: 'state',
    onSlotClosed: ({ block }) =>
      block.transactions
        .filter((transaction) => accepts(transaction.accountKeys))
        .map((transaction) => ({
          context: { slot: block.slot },
          value: {
            signature: transaction.signature,
            err: transaction.error,
            logs: transaction.logs,
          },
        })),
  };
};

export const blockSubscribe: Subscribe = (chain, params) => {
  const value = params[0] === 'all' ? 'all' : fields(params[0], 'filter');
  const accepts =
    value === 'all'
      ? mentionFilter('all', '')
      : mentionFilter({ mention: [value.mentionsAccountOrProgram] }, 'mention');
  const config = fields(params[1], 'config');
  const level = commitment(config);
  const encoding = blockEncoding({ maxSupportedTransactionVersion: 0, ...config });
  const lag = level === 'finalized' ? chain.slotAt('confirmed') - chain.slotAt('finalized') : 0;
  return {
    notification: 'blockNotification',
    stage: 'state',
    onSlotClosed: ({ block: newest }) => {
      const slot = newest.slot - lag;
      const block = lag === 0 ? newest : chain.history.block(slot);
      if (block === null) return [];
      const transactions = block.transactions.filter((one) => accepts(one.accountKeys));
      const shown = encodeBlock({ ...block, transactions }, encoding);
      return [{ context: { slot }, value: { slot, err: null, block: shown } }];
    },
  };
};

export const signatureSubscribe: Subscribe = (chain, params) => {
  const wanted = signature(params[0], 'signature');
  const config = fields(params[1], 'config');
  const level = commitment(config);
  const received = optional(
    config.enableReceivedNotification,
    'enableReceivedNotification',
    boolean,
  );
  return new SignatureSubscription(chain, wanted, level, received ?? false);
};

/** Says once that the transaction reached the commitment, and is done. */
class SignatureSubscription implements Subscription {
  readonly notification = 'signatureNotification';
  readonly stage = 'state';
  readonly #chain: Chain;
  readonly #signature: Signature;
  readonly #level: Commitment;
  #owesReceived: boolean;
  #done = false;

  constructor(chain: Chain, wanted: Signature, level: Commitment, owesReceived: boolean) {
    this.#chain = chain;
    this.#signature = wanted;
    this.#level = level;
    this.#owesReceived = owesReceived;
  }

  isDone(): boolean {
    return this.#done;
  }

  onSubscribed(): readonly unknown[] {
    return this.#check();
  }

  onExecuted(transaction: { readonly signature: Signature }): readonly unknown[] {
    return transaction.signature === this.#signature ? this.#check() : [];
  }

  onSlotClosed(): readonly unknown[] {
    return this.#check();
  }

  #check(): readonly unknown[] {
    const status = this.#done ? null : this.#chain.status(this.#signature);
    if (status === null) return [];
    const results: unknown[] = [];
    if (this.#owesReceived) {
      this.#owesReceived = false;
      results.push(this.#result('receivedSignature'));
    }
    if (status.slot <= this.#chain.slotAt(this.#level)) {
      this.#done = true;
      results.push(this.#result({ err: status.error }));
    }
    return results;
  }

  #result(value: 'receivedSignature' | { err: TransactionErrorJson | null }) {
    return { context: { slot: this.#chain.slotAt('processed') }, value };
  }
}
