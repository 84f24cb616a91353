// The operations table: which operations exist, the pool that answers each, its cost and its
// guarantee. Schema, planner, gateway and nodes read this table and nothing else.

/** What a node is built for. */
export const SPECIALISATIONS = ['speed', 'cache', 'archive'] as const;
export type Specialisation = (typeof SPECIALISATIONS)[number];

export function isSpecialisation(text: string): text is Specialisation {
  return (SPECIALISATIONS as readonly string[]).includes(text);
}

export interface OperationClass {
  readonly name: string;
  readonly pool: Specialisation;
  /** Cost of one item, in thousandths of a cost unit (a point read is one cost unit). */
  readonly costMilliUnits: number;
  /** A response later than this is free. */
  readonly guaranteeMs: number;
  /** Whether two different signed results at one slot and blockhash are equivocation. */
  readonly slashable: boolean;
}

const operationClass = (definition: OperationClass): OperationClass => Object.freeze(definition);

export const OPERATION_CLASSES = {
  POINT_READ: operationClass({
    name: 'POINT_READ',
    pool: 'speed',
    costMilliUnits: 1_000,
    guaranteeMs: 10,
    slashable: true,
  }),
  TRANSACTION: operationClass({
    name: 'TRANSACTION',
    pool: 'archive',
    costMilliUnits: 1_000,
    guaranteeMs: 10,
    slashable: true,
  }),
  TOKEN_ACCOUNTS: operationClass({
    name: 'TOKEN_ACCOUNTS',
    pool: 'cache',
    costMilliUnits: 1_500,
    guaranteeMs: 10,
    slashable: true,
  }),
  PROGRAM_ACCOUNTS: operationClass({
    name: 'PROGRAM_ACCOUNTS',
    pool: 'cache',
    costMilliUnits: 3_000,
    guaranteeMs: 10,
    slashable: true,
  }),
  HISTORY: operationClass({
    name: 'HISTORY',
    pool: 'archive',
    costMilliUnits: 2_000,
    guaranteeMs: 50,
    slashable: true,
  }),
  SCAN: operationClass({
    name: 'SCAN',
    pool: 'cache',
    costMilliUnits: 5_000,
    guaranteeMs: 500,
    slashable: true,
  }),
} as const;

export type OperationClassName = keyof typeof OPERATION_CLASSES;

export interface OperationDefinition {
  readonly name: string;
  readonly class: OperationClass;
  /** How many items one request may carry. */
  readonly itemsMax: number;
}

/** Entries of one page of a list, at most. */
export const PAGE_ENTRIES_MAX = 100;

/**
 * A page ends before the entry that would bring its entries above this size, so that pages of large
 * entries stay far below the frame limit; the first entry always fits.
 */
export const PAGE_BYTES_MAX = 512 * 1024;

/** Changes of one answer, at most: a slot's changes are told whole or left for the next answer. */
export const CHANGES_MAX = 1_000;

/** Accounts that one page of a scan looks at, at most. */
export const SCAN_ROWS_MAX = 200_000;

/** Conditions of one scan, at most: what RPC's getProgramAccounts allows. */
export const SCAN_FILTERS_MAX = 4;

const operation = (
  name: string,
  className: OperationClassName,
  itemsMax: number,
): OperationDefinition => Object.freeze({ name, class: OPERATION_CLASSES[className], itemsMax });

export const OPERATIONS = {
  'account.get': operation('account.get', 'POINT_READ', 100),
  'transaction.get': operation('transaction.get', 'TRANSACTION', 20),
  'tokenAccounts.byOwner': operation('tokenAccounts.byOwner', 'TOKEN_ACCOUNTS', 10),
  'tokenAccounts.byMint': operation('tokenAccounts.byMint', 'TOKEN_ACCOUNTS', 10),
  'programAccounts.byProgram': operation('programAccounts.byProgram', 'PROGRAM_ACCOUNTS', 10),
  'programAccounts.byIndex': operation('programAccounts.byIndex', 'PROGRAM_ACCOUNTS', 10),
  'programAccounts.scan': operation('programAccounts.scan', 'SCAN', 1),
  'accounts.count': operation('accounts.count', 'PROGRAM_ACCOUNTS', 10),
  'accountChanges.byAddress': operation('accountChanges.byAddress', 'POINT_READ', 100),
  'accountChanges.byProgram': operation('accountChanges.byProgram', 'PROGRAM_ACCOUNTS', 10),
  'block.get': operation('block.get', 'HISTORY', 20),
  'blocks.range': operation('blocks.range', 'HISTORY', 10),
  'transactions.bySlot': operation('transactions.bySlot', 'HISTORY', 10),
  'transactions.byAddress': operation('transactions.byAddress', 'HISTORY', 10),
  'transactions.count': operation('transactions.count', 'HISTORY', 10),
  'account.at': operation('account.at', 'HISTORY', 20),
  'accountHistory.byAddress': operation('accountHistory.byAddress', 'HISTORY', 10),
  'balanceHistory.byAddress': operation('balanceHistory.byAddress', 'HISTORY', 10),
} as const;

export type OperationName = keyof typeof OPERATIONS;

export function isOperationName(text: string): text is OperationName {
  return Object.hasOwn(OPERATIONS, text);
}

/** Public operations that a peer without a session may call; unattested, and never part of a race. */
export const PUBLIC_OPERATIONS = ['node.info'] as const;
