// The words of the system. Imports no other workspace.
export * from './chain.ts';
export * from './errors.ts';
export * from './invariant.ts';
export * from './operations.ts';
export * from './program-indexes.ts';
export * from './units.ts';
