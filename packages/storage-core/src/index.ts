// Slot-versioned stores in memory, with an LMDB journal behind them.

export * from './account-changes.ts';
export * from './account-item.ts';
export * from './archive/index.ts';
export * from './chain-store.ts';
export * from './journal.ts';
export type { SetAside } from './set-aside.ts';
export * from './slot-ranges.ts';
export * from './slot-store.ts';
export * from './slot-timeline.ts';
export * from './transaction-store.ts';
export * from './versioned-accounts.ts';
export * from './versioned-index.ts';
