// A request's filters as predicates. Within one filter, fields narrow (and), values of a field widen
// (or); a filter without fields passes everything. What cannot be served is refused by name, as a
// filter that were passed over would look like a chain on which nothing happens.
import { base58 } from '@scure/base';
import {
  type Address,
  parseAddress,
  parseSignature,
  parseSlot,
  StreamSyncError,
} from '@streamsync/domain';
import { SYSTEM_PROGRAM } from '../chain/addresses.ts';
import { viewTokenAccount } from '../chain/token-balances.ts';
import { COMMITMENTS, type Commitment, type ExecutedTransaction } from '../chain/types.ts';
import type { AccountMessage, DataSlice } from './encode.ts';
import { invalid } from './refusal.ts';
import type {
  AccountRuleRequest,
  AccountsFilterRequest,
  BlocksFilterRequest,
  Named,
  SlotsFilterRequest,
  SubscribeRequest,
  TransactionsFilterRequest,
} from './requests.ts';

/** Filters of one kind in a request: a client needs a few. */
const FILTERS_MAX = 64;
/** As the plugin's sample configuration bounds a filter's name. */
const NAME_LENGTH_MAX = 128;
/** Addresses of one field, as many as one PubSub connection may follow. */
const ADDRESSES_MAX = 10_000;
/** RPC's bounds on the filters of a list. */
const RULES_MAX = 4;
const MEMCMP_BYTES_MAX = 128;
const SLICES_MAX = 16;

export type NamedFilter<T> = readonly [name: string, accepts: (subject: T) => boolean];

export interface BlockFilter {
  readonly accounts: ReadonlySet<Address>;
  readonly includeTransactions: boolean;
  readonly includeAccounts: boolean;
}

export interface Filters {
  readonly commitment: Commitment;
  readonly fromSlot: number | null;
  readonly slices: readonly DataSlice[];
  readonly accounts: readonly NamedFilter<AccountMessage>[];
  readonly transactions: readonly NamedFilter<ExecutedTransaction>[];
  readonly transactionsStatus: readonly NamedFilter<ExecutedTransaction>[];
  readonly slots: readonly (readonly [name: string, filter: SlotsFilterRequest])[];
  readonly blocks: readonly (readonly [name: string, filter: BlockFilter])[];
  readonly blocksMeta: readonly string[];
}

/** @throws Refusal INVALID_ARGUMENT */
export function compileFilters(request: SubscribeRequest): Filters {
  for (const kind of ['entry', 'blockFooter'] as const) {
    if (Object.keys(request[kind]).length > 0) throw invalid(`localnet has no ${kind} updates`);
  }
  if (request.accountsDataSlice.length > SLICES_MAX) {
    throw invalid(`at most ${SLICES_MAX} data slices`);
  }
  return {
    commitment: commitmentOf(request.commitment),
    fromSlot: request.fromSlot === undefined ? null : numberOf(request.fromSlot, 'from_slot'),
    slices: request.accountsDataSlice.map(({ offset, length }) => ({
      offset: numberOf(offset, 'offset'),
      length: numberOf(length, 'length'),
    })),
    accounts: named(request.accounts, accountFilter),
    transactions: named(request.transactions, transactionFilter),
    transactionsStatus: named(request.transactionsStatus, transactionFilter),
    slots: named(request.slots, (filter) => filter),
    blocks: named(request.blocks, blockFilter),
    blocksMeta: named(request.blocksMeta, () => null).map(([name]) => name),
  };
}

/** @throws Refusal INVALID_ARGUMENT; without a commitment it is 'processed' */
export function commitmentOf(level: number | undefined): Commitment {
  const commitment = COMMITMENTS[level ?? 0];
  if (commitment === undefined) throw invalid(`${level} is no commitment level`);
  return commitment;
}

function named<Request, Filter>(
  filters: Named<Request>,
  compile: (request: Request) => Filter,
): (readonly [string, Filter])[] {
  const entries = Object.entries(filters);
  if (entries.length > FILTERS_MAX) throw invalid(`at most ${FILTERS_MAX} filters of a kind`);
  return entries.map(([name, request]) => {
    if (name.length > NAME_LENGTH_MAX) {
      throw invalid(`a filter's name has at most ${NAME_LENGTH_MAX} characters`);
    }
    return [name, compile(request)];
  });
}

function accountFilter(request: AccountsFilterRequest): (account: AccountMessage) => boolean {
  refuseCompressed(request.cuckooAccountsFilter);
  if (request.filters.length > RULES_MAX) throw invalid(`at most ${RULES_MAX} account filters`);
  const accounts = addressesOf(request.account);
  const owners = addressesOf(request.owner);
  const rules = request.filters.map(accountRule);
  const { nonemptyTxnSignature } = request;
  return (message) => {
    const owner = message.state?.owner ?? SYSTEM_PROGRAM;
    return (
      (accounts.size === 0 || accounts.has(message.address)) &&
      (owners.size === 0 || owners.has(owner)) &&
      (nonemptyTxnSignature === undefined ||
        nonemptyTxnSignature === (message.signature !== null)) &&
      rules.every((accepts) => accepts(message))
    );
  };
}

