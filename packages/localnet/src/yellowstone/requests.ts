// Subscribe's requests as protobufjs decodes them: u64 as text, what is not set absent.

export interface AccountsFilterRequest {
  readonly account: readonly string[];
  readonly owner: readonly string[];
  readonly filters: readonly AccountRuleRequest[];
  readonly nonemptyTxnSignature?: boolean;
  readonly cuckooAccountsFilter?: object;
}

export interface AccountRuleRequest {
  readonly memcmp?: {
    readonly offset?: string;
    readonly bytes?: Uint8Array;
    readonly base58?: string;
    readonly base64?: string;
  };
  readonly datasize?: string;
  readonly tokenAccountState?: boolean;
  readonly lamports?: {
    readonly eq?: string;
    readonly ne?: string;
    readonly lt?: string;
    readonly gt?: string;
  };
}

export interface TransactionsFilterRequest {
  readonly vote?: boolean;
  readonly failed?: boolean;
  readonly signature?: string;
  readonly accountInclude: readonly string[];
  readonly accountExclude: readonly string[];
  readonly accountRequired: readonly string[];
  readonly cuckooAccountInclude?: object;
  readonly tokenAccounts?: number;
}

export interface SlotsFilterRequest {
  readonly filterByCommitment?: boolean;
  readonly interslotUpdates?: boolean;
}

export interface BlocksFilterRequest {
  readonly accountInclude: readonly string[];
  readonly includeTransactions?: boolean;
  readonly includeAccounts?: boolean;
  readonly includeEntries?: boolean;
  readonly cuckooAccountInclude?: object;
}

export type Named<T> = Readonly<Record<string, T>>;

export interface SubscribeRequest {
  readonly accounts: Named<AccountsFilterRequest>;
  readonly slots: Named<SlotsFilterRequest>;
  readonly transactions: Named<TransactionsFilterRequest>;
  readonly transactionsStatus: Named<TransactionsFilterRequest>;
  readonly blocks: Named<BlocksFilterRequest>;
  readonly blocksMeta: Named<object>;
  readonly entry: Named<object>;
  readonly blockFooter: Named<object>;
  readonly commitment?: number;
  readonly accountsDataSlice: readonly { readonly offset?: string; readonly length?: string }[];
  readonly fromSlot?: string;
  readonly ping?: { readonly id?: number };
}
