// An update for one client: which of its filters the update passes, and the bytes. Bodies that do not
// depend on the client are encoded once for all of them.

import { signatureBytes } from '@streamsync/domain';
import type { ExecutedTransaction } from '../chain/types.ts';
import { accountInfo, blockFields, errorOf, transactionInfo } from './encode.ts';
import type { BlockFilter, Filters, NamedFilter } from './filters.ts';
import { encodeUpdate, withFilters } from './service.ts';
import { type BlockUpdate, SLOT_STATUS, type SlotStatusUpdate, type Update } from './updates.ts';

/** Bodies of one moment's updates; dropped with it. */
export class Bodies {
  readonly #bodies = new Map<string, Map<object, Buffer>>();
  readonly #createdAt: object;

  constructor(nowMs: number) {
    this.#createdAt = { seconds: Math.floor(nowMs / 1_000), nanos: (nowMs % 1_000) * 1_000_000 };
  }

  encode(body: object): Buffer {
    return encodeUpdate({ ...body, createdAt: this.#createdAt });
  }

  /** The body that was built of `subject` before under this name, or a new one. */
  shared(name: string, subject: object, build: () => object): Buffer {
    let named = this.#bodies.get(name);
    if (named === undefined) {
      named = new Map();
      this.#bodies.set(name, named);
    }
    let body = named.get(subject);
    if (body === undefined) {
      body = this.encode(build());
      named.set(subject, body);
    }
    return body;
  }
}

/** The messages of one update, none to a few. */
export function messagesOf(update: Update, filters: Filters, bodies: Bodies): Buffer[] {
  switch (update.kind) {
    case 'account': {
      const names = passed(filters.accounts, update.account);
      if (names.length === 0) return [];
      const build = () => ({
        account: {
          account: accountInfo(update.account, filters.slices),
          slot: update.slot,
          isStartup: false,
        },
      });
      const body =
        filters.slices.length === 0
          ? bodies.shared('account', update.account, build)
          : bodies.encode(build());
      return [withFilters(names, body)];
    }
    case 'transaction': {
      const { transaction, slot, index } = update;
      const messages: Buffer[] = [];
      const names = passed(filters.transactions, transaction);
      if (names.length > 0) {
        const body = bodies.shared('transaction', transaction, () => ({
          transaction: { transaction: transactionInfo(transaction, index), slot },
        }));
        messages.push(withFilters(names, body));
      }
      const statusNames = passed(filters.transactionsStatus, transaction);
      if (statusNames.length > 0) {
        const body = bodies.shared('status', transaction, () => ({
          transactionStatus: {
            slot,
            signature: signatureBytes(transaction.signature),
            isVote: false,
            index,
            ...errorOf(transaction),
          },
        }));
        messages.push(withFilters(statusNames, body));
      }
      return messages;
    }
    case 'slot': {
      const names = filters.slots
        .filter(([, filter]) => wantsStatus(update, filter, filters))
        .map(([name]) => name);
      if (names.length === 0) return [];
      const { slot, parent, status } = update;
      const body = bodies.shared('slot', update, () => ({
        slot: { slot, parent, status: SLOT_STATUS[status] },
      }));
      return [withFilters(names, body)];
    }
    case 'block':
      return blockMessages(update, filters, bodies);
  }
}

function passed<T>(filters: readonly NamedFilter<T>[], subject: T): string[] {
  return filters.filter(([, accepts]) => accepts(subject)).map(([name]) => name);
}

function wantsStatus(
  { status }: SlotStatusUpdate,
  filter: { readonly filterByCommitment?: boolean; readonly interslotUpdates?: boolean },
  { commitment }: Filters,
): boolean {
  if (filter.filterByCommitment) return status === commitment;
  const isInterslot = SLOT_STATUS[status] > SLOT_STATUS.finalized;
  return !isInterslot || filter.interslotUpdates === true;
}

function blockMessages(update: BlockUpdate, filters: Filters, bodies: Bodies): Buffer[] {
  const messages: Buffer[] = [];
  if (filters.blocksMeta.length > 0) {
    const body = bodies.shared('meta', update, () => ({ blockMeta: blockFields(update.block) }));
    messages.push(withFilters(filters.blocksMeta, body));
  }
  for (const [name, filter] of filters.blocks) {
    messages.push(withFilters([name], bodies.encode({ block: blockOf(update, filter, filters) })));
  }
  return messages;
}

function blockOf({ block, accounts }: BlockUpdate, filter: BlockFilter, filters: Filters): object {
  const isWanted = ({ accountKeys }: ExecutedTransaction) =>
    filter.accounts.size === 0 || accountKeys.some((key) => filter.accounts.has(key));
  return {
    ...blockFields(block),
    transactions: filter.includeTransactions
      ? block.transactions.flatMap((transaction, index) =>
          isWanted(transaction) ? [transactionInfo(transaction, index)] : [],
        )
      : [],
    updatedAccountCount: accounts.length,
    accounts: filter.includeAccounts
      ? accounts
          .filter(({ address }) => filter.accounts.size === 0 || filter.accounts.has(address))
          .map((account) => accountInfo(account, filters.slices))
      : [],
  };
}