function accountRule(rule: AccountRuleRequest): (message: AccountMessage) => boolean {
  if (rule.datasize !== undefined) {
    const sizeBytes = numberOf(rule.datasize, 'datasize');
    return ({ state }) => (state?.data.length ?? 0) === sizeBytes;
  }
  if (rule.tokenAccountState !== undefined) {
    if (!rule.tokenAccountState) throw invalid('token_account_state can only be true');
    return ({ state }) => viewTokenAccount(state) !== null;
  }
  if (rule.lamports !== undefined) return lamportsRule(rule.lamports);
  if (rule.memcmp !== undefined) return memcmpRule(rule.memcmp);
  throw invalid('an account filter is one of memcmp, datasize, token_account_state, lamports');
}

function lamportsRule(
  rule: NonNullable<AccountRuleRequest['lamports']>,
): (message: AccountMessage) => boolean {
  const compared = { eq: rule.eq, ne: rule.ne, lt: rule.lt, gt: rule.gt };
  const [name, text] = Object.entries(compared).find(([, value]) => value !== undefined) ?? [];
  if (text === undefined) throw invalid('lamports is compared by one of eq, ne, lt, gt');
  const bound = BigInt(text);
  return ({ state }) => {
    const lamports = state?.lamports ?? 0n;
    if (name === 'eq') return lamports === bound;
    if (name === 'ne') return lamports !== bound;
    return name === 'lt' ? lamports < bound : lamports > bound;
  };
}

function memcmpRule(
  rule: NonNullable<AccountRuleRequest['memcmp']>,
): (message: AccountMessage) => boolean {
  const offset = numberOf(rule.offset, 'memcmp.offset');
  const wanted = memcmpBytes(rule);
  if (wanted.length > MEMCMP_BYTES_MAX) {
    throw invalid(`memcmp compares at most ${MEMCMP_BYTES_MAX} bytes`);
  }
  return ({ state }) => {
    const data = state?.data ?? new Uint8Array();
    return (
      offset + wanted.length <= data.length &&
      Buffer.compare(data.subarray(offset, offset + wanted.length), wanted) === 0
    );
  };
}

function memcmpBytes(rule: NonNullable<AccountRuleRequest['memcmp']>): Uint8Array {
  if (rule.bytes !== undefined) return rule.bytes;
  // Base64 is the longest of the three forms; two characters a byte leave room for all.
  const text = rule.base58 ?? rule.base64;
  if (text === undefined) throw invalid('memcmp needs bytes, base58 or base64');
  if (text.length > 2 * MEMCMP_BYTES_MAX) {
    throw invalid(`memcmp compares at most ${MEMCMP_BYTES_MAX} bytes`);
  }
  if (rule.base58 === undefined) return Buffer.from(text, 'base64');
  try {
    return base58.decode(rule.base58);
  } catch {
    throw invalid('memcmp.base58 is not base58');
  }
}

function transactionFilter(
  request: TransactionsFilterRequest,
): (transaction: ExecutedTransaction) => boolean {
  refuseCompressed(request.cuckooAccountInclude);
  if (request.tokenAccounts !== undefined) throw invalid('token_accounts is not served');
  const signature =
    request.signature === undefined ? null : parsed(parseSignature, request.signature);
  const include = addressesOf(request.accountInclude);
  const exclude = addressesOf(request.accountExclude);
  const required = addressesOf(request.accountRequired);
  return (transaction) => {
    const keys = transaction.accountKeys;
    return (
      // There are no votes on localnet.
      request.vote !== true &&
      (request.failed === undefined || request.failed === (transaction.error !== null)) &&
      (signature === null || signature === transaction.signature) &&
      (include.size === 0 || keys.some((key) => include.has(key))) &&
      !keys.some((key) => exclude.has(key)) &&
      [...required].every((key) => keys.includes(key))
    );
  };
}

function blockFilter(request: BlocksFilterRequest): BlockFilter {
  refuseCompressed(request.cuckooAccountInclude);
  if (request.includeEntries) throw invalid('localnet has no entries');
  return {
    accounts: addressesOf(request.accountInclude),
    // As the plugin has it: transactions unless they are declined, accounts if they are asked for.
    includeTransactions: request.includeTransactions ?? true,
    includeAccounts: request.includeAccounts ?? false,
  };
}

function refuseCompressed(filter: object | undefined): void {
  if (filter !== undefined) throw invalid('compressed address filters are not served');
}

function addressesOf(texts: readonly string[]): ReadonlySet<Address> {
  if (texts.length > ADDRESSES_MAX) throw invalid(`at most ${ADDRESSES_MAX} addresses a field`);
  return new Set(texts.map((text) => parsed(parseAddress, text)));
}

function parsed<T>(parse: (text: string) => T, text: string): T {
  try {
    return parse(text);
  } catch (cause) {
    if (cause instanceof StreamSyncError)
      throw invalid(`"${text.slice(0, 100)}": ${cause.message}`);
    throw cause;
  }
}

/** A u64 that this chain can reach. */
function numberOf(text: string | undefined, name: string): number {
  const value = Number(parseSlot(text ?? '0'));
  if (!Number.isSafeInteger(value)) throw invalid(`${name} is too large`);
  return value;
}
